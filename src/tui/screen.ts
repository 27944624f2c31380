/**
 * Alternate buffer, no cursor, no wrapping of a line whose width terminal and Ink see differently, pasted text marked as
 * such; empty.
 */
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h\x1b[2J";
const LEAVE = "\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l";
const CLEAR = "\x1b[0m\x1b[2J";
/** A terminal that knows it shows a frame whole or not at all. */
const [BEGIN, END] = ["\x1b[?2026h", "\x1b[?2026l"];

/** The full screen: takes frames and writes the lines that changed, each at its place. */
export interface Screen {
  /** The lines that are to be seen from now on, the first one at the top; the terminal's last line stays empty. */
  show(lines: readonly string[]): void;
  enter(): void;
  /** Gives the terminal back as it was. Later frames are dropped; a second call does nothing. */
  leave(): void;
  /** Draws every line anew: after a resize, a suspension, or when something else wrote to the terminal. */
  redraw(): void;
}

/** Lines at absolute places: nothing is erased that stays, nothing scrolls, and a resize loses no place. */
export function createScreen(terminal: Pick<NodeJS.WriteStream, "write" | "rows">): Screen {
  let isOpen = false;
  let frame: readonly string[] = [];
  let drawn: readonly string[] = [];

  const draw = (prefix = ""): void => {
    if (!isOpen) return;
    const changes = changedLines(drawn, frame);
    drawn = frame;
    if (prefix + changes !== "") terminal.write(`${BEGIN}${prefix}${changes}${END}`);
  };
  return {
    show: (lines) => {
      frame = lines.slice(0, Math.max(1, terminal.rows - 1));
      draw();
    },
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
