import type { ListrGetRendererClassFromValue, ListrTaskWrapper } from "listr2";
import type { Event } from "../model/event.ts";
import type { Step, StepId } from "../model/operation.ts";
import { duration } from "../state/duration.ts";
import type { Paint } from "./paint.ts";

type RowTask = ListrTaskWrapper<
  unknown,
  ListrGetRendererClassFromValue<"default">,
  ListrGetRendererClassFromValue<"simple">
>;

/** A row a service (or image, network, volume): its steps follow each other on the same line. */
interface Row {
  /** Padded, so that what follows stands in one column. */
  readonly name: string;
  readonly steps: readonly Step[];
  ms: number;
  title: string;
  isOver: boolean;
  /** Nothing will come for it any more, and it has not come to its end. */
  isLeftOut: boolean;
  /** listr2's own, once it has begun to draw. */
  task: RowTask | undefined;
  end: (failure?: Error) => void;
}

type StepEvent = Extract<Event, { step: StepId }>;

/** The rows of a plan that is carried out, drawn by listr2 and driven by events. */
export class LiveRows {
  readonly #paint: Paint;
  #rows: readonly Row[] = [];
  #hasFailed = false;
  readonly #ended = new Set<StepId>();
  #drawn: Promise<unknown> = Promise.resolve();

  constructor(paint: Paint) {
    this.#paint = paint;
  }

  take(event: Event): void {
    if (event.type === "planned" && event.steps.length > 0) {
      this.#rows = rowsOf(event.steps);
      for (const row of this.#rows) this.#await(row);
      this.#drawn = this.#draw(this.#rows, this.#drawn);
    } else if ("step" in event) {
      const row = this.#rows.find(({ steps }) => steps.some(({ id }) => id === event.step));
      if (row !== undefined) this.#update(row, event);
    }
  }

  /** Ends the rows that nothing will come for any more, and resolves when the last frame is drawn. */
  async finish(): Promise<void> {
    for (const row of this.#rows.filter(({ isOver }) => !isOver)) {
      const words = this.#hasFailed ? "left out: what it waits for did not come up" : "left out";
      retitle(row, this.#paint("yellow", words));
      row.isLeftOut = true;
      row.task?.skip();
      row.end();
    }
    await this.#drawn;
  }

  /** Draws rows below those of an earlier plan, which has ended: `fetch` first downloads, then swaps. */
  async #draw(rows: readonly Row[], before: Promise<unknown>): Promise<void> {
    const ended = rows.map(
      (row) =>
        new Promise<void>((resolve, reject) => {
          row.end = (failure) => {
            row.isOver = true;
            if (failure === undefined) resolve();
            else reject(failure);
          };
        }),
    );
    for (const end of ended) end.catch(() => {}); // a row may fail before listr2 looks at it
    const [{ Listr }] = await Promise.all([import("listr2"), before]);
    const list = new Listr<unknown, "default", "simple">(
      rows.map((row, index) => ({
        title: row.title,
        task: (_context: unknown, task: RowTask) => {
          row.task = task;
          task.title = row.title;
          if (row.isLeftOut) task.skip();
          return ended[index];
        },
      })),
      {
        concurrent: true,
        exitOnError: false,
        registerSignalListeners: false,
        rendererOptions: { collapseErrors: false, showErrorMessage: false, formatOutput: "truncate" },
        forceTTY: true,
      },
    );
    await list.run();
  }

  #update(row: Row, event: StepEvent): void {
    switch (event.type) {
      case "stepStarted":
        retitle(
          row,
          [...(event.title === row.name.trim() ? [] : [event.title]), this.#paint("dim", event.cause)].join(" "),
        );
        break;
      case "stepProgress":
        retitle(row, progressText(event));
        break;
      case "stepFailed":
        this.#hasFailed = true;
        retitle(row, event.failure.message);
        row.end(new Error(event.failure.message));
        break;
      case "stepDone":
        this.#ended.add(event.step);
        row.ms += event.ms;
        this.#advance(row);
        // Others may have waited for just this step.
        for (const other of this.#rows) if (other !== row) this.#await(other);
        break;
    }
  }

  #advance(row: Row): void {
    if (row.steps.some(({ id }) => !this.#ended.has(id))) {
      this.#await(row);
    } else {
      retitle(row, this.#paint("dim", duration(row.ms)));
      row.end();
    }
  }

  /** Says what the row's next step waits for, so that idleness explains itself. */
  #await(row: Row): void {
    const next = row.steps.find(({ id }) => !this.#ended.has(id));
    const awaited = (next?.after ?? []).filter((id) => !this.#ended.has(id));
    const names = this.#rows.filter((other) => other !== row && other.steps.some(({ id }) => awaited.includes(id)));
    if (names.length === 0) return;
    retitle(row, this.#paint("dim", `waits for ${names.map(({ name }) => name.trim()).join(", ")}`));
  }
}

function rowsOf(steps: readonly Step[]): Row[] {
  const names = [...new Set(steps.map(nameOf))];
  const width = Math.min(40, Math.max(...names.map((name) => name.length)));
  return names.map((name) => ({
    name: name.padEnd(width),
    steps: steps.filter((step) => nameOf(step) === name),
    ms: 0,
    title: name,
    isOver: false,
    isLeftOut: false,
    task: undefined,
    end: () => {},
  }));
}

const nameOf = (step: Step): string => step.service ?? step.title;

function retitle(row: Row, words: string): void {
  row.title = `${row.name}  ${words}`;
  if (row.task !== undefined) row.task.title = row.title;
}

const BAR_CELLS = 16;

/** `pulling ████████░░░░░░░░ 50 %` where an end is known, else the note alone. */
export function progressText({ note, done, total }: { note: string; done?: number; total?: number }): string {
  if (done === undefined || total === undefined || total <= 0) return note;
  const part = Math.min(1, done / total);
  const cells = Math.round(part * BAR_CELLS);
  return `${"█".repeat(cells)}${"░".repeat(BAR_CELLS - cells)} ${Math.round(part * 100)} % ${note}`;
}
