import { stopwatch } from "../host/clock.ts";
import type { Release } from "../model/artifact.ts";
import { asFailure, type FailureReport, report } from "../model/failure.ts";
import type { Generation } from "../model/names.ts";
import type { WatchTiming } from "../model/profile.ts";
import type { BuildMemory, BuiltRelease } from "./build-memory.ts";
import { Cancellable } from "./cancellable.ts";
import type { Swappable } from "./inputs.ts";
import type { Machine } from "./machine.ts";
import { newRelease } from "./new-release.ts";
import type { SwapTimes } from "./swap-times.ts";
import { Unbuilt } from "./unbuilt.ts";

/** How a build ended: `void` for one that was cut short. */
export type BuildEnd =
  | (BuiltRelease & { readonly is: "built"; readonly ms: number; readonly waitMs: number })
  | { readonly is: "failed"; readonly failure: FailureReport; readonly ms: number }
  | { readonly is: "void"; readonly failure: FailureReport; readonly ms: number };

export interface SaveBuildsContext {
  readonly service: Swappable;
  readonly memory: BuildMemory;
  readonly machine: Machine;
  readonly timing: WatchTiming;
  readonly times: SwapTimes;
  /** Runs the `before_build` hooks; throws where one fails. */
  readonly prepare: (generation: Generation, paths: readonly string[], signal: AbortSignal) => Promise<void>;
  /** What a change of the config alone comes on top of. */
  readonly newest: () => Release | undefined;
}

/** The builds of one service's saves: each save makes the build before it void, but for a writer that never stops. */
export class SaveBuilds {
  readonly #context: SaveBuildsContext;
  readonly #unbuilt: Unbuilt;
  readonly #running = new Cancellable();

  constructor(context: SaveBuildsContext) {
    this.#context = context;
    this.#unbuilt = new Unbuilt(context.timing, context.machine.clock);
  }

  /** Whether a save is to be built at once; else `ended` gives it back when the build that runs has come to its end. */
  isDue(paths: readonly string[], isBuilding: boolean): boolean {
    return this.#unbuilt.isDue(paths, isBuilding);
  }

  /** Builds what the sources are at this moment. Never rejects. */
  async run(generation: Generation): Promise<BuildEnd> {
    const elapsed = stopwatch(this.#context.machine.clock);
    return this.#running.run(generation, async (signal) => {
      try {
        return { is: "built", ...(await this.#build(generation, signal)) };
      } catch (thrown) {
        return { is: signal.aborted ? "void" : "failed", failure: report(asFailure(thrown)), ms: elapsed() };
      }
    });
  }

  /** The paths of the saves that waited for the build which has just ended. */
  ended(): readonly string[] {
    return this.#unbuilt.ended();
  }

  cancel(generation: Generation): void {
    this.#running.cancel(generation);
  }

  cancelAll(): void {
    this.#running.cancelAll();
  }

  /** Every path that was saved and that no build has seen to its end. */
  unbuilt(): readonly string[] {
    return this.#unbuilt.all();
  }

  get isPaused(): boolean {
    return this.#unbuilt.isPaused;
  }

  /** Cuts short what is being built, and builds nothing until `unpause`. */
  pause(): void {
    this.#unbuilt.pause();
    this.#running.cancelAll();
  }

  /** The paths of what was cut short, and was saved since. */
  unpause(): readonly string[] {
    return this.#unbuilt.unpause();
  }

  async #build(generation: Generation, signal: AbortSignal) {
    const { service, memory, machine, times, prepare, newest } = this.#context;
    const { clock } = machine;
    await prepare(generation, this.#unbuilt.paths(), signal);
    const waitedMs = times.since(generation, clock.monotonic());
    const building = stopwatch(clock);
    const saved = { service, paths: this.#unbuilt.paths(), before: newest() };
    const built = await newRelease(saved, memory, { ...machine, signal });
    const ms = times.took(generation, "build", building());
    const quiet = stopwatch(clock);
    await this.#unbuilt.quiet(signal);
    return { ...built, ms, waitMs: times.took(generation, "wait", waitedMs + quiet()) };
  }
}
