import { stripVTControlCharacters } from "node:util";
import stringWidth from "string-width";
import type { Tone } from "../state/marks.ts";

/** A piece of a line, with what it means. Colour says nothing that the words and shapes do not say. */
export interface Span {
  readonly text: string;
  readonly tone?: Tone | undefined;
  readonly bold?: boolean | undefined;
  readonly inverse?: boolean | undefined;
  readonly underline?: boolean | undefined;
}

/** One line of the screen as data; `painted` makes it codes, cut where the screen ends. */
export type Line = readonly Span[];

export const span = (text: string, tone?: Tone): Span => ({ text, tone });
export const bold = (text: string, tone?: Tone): Span => ({ text, tone, bold: true });
export const inverse = (text: string): Span => ({ text, inverse: true });
export const line = (...spans: readonly Span[]): Line => spans;

/** Nearly every text of a screen, with the shapes and arrows that we draw ourselves: a character is a cell. */
const PLAIN = /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u024f\u2013-\u2026\u2190-\u21ff\u2500-\u25fc\u2714\u2716]*$/;
const characters = new Intl.Segmenter();

/** What a program said, for one line: a tab is as wide as the terminal pleases, and the words may be coloured. */
export const plain = (text: string): string => stripVTControlCharacters(text).replaceAll("\t", "    ");

/** How many cells of a terminal a text takes: a Chinese character two, an accent on the letter before it none. */
export const cellsOf = (text: string): number => (PLAIN.test(text) ? text.length : stringWidth(text));

/** The same of a whole line. */
export const cellsOfLine = (spans: Line): number => spans.reduce((sum, { text }) => sum + cellsOf(text), 0);

/** The beginning of a text that fits into `width` cells, and the rest of it. */
export function splitAt(text: string, width: number): readonly [string, string] {
  if (PLAIN.test(text)) return [text.slice(0, Math.max(0, width)), text.slice(Math.max(0, width))];
  let taken = 0;
  for (const { segment, index } of characters.segment(text)) {
    taken += cellsOf(segment);
    if (taken > width) return [text.slice(0, index), text.slice(index)];
  }
  return [text, ""];
}

/** `text` in exactly `width` cells: filled up, or cut with a `…`. */
export function inCells(text: string, width: number): string {
  const cells = cellsOf(text);
  if (cells <= width) return text + " ".repeat(width - cells);
  if (width <= 0) return "";
  const [head] = splitAt(text, width - 1);
  return `${head}…${" ".repeat(width - 1 - cellsOf(head))}`;
}

/** A line in at most `width` cells; what does not fit is cut with a `…`. */
export function cut(spans: Line, width: number): Line {
  if (cellsOfLine(spans) <= width) return spans;
  const kept: Span[] = [];
  let left = width;
  for (const each of spans) {
    const cells = cellsOf(each.text);
    if (cells < left) kept.push(each);
    else return [...kept, { ...each, text: inCells(`${each.text} `, left) }];
    left -= cells;
  }
  return kept;
}

/** A line in exactly `width` cells. */
export const filled = (spans: Line, width: number): Line => [
  ...cut(spans, width),
  span(" ".repeat(Math.max(0, width - cellsOfLine(spans)))),
];

/** Parts of a text that are at most `width` cells wide, so that nothing of it is cut. */
export function wrapped(text: string, width: number): string[] {
  const parts: string[] = [];
  let rest = text;
  do {
    // A character that is wider than all the room is none the less got past.
    const [head, tail] = splitAt(rest, Math.max(1, width));
    const [first] = head === "" ? splitAt(rest, 2) : [head];
    parts.push(first);
    rest = head === "" ? rest.slice(first.length) : tail;
  } while (rest !== "");
  return parts;
}
