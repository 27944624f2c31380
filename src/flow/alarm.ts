import type { Clock } from "../host/clock.ts";

/** A sleep that can be cut short, also before it begins; at the end there is none. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ending: AbortSignal;
  #nap = new AbortController();

  constructor(clock: Clock, ending: AbortSignal) {
    this.#clock = clock;
    this.#ending = ending;
    ending.addEventListener("abort", () => this.ring());
  }

  ring(): void {
    this.#nap.abort();
  }

  async sleep(ms: number): Promise<void> {
    if (this.#ending.aborted) return;
    await this.#clock.sleep(ms, this.#nap.signal).catch(() => undefined);
    this.#nap = new AbortController();
  }
}
