/** `bad` stops `devenv up`; `warn` is worth knowing. */
export type CheckState = "ok" | "warn" | "bad";

/** One thing that `devenv doctor` looked at, and what it found. */
export interface Check {
  /** What was looked at, the same in every run: `ci`, `credentials`, `disk`. */
  readonly name: string;
  readonly state: CheckState;
  /** What is, in one line. */
  readonly what: string;
  /** Why that matters. */
  readonly why?: string | undefined;
  /** What to do about it, in the imperative. */
  readonly do?: string | undefined;
}
