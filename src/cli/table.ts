import { stripVTControlCharacters } from "node:util";

/** Rows under their headings, as wide as their longest cell; the last column takes what is left of the terminal. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[], columns: number): string {
  const widths = headings.map((heading, index) =>
    Math.max(...[heading, ...rows.map((row) => row[index] ?? "")].map(width)),
  );
  const line = (cells: readonly string[]) =>
    clip(
      cells.map((cell, index) => (index === cells.length - 1 ? cell : pad(cell, widths[index] ?? 0))).join("  "),
      columns,
    );
  return [line(headings), ...rows.map(line)].map((text) => text.trimEnd()).join("\n");
}

const width = (text: string): number => [...stripVTControlCharacters(text)].length;

const pad = (text: string, to: number): string => text + " ".repeat(Math.max(0, to - width(text)));

/** Cuts a plain line that is too long; a coloured one is left alone, so that no colour runs on. */
function clip(text: string, columns: number): string {
  if (width(text) <= columns || text !== stripVTControlCharacters(text)) return text;
  return `${[...text].slice(0, columns - 1).join("")}…`;
}
