import type { Redactor } from "../model/secret.ts";

/** Of one hook; of what comes after that only the end is told, so that one that never stops fills neither screen nor memory. */
const TOLD_LINES = 500;
/** The end: what is kept for the words of its failure. */
const LAST_LINES = 20;
/** A longer line (a progress bar, a minified file) is cut. */
const LINE_LENGTH = 2000;

/** What a hook prints, without secrets: told as it comes, and in the end what was left out so far. */
export class HookWords {
  readonly #tell: (line: string) => void;
  readonly #secrets: Pick<Redactor, "text">;
  #last: string[] = [];
  #count = 0;

  constructor(tell: (line: string) => void, secrets: Pick<Redactor, "text">) {
    this.#tell = tell;
    this.#secrets = secrets;
  }

  take(words: string): void {
    // Before it is cut: half a secret is not known as one.
    const line = this.#secrets.text(words);
    const shown = line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH)}…` : line;
    this.#count++;
    if (this.#count <= TOLD_LINES) this.#tell(shown);
    this.#last.push(shown);
    if (this.#last.length > LAST_LINES) this.#last.shift();
  }

  /** The hook has ended; gives its last lines as one text. */
  end(): string {
    const untold = Math.max(0, this.#count - TOLD_LINES);
    if (untold > LAST_LINES) this.#tell(`… ${untold - LAST_LINES} lines are not shown`);
    for (const line of untold === 0 ? [] : this.#last.slice(-untold)) this.#tell(line);
    return this.#last.join("\n");
  }
}
