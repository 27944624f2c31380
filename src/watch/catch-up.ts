import type { Clock } from "../host/clock.ts";
import { EventQueue } from "./event-queue.ts";

/** A storm that never ends keeps nobody waiting for longer. */
const LIMIT_MS = 30_000;

export interface CatchUpSteps {
  /** Changes may have been missed from here on. */
  begin(): void;
  /** Follows all as it is now. */
  lookAgain(): Promise<void>;
  /** Nothing was missed since the last look; or it goes on for so long that what was is to be found meanwhile. */
  end(): void;
}

/**
 * Looks at everything anew after the kernel may have thrown events away, and once more when that happened again
 * meanwhile. It waits until the storm is over, because a look in the middle of it would be the first of several. One that
 * does not cease is ended all the same after half a minute, and again each half a minute, without a new beginning.
 */
export class CatchUp {
  readonly queue: EventQueue;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #steps: CatchUpSteps;
  #isBehind = false;
  #isUnderWay = false;

  constructor(steps: CatchUpSteps, clock: Clock, signal: AbortSignal) {
    this.#steps = steps;
    this.#clock = clock;
    this.#signal = signal;
    this.queue = new EventQueue(() => this.#overflowed());
  }

  #overflowed(): void {
    this.#isBehind = true;
    if (this.#isUnderWay || this.#signal.aborted) return;
    this.#isUnderWay = true;
    this.#steps.begin();
    this.#catchUp().catch((reason) => {
      if (!this.#signal.aborted) throw reason;
    });
  }

  async #catchUp(): Promise<void> {
    let begunMs = this.#clock.monotonic();
    while (this.#isBehind) {
      this.#isBehind = false;
      await this.queue.calm(this.#clock, this.#signal);
      await this.#steps.lookAgain();
      const now = this.#clock.monotonic();
      if (!this.#isBehind || now - begunMs < LIMIT_MS) continue;
      begunMs = now;
      this.#steps.end();
    }
    this.#isUnderWay = false;
    if (!this.#signal.aborted) this.#steps.end();
  }
}
