import { stripVTControlCharacters } from "node:util";
import { widthOf } from "./width.ts";

/** A word with the blanks before it. What stands in backticks is one, however many blanks are in it: it is copied. */
const WORD = / *(?:`[^`]*`|[^ ])+/g;

/** What others wrote is shown as it came: a program's output, a line of a file and the caret under it, a stack. */
const OF_OTHERS = /^ *(?:│|\d* *\||at )/;

/** A clock's time and a mark of ours: what follows a line goes on below its words. */
const BEFORE_WORDS = /^ *(?:\d\d:\d\d:\d\d )?(?:[✖✔→•●▲★↶!…=–-] +)?/;

/** Lines that are indented less, and have no mark, are places, bars and headings; from here on, a hint that goes on. */
const HINT_INDENT = 4;

/**
 * Lines of at most `width` columns, broken between words only: a path, a URL or a command in backticks that is
 * longer has a line of its own. Colours take no room; they go on in the next line.
 * @param hang blanks before every line but the first; what is no longer than that is no line of its own
 */
export function inLines(text: string, width: number, hang = 0): string[] {
  const [first = "", ...words] = text.match(WORD) ?? [];
  const lines = [first];
  for (const word of words) {
    const line = lines.at(-1) ?? "";
    const longer = `${line}${word}`;
    if (widthOf(longer) <= width || widthOf(line) <= hang) lines[lines.length - 1] = longer;
    else lines.push(`${" ".repeat(hang)}${word.trimStart()}`);
  }
  return lines;
}

/**
 * Messages, hints and warnings as a terminal of `columns` shows them well: where a line is too long, it goes on at a
 * word, below its first one. Without `columns` (a pipe, a file) each stays a line.
 */
export function folded(text: string, columns: number | undefined): string {
  if (columns === undefined) return text;
  return text
    .split("\n")
    .flatMap((line) => foldedLine(line, columns))
    .join("\n");
}

function foldedLine(line: string, columns: number): string[] {
  const hang = hangOf(stripVTControlCharacters(line));
  return hang === undefined || widthOf(line) <= columns ? [line] : inLines(line, columns, hang);
}

/** How many characters stand before the words of a line; undefined where it is not to be broken. */
function hangOf(plain: string): number | undefined {
  if (OF_OTHERS.test(plain)) return undefined;
  const before = BEFORE_WORDS.exec(plain)?.[0] ?? "";
  const isIndented = before.startsWith(" ") && before.trim() === "";
  return isIndented && before.length < HINT_INDENT ? undefined : before.length;
}

/** Columns of a stream that is a terminal and knows them. */
export const columnsOf = ({ isTTY, columns }: Pick<NodeJS.WriteStream, "isTTY" | "columns">): number | undefined =>
  isTTY && columns > 0 ? columns : undefined;
