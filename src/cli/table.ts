import { widthOf } from "./width.ts";

/**
 * Rows under their headings, as wide as their longest cell; the last column takes what is left of the terminal.
 * @param columns of the terminal
 * @param yielding index of a column whose cells, plain ones, are shortened where the rows are too wide otherwise
 */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number,
  yielding?: number,
): string {
  const widths = headings.map((heading, index) =>
    Math.max(...[heading, ...rows.map((row) => row[index] ?? "")].map(widthOf)),
  );
  const tooMuch = widths.reduce((sum, each) => sum + each + GAP.length, -GAP.length) - columns;
  const narrow = (cells: readonly string[]) => {
    if (yielding === undefined || tooMuch <= 0) return cells;
    const room = Math.max((widths[yielding] ?? 0) - tooMuch, NARROWEST);
    return cells.map((cell, index) => (index === yielding ? clip(cell, room) : cell));
  };
  const [head = [], ...lines] = [headings, ...rows].map(narrow);
  const narrowed = head.map((_, index) => Math.max(...[head, ...lines].map((cells) => widthOf(cells[index] ?? ""))));
  const line = (cells: readonly string[]) =>
    clip(
      cells.map((cell, index) => (index === cells.length - 1 ? cell : pad(cell, narrowed[index] ?? 0))).join(GAP),
      columns,
    );
  return [head, ...lines].map((cells) => line(cells).trimEnd()).join("\n");
}

const GAP = "  ";

/** Of a cell that is shortened: `local:3f9…`. */
const NARROWEST = 10;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that are meant
const CODE_OR_CHARACTER = /(\u001b\[[\d;]*m)|./gu;

const pad = (text: string, to: number): string => text + " ".repeat(Math.max(0, to - widthOf(text)));

/** Cuts a line that is too long; of a coloured one all codes stay, so that no colour runs on. */
function clip(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let taken = 0;
  return text.replace(CODE_OR_CHARACTER, (part, code: string | undefined) => {
    if (code !== undefined || taken >= columns) return code ?? "";
    const isWhole = taken + widthOf(part) < columns;
    taken = isWhole ? taken + widthOf(part) : columns;
    return isWhole ? part : "…";
  });
}
