import type { ServiceName } from "../model/names.ts";

/** A line's place in the order of all: by its time (as the daemon wrote it), and of one time in the order of arrival. */
export interface LogPlace {
  readonly time: string;
  readonly number: number;
}

/** A line that is kept. One that came without a time has that of the line before it. */
export interface KeptLine extends LogPlace {
  readonly service: ServiceName;
  readonly text: string;
}

/** What of the log is looked at, and how. */
export interface Lens {
  /** One service; all when undefined. */
  readonly of: ServiceName | undefined;
  /** Only lines are shown that have this in their text or their service's name; all when empty. */
  readonly only: string;
  /** Which of the texts a key is a part of, while one is typed. */
  readonly typed: "find" | "only";
  /** What is searched, and highlighted. */
  readonly find: string;
  /** The line that the search is at. */
  readonly found: LogPlace | undefined;
  /** That there is no further line with it, where the last key looked. */
  readonly missed: Direction | undefined;
  /** The end of what is shown; undefined follows the newest line. */
  readonly bottom: Bottom | undefined;
  /** Long lines go on in the next row of the screen; else they are cut. */
  readonly wraps: boolean;
}

export type Direction = "older" | "newer";

/** The last line that is shown; of a wrapped one, `below` rows do not fit. */
export interface Bottom extends LogPlace {
  readonly below: number;
}

export const EVERYTHING: Lens = {
  of: undefined,
  only: "",
  typed: "find",
  find: "",
  found: undefined,
  missed: undefined,
  bottom: undefined,
  wraps: false,
};

/** Below zero where `a` stands before `b`. */
export function compare(a: LogPlace, b: LogPlace): number {
  if (a.time !== b.time) return a.time < b.time ? -1 : 1;
  return a.number - b.number;
}

/** Whether a text has another one in it, in any case. */
export function finder(wanted: string): (text: string) => boolean {
  const pattern = patternOf(wanted, "i");
  return (text) => pattern.test(text);
}

/** Where a text stands in another one, in any case: pairs of start and end. */
export function placesOf(wanted: string, text: string): readonly (readonly [start: number, end: number])[] {
  if (wanted === "") return [];
  return [...text.matchAll(patternOf(wanted, "gi"))].map(({ index, 0: found }) => [index, index + found.length]);
}

/** A regular expression finds in any case without making a copy of each text first. */
const patternOf = (wanted: string, flags: string) => new RegExp(wanted.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"), flags);
