/** Around pasted text, where a terminal was asked for them (screen.ts): xterm's "bracketed paste mode". */
const [BEGIN, END] = ["\x1b[200~", "\x1b[201~"];
/** A shorter beginning of one of them may be a key: escape, and what alt makes of a bracket. */
const LEAST_HELD = 3;

/**
 * Of all codes of ECMA-48, those that no key sends: colours, reports. Ink 6.8 fails on some of them (`\x1b[0m`:
 * use-input.js takes the name of a key that has none), and types the others.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: codes are what it is about
const NO_KEYS = /\x1b\[(?:[<-?][0-?]*[ -/]*[@-~]|[0-?]*[ -/]*[I-OT-Y_`e-tv-}])/g;

export interface InputReader {
  readonly keys: (text: string) => void;
  /** A text that was pasted, as it is. */
  readonly paste: (text: string) => void;
}

/** What a terminal sends, with pasted text told from keys: one that has an `x` in it is not to stop a service. */
export class TerminalInput {
  readonly #reader: InputReader;
  /** What of a paste has come. */
  #pasted: string | undefined;
  /** The beginning of what may be a mark. */
  #held = "";

  constructor(reader: InputReader) {
    this.#reader = reader;
  }

  heed(chunk: string): void {
    // A key for itself, in no text: should a terminal never send the end.
    if (chunk === "\x03") this.#pasted = undefined;
    let left = this.#held + chunk;
    for (;;) {
      const mark = this.#pasted === undefined ? BEGIN : END;
      const at = left.indexOf(mark);
      if (at < 0) break;
      this.#take(left.slice(0, at));
      this.#marked();
      left = left.slice(at + mark.length);
    }
    const held = this.#heldOf(left);
    this.#take(left.slice(0, left.length - held));
    this.#held = left.slice(left.length - held);
  }

  #marked(): void {
    const text = this.#pasted;
    this.#pasted = text === undefined ? "" : undefined;
    if (text !== undefined) this.#reader.paste(text);
  }

  #take(text: string): void {
    if (this.#pasted !== undefined) this.#pasted += text;
    else if (text !== "") this.#reader.keys(text.replaceAll(NO_KEYS, ""));
  }

  /** How many characters at the end may be the beginning of the mark that is waited for. */
  #heldOf(text: string): number {
    const [mark, least] = this.#pasted === undefined ? [BEGIN, LEAST_HELD] : [END, 1];
    for (let length = mark.length - 1; length >= least; length--) {
      if (text.endsWith(mark.slice(0, length))) return length;
    }
    return 0;
  }
}
