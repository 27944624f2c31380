import { PassThrough, Writable } from "node:stream";
import { BUSYBOX } from "./inside.ts";
import insideScript from "./probe-inside.sh";
import type { ReadyTarget } from "./ready-target.ts";

/** What is asked inside of a container: the script's words. */
export type Question = readonly ["http", string, string] | readonly ["tcp", string] | readonly ["exec", ...string[]];

export interface Answered {
  readonly ready: boolean;
  /** The script's word for the last attempt; empty when none came to its end. */
  readonly word: string;
  /** What the program of that attempt printed. */
  readonly output: string;
}

export interface Patience {
  /** One attempt, or as many as there is time for: a loop in the container costs less than an exec for each. */
  readonly often: "once" | "until";
  readonly ms: number;
  readonly signal: AbortSignal;
}

/**
 * Asks inside of a container; undefined when that has ended, and nothing can be asked in it: why it ended is told
 * elsewhere. When the signal comes, it gives what was found until then, and nothing goes on in the container.
 * @throws Failure when the daemon does not answer.
 */
export async function askInside(
  question: Question,
  { daemon, container }: ReadyTarget,
  { often, ms, signal }: Patience,
): Promise<Answered | undefined> {
  const said = new Attempts();
  // Never written to: that it ends tells the script that nobody waits any more.
  const stdin = new PassThrough();
  const words = ["probe", often, String(Math.ceil(ms / 1000)), ...question];
  const command = [BUSYBOX, "sh", "-c", insideScript, ...words];
  const streams = { stdin, stdout: said, stderr: new Attempts() };
  try {
    const code = await daemon.exec(container, { command, tty: false, ...streams, signal });
    return { ready: code === 0, ...said.last() };
  } catch (thrown) {
    if (signal.aborted) return { ready: false, ...said.last() };
    const detail = await daemon.inspect(container).catch(() => undefined);
    if (detail === undefined || detail.state === "running") throw thrown;
    return undefined;
  } finally {
    stdin.destroy();
  }
}

/** As much of the script's words as can be the last attempt's. */
const KEPT = 64 * 1024;

/** How the script ends each attempt, after all that its program printed. */
const MARK = "\x1e";
const WORD = new RegExp(`${MARK}(\\w+)\\n`, "g");

/** Keeps the end of what the script says. */
class Attempts extends Writable {
  #kept = Buffer.alloc(0);

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#kept = Buffer.concat([this.#kept, chunk]).subarray(-KEPT);
    done();
  }

  last(): Omit<Answered, "ready"> {
    const text = this.#kept.toString();
    const [before, last] = [undefined, ...text.matchAll(WORD)].slice(-2);
    if (last === undefined) return { word: "", output: "" };
    const from = before === undefined ? 0 : before.index + before[0].length;
    return { word: last[1] ?? "", output: text.slice(from, last.index).trimEnd() };
  }
}
