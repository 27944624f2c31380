import type { Clock } from "../../host/clock.ts";

/** So long after its last use a link ends that leads to no container of ours. */
const IDLE_MS = 60_000;
/** So long after its address was given to a shell, whose docker is not seen here: a build may take a while. */
const LENT_MS = 1_800_000;

/** Whether a link is still needed by anybody. */
export class Need {
  readonly #clock: Clock;
  #users = 0;
  #isReleased = false;
  #usedAt: number;
  #lentUntil = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#usedAt = clock.monotonic();
  }

  get isReleased(): boolean {
    return this.#isReleased;
  }

  /** Somebody needs it, until the function that it gives is called. */
  use(): () => void {
    this.#users++;
    // It was released by others.
    this.#isReleased = false;
    return () => {
      this.#users--;
      this.#usedAt = this.#clock.monotonic();
    };
  }

  /** Its address was handed on to programs that say nothing here (`docker-env`). */
  lend(): void {
    this.#lentUntil = this.#clock.monotonic() + LENT_MS;
  }

  /** From now on it is over as soon as nobody needs it and nothing of this machine's clusters is there. */
  release(): void {
    this.#isReleased = true;
  }

  /**
   * Whether it is over.
   * @param isBusy whether there is anything of this machine's clusters at its other end, or that cannot be known
   */
  isOver(isBusy: boolean): boolean {
    const now = this.#clock.monotonic();
    if (isBusy || this.#users > 0) {
      this.#usedAt = now;
      return false;
    }
    return this.#isReleased || (now - this.#usedAt > IDLE_MS && now > this.#lentUntil);
  }
}
