import type { StageTimes } from "../model/event.ts";
import type { Generation } from "../model/names.ts";

type Times = { -readonly [Stage in keyof StageTimes]: number };

/** The times of the stages of a service's swaps, until their swap is told. */
export class SwapTimes {
  readonly #times = new Map<Generation, Times>();

  /** Keeps the milliseconds that a stage took, and gives them back. */
  took(generation: Generation, stage: keyof StageTimes, ms: number): number {
    const times = this.#times.get(generation) ?? { detect: 0, build: 0, deliver: 0, restart: 0, ready: 0 };
    this.#times.set(generation, times);
    times[stage] = ms;
    return ms;
  }

  /** Those of one swap. Those before it are forgotten with it; a newer one may be on its way by now. */
  tell(generation: Generation): StageTimes {
    this.took(generation, "detect", this.#times.get(generation)?.detect ?? 0);
    const times = { ...(this.#times.get(generation) as Times) };
    for (const older of this.#times.keys()) if (older <= generation) this.#times.delete(older);
    return times;
  }
}
