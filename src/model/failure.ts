/** Who can mend it: the person (`user`), their machine (`environment`), or we (`bug`). DESIGN section 5. */
export type FailureClass = "user" | "environment" | "bug";

/** A place in a file, 1-based as editors count. `text` is the offending line itself. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly text?: string;
}

/** One of several problems found in one go, each with its own place. */
export interface Problem {
  readonly message: string;
  readonly where?: Position;
  readonly hint?: string;
  /** What was being done when it befell that: a step's title, "start web". Several steps may fail of one cause. */
  readonly step?: string;
}

/** How a program ended. */
export interface ProgramEnd {
  /** Its exit code; 128 and the signal's number where a signal ended it. */
  readonly code: number;
  /** `SIGKILL`. */
  readonly signal?: string | undefined;
}

export interface FailureDetails {
  /** What to do about it, in the imperative. */
  readonly hint?: string | undefined;
  readonly where?: Position | undefined;
  /** All problems when there are several (a profile's); `message` then sums them up. */
  readonly problems?: readonly Problem[] | undefined;
  /** Output of a program, shown as it came: compiler words, the last lines of a crash. */
  readonly output?: string | undefined;
  /** Of a program that was to go on running, and ended. */
  readonly end?: ProgramEnd | undefined;
  readonly cause?: unknown;
  /** Overrides the class's exit code, for a failure that is neither wrong usage nor a missing environment. */
  readonly exitCode?: number | undefined;
}

/** Exit codes of DESIGN section 5. */
export const EXIT = { done: 0, failed: 1, usage: 2, environment: 3, interrupted: 130 } as const;

/**
 * An expected failure: a short message that says what happened, where, and what to do.
 * Thrown by flows and adapters, carried by events as a value, turned into text in one place (cli/explain).
 */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly class: FailureClass;
  readonly hint: string | undefined;
  readonly where: Position | undefined;
  readonly problems: readonly Problem[];
  readonly output: string | undefined;
  readonly end: ProgramEnd | undefined;
  readonly exitCode: number;

  constructor(failureClass: FailureClass, message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.class = failureClass;
    this.hint = details.hint;
    this.where = details.where;
    this.problems = details.problems ?? [];
    this.output = details.output;
    this.end = details.end;
    this.exitCode = details.exitCode ?? exitCodeOf(failureClass);
  }
}

function exitCodeOf(failureClass: FailureClass): number {
  if (failureClass === "user") return EXIT.usage;
  return failureClass === "environment" ? EXIT.environment : EXIT.failed;
}

/** Wrong usage or a wrong profile; exit code 2. */
export const userFailure = (message: string, details?: FailureDetails): Failure =>
  new Failure("user", message, details);

/** The machine is not ready; exit code 3. */
export const environmentFailure = (message: string, details?: FailureDetails): Failure =>
  new Failure("environment", message, details);

/** What was asked for was tried and failed (a build, a service that never answered); exit code 1. */
export const failed = (message: string, details?: FailureDetails): Failure =>
  new Failure("user", message, { ...details, exitCode: details?.exitCode ?? EXIT.failed });

/** The person pressed Ctrl-C (or the process was told to end); exit code 130. */
export const interrupted = (): Failure => new Failure("user", "interrupted", { exitCode: EXIT.interrupted });

/** Any thrown value as a Failure; what is not one already is a bug, and keeps its stack as the cause. */
export function asFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  if (isFolderGone(thrown)) {
    const hint = "cd to a folder that is there, or to this one anew";
    return new Failure("environment", "the current folder is gone: it was deleted", { cause: thrown, hint });
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new Failure("bug", message, { cause: thrown });
}

/** Node's word for a current folder that was removed under the process. */
const isFolderGone = (thrown: unknown): boolean =>
  thrown instanceof Error && "syscall" in thrown && thrown.syscall === "uv_cwd";

/** A failure as data, for events and JSON. */
export interface FailureReport {
  readonly class: FailureClass;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly where?: Position | undefined;
  readonly problems?: readonly Problem[] | undefined;
  readonly output?: string | undefined;
  readonly end?: ProgramEnd | undefined;
}

/** What a Failure says, without the object: fields that say nothing are left out. */
export function report(failure: Failure): FailureReport {
  return {
    class: failure.class,
    message: failure.message,
    ...(failure.hint !== undefined && { hint: failure.hint }),
    ...(failure.where !== undefined && { where: failure.where }),
    ...(failure.problems.length > 0 && { problems: failure.problems }),
    ...(failure.output !== undefined && { output: failure.output }),
    ...(failure.end !== undefined && { end: failure.end }),
  };
}
