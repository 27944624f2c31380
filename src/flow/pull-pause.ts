import type { ServiceName } from "../model/names.ts";
import type { PullEvent, WorkTree } from "../model/repository.ts";
import type { Machine } from "./machine.ts";
import type { Pause, Pauses } from "./pauses.ts";

/** What git wrote last may not have been told yet when it has ended: so long nothing has to change. */
const CALM_MS = 100;
/** Others' changes that never stop keep nobody waiting for a pull: for those there is a pause of their own. */
const LIMIT_MS = 5000;

export interface PullPauseContext {
  readonly pauses: Pauses;
  /** The services that are made of files of a work tree, and take a pull as a save. */
  readonly servicesIn: (tree: WorkTree) => readonly ServiceName[];
  readonly machine: Pick<Machine, "clock" | "signal">;
}

/**
 * Has services wait while their repository is fast-forwarded, so that each is built once, of what is there in the end.
 * While a remote is asked nobody waits.
 */
export class PullPause {
  readonly #context: PullPauseContext;
  readonly #underWay = new Set<string>();
  #pause: Pause | undefined;
  #files = 0;
  /** Of the last change, or end of a fast-forward, on the clock that never jumps. */
  #lastMs = 0;

  constructor(context: PullPauseContext) {
    this.#context = context;
  }

  /** A listener to a pull. */
  hear(event: PullEvent): void {
    if (event.type === "doing" && event.doing === "fast-forwarding") this.#begin(event.tree);
    if (event.type === "ended") {
      const { tree, outcome } = event.result;
      this.#end(tree.path, outcome.kind === "moved" ? outcome.move.files : 0);
    }
  }

  /** A file that services are made of changed. */
  changed(): void {
    this.#lastMs = this.#context.machine.clock.monotonic();
  }

  /** The pull is over, however it ended. */
  over(): void {
    for (const path of [...this.#underWay]) this.#end(path, 0);
  }

  #begin(tree: WorkTree): void {
    const services = this.#context.servicesIn(tree);
    if (services.length === 0) return;
    this.#underWay.add(tree.path);
    if (this.#pause === undefined) this.#pause = this.#context.pauses.begin(`${tree.name} is pulled`, services);
    else this.#pause.hold(services);
  }

  #end(path: string, files: number): void {
    if (!this.#underWay.delete(path)) return;
    this.#files += files;
    this.changed();
    if (this.#underWay.size === 0) void this.#endWhenCalm();
  }

  /** Not where another fast-forward has begun meanwhile: its end is waited for then. */
  async #endWhenCalm(): Promise<void> {
    const { clock, signal } = this.#context.machine;
    const begunMs = clock.monotonic();
    for (;;) {
      const now = clock.monotonic();
      const leftMs = this.#lastMs + CALM_MS - now;
      if (this.#underWay.size > 0 || this.#pause === undefined) return;
      if (leftMs <= 0 || now - begunMs > LIMIT_MS || signal.aborted) break;
      await clock.sleep(leftMs, signal).catch(() => undefined);
    }
    const [pause, files] = [this.#pause, this.#files];
    this.#pause = undefined;
    this.#files = 0;
    pause.end(files);
  }
}
