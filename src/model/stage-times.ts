/** Where in its swap a release can fail; `commit` is the writing down of its answer. */
export type SwapStage = "build" | "deliver" | "restart" | "ready" | "check" | "commit" | "settle";

/** Milliseconds that each stage of a swap took. */
export interface StageTimes {
  /** From the file's change to the watcher's word of it. */
  readonly detect: number;
  /** From that word to the start of the build, and what was left of the quiet window when the compiler had ended. */
  readonly wait: number;
  readonly build: number;
  readonly deliver: number;
  readonly restart: number;
  readonly ready: number;
  /** Of the `after_swap` hooks; 0 where there are none. */
  readonly check: number;
  /** From the watcher's first word to the answer of the new code. */
  readonly total: number;
}
