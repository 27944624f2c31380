/** Of one hook: what is more is not told, so that one that prints for ever neither fills the screen nor the memory. */
const TOLD_LINES = 500;
/** What is kept for the words of its failure. */
const LAST_LINES = 20;
/** A longer line (a progress bar, a minified file) is cut. */
const LINE_LENGTH = 2000;

/** What a hook prints: the beginning is told as it comes, the end is kept. */
export class HookWords {
  readonly #tell: (line: string) => void;
  #last: string[] = [];
  #count = 0;

  constructor(tell: (line: string) => void) {
    this.#tell = tell;
  }

  take(line: string): void {
    const shown = line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH)}…` : line;
    this.#count++;
    if (this.#count <= TOLD_LINES) this.#tell(shown);
    else if (this.#count === TOLD_LINES + 1) this.#tell(`… (after ${TOLD_LINES} lines the rest is not shown)`);
    this.#last.push(shown);
    if (this.#last.length > LAST_LINES) this.#last.shift();
  }

  /** Its last lines, as one text. */
  last(): string {
    return this.#last.join("\n");
  }
}
