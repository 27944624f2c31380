import { PassThrough, Writable } from "node:stream";
import { BUSYBOX, type Inside } from "./inside.ts";
import insideScript from "./probe-inside.sh";

/** What is asked inside of a container: the script's words. */
export type Question = readonly ["http", string, string] | readonly ["tcp", string] | readonly ["exec", ...string[]];

/** How the script's last attempt came out. */
export interface Outcome {
  readonly ready: boolean;
  /** The script's word for it; empty when none came to its end. */
  readonly word: string;
  /** What the program of that attempt printed. */
  readonly output: string;
}

/** One exec of the script: it is asked its question as often as is wanted, by one caller at a time. */
export class InnerLine {
  readonly #key: string;
  readonly #closing = new AbortController();
  /** Its end tells the script that nobody asks any more. */
  readonly #input = new PassThrough();
  readonly #said = new Attempts();
  readonly #ended: Promise<void>;
  #isOpen = true;

  constructor(question: Question, { daemon, container }: Inside) {
    this.#key = keyOf(question, container);
    const command = [BUSYBOX, "sh", "-c", insideScript, "probe", ...question];
    const streams = { stdin: this.#input, stdout: this.#said, stderr: new Attempts() };
    const { signal } = this.#closing;
    const running = daemon.exec(container, { command, tty: false, ...streams, signal });
    this.#ended = running
      .finally(() => {
        this.#isOpen = false;
      })
      .then(() => undefined);
    this.#ended.catch(() => undefined); // told to who asks
  }

  /** Whether this question can be asked on it. That it was cut nobody may know yet. */
  takes(question: Question, container: string): boolean {
    return this.#isOpen && this.#key === keyOf(question, container);
  }

  /**
   * Asks at once, or again and again until the answer is good or the time is over. Nothing of an earlier answer is in it.
   * @returns undefined when the line ended before
   * @throws Failure where the daemon does not run it
   */
  ask(often: "once" | "until", ms: number): Promise<Outcome | undefined> {
    const answer = this.#said.next();
    this.#input.write(`${often} ${Math.ceil(ms / 1000)}\n`);
    return Promise.race([answer, this.#ended.then(() => undefined)]);
  }

  /** What is known of the attempts of a question that was not asked to its end. */
  last(): Outcome {
    return this.#said.last();
  }

  /** Nothing of it goes on in the container. */
  close(): void {
    this.#isOpen = false;
    this.#closing.abort();
    this.#input.destroy();
  }
}

const keyOf = (question: Question, container: string): string => JSON.stringify([container, ...question]);

/** A line that stays open between two questions: an exec takes 70 ms, and a round trip on one that is open none of that. */
export class KeptLine {
  #line: InnerLine | undefined;
  #isClosed = false;

  /** The line that was kept, if it takes this question. It is the caller's until `keep`. */
  take(question: Question, container: string): InnerLine | undefined {
    const line = this.#line;
    this.#line = undefined;
    if (line?.takes(question, container)) return line;
    line?.close();
    return undefined;
  }

  keep(line: InnerLine): void {
    if (this.#isClosed || this.#line !== undefined) line.close();
    else this.#line = line;
  }

  close(): void {
    this.#isClosed = true;
    this.#line?.close();
    this.#line = undefined;
  }
}

/** As much of the script's words as can be the last attempt's. */
const KEPT_BYTES = 64 * 1024;

/** How the script ends each attempt, after all that its program printed. */
const MARK = "\x1e";
const ATTEMPT = new RegExp(`${MARK}(.*?)(?: (ready|over))?\\n`, "g");

/** Keeps the end of what the script says to one question. */
class Attempts extends Writable {
  #kept = Buffer.alloc(0);
  #answered: ((outcome: Outcome) => void) | undefined;

  /** What is said from here on; resolves with the last of its attempts. */
  next(): Promise<Outcome> {
    this.#kept = Buffer.alloc(0);
    return new Promise((resolve) => {
      this.#answered = resolve;
    });
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#kept = Buffer.concat([this.#kept, chunk]).subarray(-KEPT_BYTES);
    const { isOver, ...outcome } = this.#read();
    if (isOver) this.#answered?.(outcome);
    done();
  }

  last(): Outcome {
    const { isOver: _, ...outcome } = this.#read();
    return outcome;
  }

  #read(): Outcome & { readonly isOver: boolean } {
    const text = this.#kept.toString();
    const [before, last] = [undefined, ...text.matchAll(ATTEMPT)].slice(-2);
    if (last === undefined) return { ready: false, word: "", output: "", isOver: false };
    const from = before === undefined ? 0 : before.index + before[0].length;
    const [, word = "", how] = last;
    const output = text.slice(from, last.index).trimEnd();
    return { ready: how === "ready", word, output, isOver: how !== undefined };
  }
}
