import type { ServiceName } from "../model/names.ts";
import type { LiveLine } from "../state/live.ts";
import type { Tone } from "../state/marks.ts";
import { placesOf } from "./log-lens.ts";
import { type Level, levelOf } from "./log-level.ts";
import { inCells, type Line, type Span, span, splitAt, wrapped } from "./text.ts";

/** How lines of a log are shown. */
export interface LogStyle {
  /** Of the whole line. */
  readonly width: number;
  /** In the order of the profile, where a line says whose it is; undefined where all are one service's. */
  readonly names: readonly ServiceName[] | undefined;
  readonly wraps: boolean;
  /** What is highlighted. */
  readonly find: string;
}

type LogText = Pick<LiveLine, "service" | "text">;

/** Services that follow each other in the profile differ. Red and yellow are the levels'. */
const TONES: readonly Tone[] = ["cyan", "green", "magenta", "blue"];
const LONGEST_NAME = 16;

const MARKS: Readonly<Record<Level, { readonly shape: string; readonly tone?: Tone; readonly bold?: true }>> = {
  error: { shape: "✖ ", tone: "red", bold: true },
  warn: { shape: "! ", tone: "yellow", bold: true },
  plain: { shape: "  " },
  debug: { shape: "  ", tone: "dim" },
};
const MARK_WIDTH = 2;

/** The rows of the screen that a line takes: its mark, whose it is, and its text. `isFound`: the search is at it. */
export function logRows({ service, text }: LogText, style: LogStyle, isFound = false): Line[] {
  const level = levelOf(text);
  const { shape, tone, bold } = MARKS[level];
  const isOurs = text.startsWith("devenv: ");
  const base = { tone: isOurs || level === "debug" ? ("dim" as const) : undefined, bold: level === "error" };
  const name = nameSpans(service, style.names);
  const places = placesOf(style.find, text);
  let start = 0;
  return partsOf(text, style).map((part, at) => {
    const shown = highlighted(part, start, places, base, isFound);
    start += part.length;
    const margin = at === 0 ? { text: shape, tone, bold } : span(" ".repeat(MARK_WIDTH));
    return [margin, ...(at === 0 ? name : name.map(({ text }) => span(blank(text), "dim"))), ...shown];
  });
}

/** How many rows that are, without making them. */
export function rowCount({ text }: LogText, style: LogStyle): number {
  return style.wraps && text.length * 2 > textWidth(style) ? partsOf(text, style).length : 1;
}

const nameWidth = (names: readonly ServiceName[]) => Math.min(LONGEST_NAME, Math.max(0, ...names.map((n) => n.length)));

function nameSpans(service: ServiceName, names: readonly ServiceName[] | undefined): Line {
  if (names === undefined) return [];
  return [span(`${inCells(service, nameWidth(names))} │ `, TONES[Math.max(0, names.indexOf(service)) % TONES.length])];
}

/** In the rows after the first, the bar alone. */
const blank = (name: string) => `${" ".repeat(name.length - 2)}│ `;

const textWidth = ({ width, names }: LogStyle): number =>
  Math.max(1, width - MARK_WIDTH - (names === undefined ? 0 : nameWidth(names) + 3));

function partsOf(text: string, style: LogStyle): readonly string[] {
  const width = textWidth(style);
  // More than there is room for, by a character of two cells, shows that something was cut.
  return style.wraps ? wrapped(text, width) : [splitAt(text, width + 2)[0]];
}

/** A part of a text, which begins at `start` in it, with all places shown that the search has found. */
function highlighted(
  part: string,
  start: number,
  places: readonly (readonly [number, number])[],
  base: Omit<Span, "text">,
  isFound: boolean,
): Span[] {
  const spans: Span[] = [];
  const marked = isFound ? { inverse: true } : { underline: true };
  let at = 0;
  for (const [from, to] of places) {
    const [begin, end] = [Math.max(at, from - start), Math.min(part.length, to - start)];
    if (end <= begin) continue;
    spans.push(
      { ...base, text: part.slice(at, begin) },
      { ...base, ...marked, bold: true, text: part.slice(begin, end) },
    );
    at = end;
  }
  return [...spans, { ...base, text: part.slice(at) }].filter(({ text }) => text !== "");
}
