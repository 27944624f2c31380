import type { Area } from "./layout.ts";
import { bold, cellsOf, cellsOfLine, filled, type Line, line, span } from "./text.ts";

/** As many lines as an area is high: cut, or filled up with empty ones. */
export const inArea = (lines: readonly Line[], { height }: Area): Line[] =>
  Array.from({ length: Math.max(0, height) }, (_, at) => lines[at] ?? []);

/** `── books · following ───── 2 below ──`: what stands below it; at its end, what above it there is no room for. */
export function title(text: string, note: string, width: number, end = ""): Line {
  const said = note === "" ? "" : ` · ${note}`;
  const last = end === "" ? "" : ` ${end} ──`;
  const rest = width - cellsOf(text) - cellsOf(said) - cellsOf(last) - 5;
  return line(span("── ", "dim"), bold(text), span(`${said} ${"─".repeat(Math.max(0, rest))}${last}`, "dim"));
}

/** `4 above, 2 below`: what there is no room for; empty where there is for all. */
export const hiddenInWords = (above: number, below: number): string =>
  [above > 0 ? `${above} above` : "", below > 0 ? `${below} below` : ""].filter((part) => part !== "").join(", ");

/** Two texts at the two ends of a line; where they do not both fit, the right one is cut. */
export function sides(left: Line, right: Line, width: number): Line {
  const gap = Math.max(2, width - cellsOfLine(left) - cellsOfLine(right) - 1);
  return [...left, span(" ".repeat(gap)), ...right];
}

/** Lines of two columns, the left one `width` cells wide. */
export const beside = (left: readonly Line[], width: number, right: readonly Line[]): Line[] =>
  Array.from({ length: Math.max(left.length, right.length) }, (_, at) => [
    ...filled(left[at] ?? [], width),
    ...(right[at] ?? []),
  ]);
