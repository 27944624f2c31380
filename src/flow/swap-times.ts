import type { Generation } from "../model/names.ts";
import type { StageTimes } from "../model/stage-times.ts";

type Times = { -readonly [Stage in keyof StageTimes]: number };

const NONE: Times = { detect: 0, wait: 0, build: 0, deliver: 0, restart: 0, ready: 0, check: 0, total: 0 };

/** The times of the stages of a service's swaps, until their swap is told. */
export class SwapTimes {
  readonly #times = new Map<Generation, Times>();
  readonly #heardAt = new Map<Generation, number>();

  /** Keeps when the first change of a save was heard of, on the clock that never jumps. */
  heard(generation: Generation, atMs: number): void {
    this.#heardAt.set(generation, atMs);
  }

  /** Milliseconds from then to `nowMs`; 0 of a save that nobody heard of. */
  since(generation: Generation, nowMs: number): number {
    return nowMs - (this.#heardAt.get(generation) ?? nowMs);
  }

  /** Keeps the milliseconds that a stage took, and gives them back. */
  took(generation: Generation, stage: keyof StageTimes, ms: number): number {
    const times = this.#times.get(generation) ?? { ...NONE };
    this.#times.set(generation, times);
    times[stage] = ms;
    return ms;
  }

  /** Those of one swap. Those before it are forgotten with it; a newer one may be on its way by now. */
  tell(generation: Generation): StageTimes {
    const times = { ...(this.#times.get(generation) ?? NONE) };
    for (const kept of [this.#times, this.#heardAt])
      for (const older of kept.keys()) if (older <= generation) kept.delete(older);
    return times;
  }
}
