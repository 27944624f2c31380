import { basename } from "node:path";
import { type Failure, type Position, type Problem, userFailure } from "../model/failure.ts";
import { redact } from "../model/secret.ts";
import { type Located, type Path, placeOf, placeOfKey } from "./located.ts";
import { type Place, positionAt, type SourceText } from "./source-text.ts";

/** Collects everything that is wrong with a profile, in whichever of its files, each problem at its place. */
export interface ProblemList {
  /** At a value, or at its key or parent where it is empty or absent. */
  at(path: Path, message: string, hint?: string): void;
  /** At the key of a mapping's entry. */
  atKey(path: Path, message: string, hint?: string): void;
  /** At a character of a file. */
  atPlace(place: Place, message: string, hint?: string): void;
  /** Something that the person shall know though it is no error. */
  warn(place: Place, message: string, hint?: string): void;
  /** Likewise, at the key of a mapping's entry. */
  warnAtKey(path: Path, message: string, hint?: string): void;
  /** What is wrong with a value may come from this: it is told with whatever problem there is at its place. */
  because(place: Place, cause: string): void;
  /** Ignores what else would be said of the place, once the cause is told. */
  silence(place: Place): void;
  /** Keeps these values out of every message: a wrong value may be a secret. */
  hide(values: readonly string[]): void;
  /** The data that paths lead through from now on, its parts from any file. */
  lookIn(tree: Located): void;
  /** Where a value is, or the nearest thing above it. */
  positionOf(path: Path): Position;
  readonly isEmpty: boolean;
  /** The warnings, in the order of the files and from the top of each to its end. */
  warnings(): readonly Problem[];
  /** One failure with all problems, in that order. */
  failure(): Failure;
}

interface Noted extends Problem {
  readonly place: Place;
}

/** @param main the file that the person named; paths lead to its top until there is a tree to look in. */
export function problemList(main: SourceText): ProblemList {
  const problems = notes();
  const warnings = notes();
  const silenced = places<true>();
  const causes = places<string>();
  const hidden: string[] = [];
  const start: Place = { source: main, offset: 0 };
  let tree: Located = { kind: "scalar", place: start, end: 0, value: null };
  const note = (list: Notes, place: Place, message: string, hint: string | undefined) => {
    if (silenced.get(place)) return;
    const hints = [causes.get(place), hint].filter((part) => part !== undefined);
    list.add(place, message, hints.length > 0 ? hints.join("; ") : undefined);
  };
  return {
    at: (path, message, hint) => note(problems, placeOf(tree, path), message, hint),
    atKey: (path, message, hint) => note(problems, placeOfKey(tree, path), message, hint),
    atPlace: (place, message, hint) => note(problems, place, message, hint),
    warn: (place, message, hint) => note(warnings, place, message, hint),
    because: (place, cause) => causes.set(place, cause),
    warnAtKey: (path, message, hint) => note(warnings, placeOfKey(tree, path), message, hint),
    silence: (place) => silenced.set(place, true),
    hide: (values) => hidden.push(...values),
    lookIn: (next) => {
      tree = next;
    },
    positionOf: (path) => positionAt(placeOf(tree, path)),
    get isEmpty() {
      return problems.isEmpty;
    },
    warnings: () => warnings.inOrder(hidden),
    failure: () => {
      const sorted = problems.inOrder(hidden);
      const count = sorted.length === 1 ? "a problem" : `${sorted.length} problems`;
      const [first = main.file, ...others] = new Set(sorted.map(({ where }) => where?.file ?? main.file));
      const subject = others.length === 0 ? `${basename(first)} has` : `${files([first, ...others])} have`;
      return userFailure(`${subject} ${count}`, { problems: sorted, where: sorted[0]?.where });
    },
  };
}

/** `a.yaml and b.yaml`; of many the first two and how many there are besides. */
function files(paths: readonly string[]): string {
  const names = paths.map((path) => basename(path));
  return names.length > 3 ? `${names[0]}, ${names[1]} and ${names.length - 2} more` : names.join(" and ");
}

/** Something known of places, by what they are and not by which object says so. */
function places<Known>() {
  const known = new Map<string, Map<number, Known>>();
  return {
    get: ({ source, offset }: Place): Known | undefined => known.get(source.file)?.get(offset),
    set: ({ source, offset }: Place, value: Known): void => {
      known.set(source.file, (known.get(source.file) ?? new Map<number, Known>()).set(offset, value));
    },
  };
}

interface Notes {
  readonly isEmpty: boolean;
  add(place: Place, message: string, hint: string | undefined): void;
  inOrder(hidden: readonly string[]): readonly Problem[];
}

function notes(): Notes {
  const noted: Noted[] = [];
  // What stands behind an anchor is judged once for every alias, but it is one mistake.
  const seen = new Map<string, Set<string>>();
  return {
    get isEmpty() {
      return noted.length === 0;
    },
    add: (place, message, hint) => {
      const ids = seen.get(place.source.file) ?? new Set();
      const id = `${place.offset} ${message}`;
      if (ids.has(id)) return;
      seen.set(place.source.file, ids.add(id));
      noted.push({ place, message, where: positionAt(place), ...(hint !== undefined && { hint }) });
    },
    inOrder: (hidden) => {
      const order = [...seen.keys()];
      const rank = ({ place }: Noted) => order.indexOf(place.source.file);
      const sorted = noted.toSorted((a, b) => rank(a) - rank(b) || a.place.offset - b.place.offset);
      return sorted.map((problem) => shown(problem, hidden));
    },
  };
}

function shown({ message, where, hint }: Problem, hidden: readonly string[]): Problem {
  const hide = (text: string) => redact(text, hidden);
  const line = where?.text === undefined ? where : { ...where, text: hide(where.text) };
  return { message: hide(message), ...(line && { where: line }), ...(hint !== undefined && { hint: hide(hint) }) };
}
