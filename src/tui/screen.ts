import { Writable } from "node:stream";

/** Alternate buffer, no cursor, no wrapping of a line whose width terminal and Ink see differently; empty. */
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";
const CLEAR = "\x1b[0m\x1b[2J";
/** A terminal that knows it shows a frame whole or not at all. */
const [BEGIN, END] = ["\x1b[?2026h", "\x1b[?2026l"];

/** The full screen: takes frames from Ink and writes the lines that changed, each at its place. */
export interface Screen {
  /** What Ink is given for standard output, in its `debug` mode: a write a frame, without control codes. */
  readonly frames: NodeJS.WriteStream;
  enter(): void;
  /** Gives the terminal back as it was. Later frames are dropped; a second call does nothing. */
  leave(): void;
  /** Draws every line anew: after a resize, a suspension, or when something else wrote to the terminal. */
  redraw(): void;
}

/**
 * Ink's own drawing erases and writes the whole frame at every change, clears the scroll-back when it is as high as
 * the terminal (ink#894), and loses its place at a resize. Lines at absolute places need none of that.
 */
export function createScreen(terminal: Pick<NodeJS.WriteStream, "write" | "columns" | "rows">): Screen {
  let isOpen = false;
  let frame: readonly string[] = [];
  let drawn: readonly string[] = [];

  const draw = (prefix = ""): void => {
    if (!isOpen) return;
    const changes = changedLines(drawn, frame);
    drawn = frame;
    if (prefix + changes !== "") terminal.write(`${BEGIN}${prefix}${changes}${END}`);
  };
  const sink = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => {
      frame = chunk.split("\n").slice(0, Math.max(1, terminal.rows - 1));
      draw();
      done();
    },
  });
  Object.defineProperty(sink, "columns", { get: () => terminal.columns });
  return {
    // Ink asks it for `write`, `columns` and events, and for nothing else that a terminal has.
    frames: sink as unknown as NodeJS.WriteStream,
    enter: () => {
      if (isOpen) return;
      isOpen = true;
      drawn = [];
      terminal.write(ENTER);
      draw();
    },
    leave: () => {
      if (!isOpen) return;
      isOpen = false;
      terminal.write(LEAVE);
    },
    redraw: () => {
      drawn = [];
      draw(CLEAR);
    },
  };
}

/** The codes that turn one frame into the next. A line is emptied before it is written: after it, the cursor may hang at the margin. */
export function changedLines(before: readonly string[], after: readonly string[]): string {
  let codes = "";
  for (let row = 0; row < Math.max(before.length, after.length); row++) {
    const line = after[row] ?? "";
    if (line !== (before[row] ?? "")) codes += `\x1b[${row + 1};1H\x1b[2K${line}`;
  }
  return codes;
}
