import type { Clock } from "../host/clock.ts";
import type { WatchTiming } from "../model/profile.ts";

/** So many builds in a row are cut short at most by saves that are further apart than the maximum wait. */
const CUTS = 5;

/** What was saved of one service and no build has seen to its end. */
export class Unbuilt {
  readonly #timing: WatchTiming;
  readonly #clock: Clock;
  readonly #paths = new Set<string>();
  /** Of saves that wait for the running build, because too many builds before it were cut short. */
  readonly #held = new Set<string>();
  /** Of the last save and of the first one, on the clock that never jumps. */
  #lastMs = 0;
  #firstMs: number | undefined;
  /** Builds that saves at such a pace cut short since one came to its end. */
  #cuts = 0;
  #isPaused = false;

  constructor(timing: WatchTiming, clock: Clock) {
    this.#timing = timing;
    this.#clock = clock;
  }

  /**
   * Whether a save is to be built at once, which cuts short the build of the save before, however long that has run. A
   * writer that never stops would so never see a build come to its end; past the maximum wait, or after several, the
   * running build is let through, and what was saved waits until `ended` gives it back. While it is paused, none is due.
   */
  isDue(paths: readonly string[], isBuilding: boolean): boolean {
    const now = this.#clock.monotonic();
    const isSlow = now - this.#lastMs > this.#timing.maxWaitMs; // a person's pace
    this.#lastMs = now;
    if (this.#isPaused) {
      for (const path of paths) this.#paths.add(path);
      return false;
    }
    if (isSlow) this.#firstMs = undefined;
    this.#firstMs ??= now;
    const isLate = isBuilding && (now - this.#firstMs > this.#timing.maxWaitMs || this.#cuts >= CUTS);
    if (isBuilding && isSlow) this.#cuts++;
    for (const path of paths) (isLate ? this.#held : this.#paths).add(path);
    return !isLate;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** The running build is cut short, and no other is due until `unpause`. */
  pause(): void {
    this.#isPaused = true;
    for (const path of this.#held) this.#paths.add(path);
    this.#held.clear();
    this.#firstMs = undefined;
    this.#cuts = 0;
  }

  /** Gives the paths of what was cut short, and was saved since. */
  unpause(): readonly string[] {
    if (!this.#isPaused) return [];
    this.#isPaused = false;
    return this.paths();
  }

  /** Every path whose change the build that runs now is to take in. */
  paths(): readonly string[] {
    return [...this.#paths];
  }

  /** Every path that no build has seen to its end. */
  all(): readonly string[] {
    return [...this.#paths, ...this.#held];
  }

  /** A build came to its end, well or not; gives the paths of the saves that waited for it. */
  ended(): readonly string[] {
    const held = [...this.#held];
    this.#paths.clear();
    this.#held.clear();
    this.#firstMs = undefined;
    this.#cuts = 0;
    return held;
  }

  /** Resolves when the files have been quiet for long enough. The window overlaps the compiler: only what is faster waits. */
  async quiet(signal: AbortSignal): Promise<void> {
    const left = this.#lastMs + this.#timing.quietMs - this.#clock.monotonic();
    if (left > 0) await this.#clock.sleep(left, signal);
    signal.throwIfAborted();
  }
}
