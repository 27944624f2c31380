import type { ListrGetRendererClassFromValue, ListrTaskWrapper } from "listr2";
import type { PullEvent, PullOutcome, WorkTree } from "../model/repository.ts";
import { reasonWords } from "../plan/pull-words.ts";
import { progressText } from "./live-rows.ts";
import type { Paint } from "./paint.ts";

type RowTask = ListrTaskWrapper<
  unknown,
  ListrGetRendererClassFromValue<"default">,
  ListrGetRendererClassFromValue<"simple">
>;

/** Rows under the bar, at most: what is under way is watched, not counted. */
const ROWS = 12;
/** Lines that the terminal keeps for the bar, the prompt and the line above. */
const SPARE = 4;

/**
 * While repositories are pulled: a bar over all of them, and a row each for those under way, the one that has been for the
 * longest first. All of it goes when the summary comes.
 */
export class PullRows {
  readonly #paint: Paint;
  readonly #rowCount: number;
  readonly #tasks: RowTask[] = [];
  readonly #underWay = new Map<WorkTree, string>();
  #total = 0;
  #done = 0;
  #last = "";
  #end = () => {};
  #drawn: Promise<unknown> = Promise.resolve();

  constructor(paint: Paint, terminalRows: number) {
    this.#paint = paint;
    this.#rowCount = Math.max(1, Math.min(ROWS, terminalRows - SPARE));
  }

  take(event: PullEvent): void {
    switch (event.type) {
      case "found":
        this.#total = event.trees.length;
        this.#drawn = this.#draw();
        break;
      case "doing":
        this.#underWay.set(event.tree, event.doing);
        break;
      case "ended":
        this.#underWay.delete(event.result.tree);
        this.#done += 1;
        this.#last = lastWords(event.result.tree.name, event.result.outcome);
        break;
    }
    this.#retitle();
  }

  /** Resolves when the rows are gone from the screen. */
  async finish(): Promise<void> {
    this.#end();
    await this.#drawn;
  }

  async #draw(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#end = resolve;
    });
    const { Listr } = await import("listr2");
    const rows = Array.from({ length: Math.min(this.#rowCount, this.#total) + 1 }, () => ({
      title: " ",
      task: (_context: unknown, task: RowTask) => {
        this.#tasks.push(task);
        this.#retitle();
        return ended;
      },
    }));
    const list = new Listr<unknown, "default", "simple">(rows, {
      concurrent: true,
      exitOnError: false,
      registerSignalListeners: false,
      rendererOptions: { clearOutput: true, formatOutput: "truncate" },
      forceTTY: true,
    });
    await list.run();
  }

  #retitle(): void {
    const [bar, ...rows] = this.#tasks;
    if (bar !== undefined) {
      bar.title = progressText({
        note: `${this.#done} of ${this.#total}  ${this.#last}`,
        done: this.#done,
        total: this.#total,
      });
    }
    const underWay = [...this.#underWay];
    for (const [index, row] of rows.entries()) {
      const [tree, doing] = underWay[index] ?? [];
      row.title = tree === undefined ? " " : `${tree.name}  ${this.#paint("dim", doing ?? "")}`;
    }
  }
}

function lastWords(name: string, outcome: PullOutcome): string {
  if (outcome.kind === "left") return `${name}: ${reasonWords(outcome.reason)}`;
  return outcome.kind === "moved" ? `${name}: ${outcome.move.count} new` : name;
}
