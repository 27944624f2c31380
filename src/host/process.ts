import { open, unlink } from "node:fs/promises";
import { constants, setPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { Failure } from "../model/failure.ts";
import { followLines } from "./follow-lines.ts";

export interface RunOptions {
  readonly cwd?: string;
  /** Added to this process's environment; a variable that is undefined is taken out of it. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  /** Written to the program's standard input, which is then closed; without it, it is closed at once. */
  readonly input?: string | Readable;
  readonly timeoutMs?: number;
  /**
   * What it does must not be cut in half: neither the signal, nor the time limit, nor the end of this process (KILL
   * included) ends it. At the limit it is only waited for no longer, and `timedOut` says so.
   */
  readonly mustFinish?: boolean;
  /**
   * Shares the terminal: it may ask for a password there, and its standard error goes there. So it is in our process
   * group, which alone may read from the terminal, and only the program itself is told to end.
   */
  readonly onTerminal?: boolean;
  /** Gives way to everything else on the machine: for work that nobody waits for. */
  readonly background?: boolean;
  /** False for what may print without end: its words go to `onLine` alone, and how it ended comes without them. */
  readonly keepsOutput?: boolean;
  /** Called with each line as it comes, from both streams. */
  readonly onLine?: (line: string) => void;
  /** Characters of a line that `onLine` gets; 65,536 by default, what is longer is cut. */
  readonly longestLine?: number;
}

/** How a program ended. A program that could not be started has `code` undefined and the reason in `missing`. */
export interface Finished {
  readonly code: number | undefined;
  readonly signal: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams, interleaved as they came. */
  readonly output: string;
  readonly timedOut: boolean;
  readonly cancelled: boolean;
  /** The program is not installed. */
  readonly missing: boolean;
}

/** Starting programs, as a port. The only file that imports execa; held-child.ts alone spawns without it. */
export interface Processes {
  /** Runs to the end; never throws for how the program ended. Cancelling ends its whole process group. */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<Finished>;
  /** The same, but gives standard output as it comes, for what is too large to hold; `onLine` gets standard error. */
  stream(command: string, args: readonly string[], options?: RunOptions): Promise<Streaming>;
}

/** A program whose standard output is read as it comes. */
export interface Streaming {
  /** Ends without an error however the program ends: only `ended` tells whether it is whole. */
  readonly stdout: Readable;
  /** Never rejects; its `stdout` is empty. */
  readonly ended: Promise<Finished>;
}

/** How long a cancelled program has between TERM and KILL. */
const GRACE_MS = 1000;

export const systemProcesses: Processes = {
  async run(command, args, options = {}) {
    if (options.mustFinish) return runToItsEnd(command, args, options);
    if (isHeld(options)) return runHeld(command, args, options);
    const { execa } = await import("execa");
    if (options.signal?.aborted) return notStarted({ cancelled: true });
    const child = execa(command, [...args], { ...launch(options), all: true, buffer: options.keepsOutput ?? true });
    if (options.onLine) followLines(child.all, options.onLine, options.longestLine);
    return watchOver(child, options);
  },
  async stream(command, args, options = {}) {
    const { execa } = await import("execa");
    if (options.signal?.aborted) {
      return { stdout: Readable.from([]), ended: Promise.resolve(notStarted({ cancelled: true })) };
    }
    const child = execa(command, [...args], { ...launch(options), buffer: { stdout: false } });
    if (options.onLine && child.stderr) followLines(child.stderr, options.onLine, options.longestLine);
    return { stdout: child.stdout, ended: watchOver(child, options) };
  },
};

/** Nothing goes in, and nothing is wanted before its end. */
const isHeld = ({ input, onTerminal, onLine, keepsOutput }: RunOptions): boolean =>
  input === undefined && !onTerminal && onLine === undefined && (keepsOutput ?? true);

async function runHeld(command: string, args: readonly string[], options: RunOptions): Promise<Finished> {
  const { startHeld } = await import("./held-child.ts");
  if (options.signal?.aborted) return notStarted({ cancelled: true });
  return watchOver(startHeld(command, args, options), options);
}

function launch(options: RunOptions) {
  return {
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...(options.env !== undefined && { env: { ...options.env } }),
    ...(options.input === undefined ? { stdin: "ignore" as const } : stdinOf(options.input)),
    ...(options.onTerminal && { stdin: "inherit" as const, stderr: "inherit" as const }),
    reject: false,
    // A group of its own, so that what the program started ends with it (tilt#1816).
    detached: !options.onTerminal,
    cleanup: false,
    stripFinalNewline: false,
  } as const;
}

/** What is used of a child, whatever execa's options made of its type. */
interface Child
  extends PromiseLike<{
    readonly exitCode?: number | undefined;
    readonly signal?: string | undefined;
    readonly stdout?: string | undefined;
    readonly stderr?: string | undefined;
    readonly all?: string | undefined;
    readonly code?: string | undefined;
  }> {
  readonly pid?: number | undefined;
}

/** Inherited by all that the program starts. Best effort: it may have ended already. */
function giveWay(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // Ended, or a system that does not know priorities.
  }
}

/** Ends the program's group on abort, at its time limit and with this process; tells how it ended. */
async function watchOver(child: Child, options: RunOptions): Promise<Finished> {
  const group = child.pid === undefined || options.onTerminal ? child.pid : -child.pid;
  if (options.background) giveWay(child.pid);
  let timedOut = false;
  let killing: NodeJS.Timeout | undefined;
  let giveUp: (result: Awaited<Child>) => void = () => {};
  const givenUp = new Promise<Awaited<Child>>((resolve) => {
    giveUp = resolve;
  });
  const end = () => {
    killing ??= endGroup(group);
    // What it started was told nothing, and may hold its output open for ever.
    if (options.onTerminal) setTimeout(() => giveUp({}), GRACE_MS);
  };
  const timer =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          end();
        }, options.timeoutMs);
  options.signal?.addEventListener("abort", end, { once: true });
  const dying = () => signalGroup(group, "SIGKILL");
  process.once("exit", dying);
  try {
    return {
      ...howItEnded(await Promise.race([child, givenUp])),
      timedOut,
      cancelled: options.signal?.aborted ?? false,
    };
  } finally {
    clearTimeout(timer);
    if (!signalGroup(group, 0)) clearTimeout(killing);
    options.signal?.removeEventListener("abort", end);
    process.removeListener("exit", dying);
  }
}

/** Its words go to a nameless file: a pipe would end with this process, and then the program by SIGPIPE. */
async function runToItsEnd(command: string, args: readonly string[], options: RunOptions): Promise<Finished> {
  const { startHeld } = await import("./held-child.ts");
  if (options.signal?.aborted) return notStarted({ cancelled: true });
  const name = join(tmpdir(), `devenv-${process.pid}-${crypto.randomUUID()}`);
  const file = await open(name, "wx+", 0o600);
  await unlink(name);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    if (options.timeoutMs !== undefined) timer = setTimeout(() => resolve("late"), options.timeoutMs);
  });
  const child = startHeld(command, args, options, file.fd);
  try {
    const result = await Promise.race([child, late]);
    const { buffer } = await file.read({ buffer: Buffer.alloc((await file.stat()).size), position: 0 });
    const output = buffer.toString("utf8");
    if (result === "late") return { ...notStarted({ cancelled: false }), output, timedOut: true };
    return { ...howItEnded(result), output };
  } finally {
    clearTimeout(timer);
    await file.close();
  }
}

const howItEnded = (result: Awaited<Child>): Finished => ({
  code: result.exitCode,
  signal: result.signal,
  stdout: result.stdout ?? "",
  stderr: result.stderr ?? "",
  output: result.all ?? result.stderr ?? "",
  timedOut: false,
  cancelled: false,
  missing: result.code === "ENOENT",
});

/** As a pipe, because a stream that is made here has no file descriptor that a program could be given. */
const stdinOf = (input: string | Readable) =>
  typeof input === "string" ? { input } : { stdin: [input, "pipe" as const] as [Readable, "pipe"] };

const notStarted = (how: { cancelled: boolean }): Finished => ({
  code: undefined,
  signal: undefined,
  stdout: "",
  stderr: "",
  output: "",
  timedOut: false,
  missing: false,
  ...how,
});

/**
 * The whole group, also when the program itself has ended: what it started may ignore TERM, and hold its output open.
 * Gives the timer of the KILL, to be cleared once the group is gone and its number free for others.
 */
function endGroup(group: number | undefined): NodeJS.Timeout {
  signalGroup(group, "SIGTERM");
  return setTimeout(() => signalGroup(group, "SIGKILL"), GRACE_MS).unref();
}

/** A negative number is a group's. Gives whether there was anyone to get it; 0 only asks. */
function signalGroup(group: number | undefined, signal: NodeJS.Signals | 0): boolean {
  if (group === undefined) return false;
  try {
    return process.kill(group, signal);
  } catch {
    return false; // The group has ended by itself: that is what was wanted.
  }
}

/** The program's words without a trailing newline, or a Failure made by `explain` when it did not end with 0. */
export function expectSuccess(finished: Finished, explain: (finished: Finished) => Failure): string {
  if (finished.code === 0) return finished.stdout.trimEnd();
  throw explain(finished);
}
