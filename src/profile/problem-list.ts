import { basename } from "node:path";
import { type Failure, type Problem, userFailure } from "../model/failure.ts";
import { redact } from "../model/secret.ts";
import { keyOffsetOf, offsetOf, type Path, positionAt, type YamlSource } from "./yaml-source.ts";

/** Collects everything that is wrong with one file, each problem at its place. */
export interface ProblemList {
  /** At a value, or at its key or parent where it is empty or absent. */
  at(path: Path, message: string, hint?: string): void;
  /** At the key of a mapping's entry. */
  atKey(path: Path, message: string, hint?: string): void;
  /** At a character of the text. */
  atOffset(offset: number, message: string, hint?: string): void;
  /** Ignores what else would be said of the place, once the cause is told. */
  silence(offset: number): void;
  /** Keeps these values out of every message: a wrong value may be a secret. */
  hide(values: readonly string[]): void;
  readonly isEmpty: boolean;
  /** One failure with all problems, from the top of the file to its end. */
  failure(): Failure;
}

export function problemList(source: YamlSource): ProblemList {
  const problems: (Problem & { readonly offset: number })[] = [];
  const seen = new Set<string>();
  const silenced = new Set<number>();
  const hidden: string[] = [];
  const atOffset = (offset: number, message: string, hint?: string) => {
    // What stands behind an anchor is judged once for every alias, but it is one mistake.
    const id = `${offset} ${message}`;
    if (seen.has(id) || silenced.has(offset)) return;
    seen.add(id);
    problems.push({ offset, message, where: positionAt(source, offset), ...(hint !== undefined && { hint }) });
  };
  return {
    at: (path, message, hint) => atOffset(offsetOf(source, path), message, hint),
    atKey: (path, message, hint) => atOffset(keyOffsetOf(source, path), message, hint),
    atOffset,
    silence: (offset) => silenced.add(offset),
    hide: (values) => hidden.push(...values),
    get isEmpty() {
      return problems.length === 0;
    },
    failure: () => {
      const sorted = problems.toSorted((a, b) => a.offset - b.offset).map((problem) => shown(problem, hidden));
      const count = sorted.length === 1 ? "a problem" : `${sorted.length} problems`;
      return userFailure(`${basename(source.file)} has ${count}`, { problems: sorted, where: sorted[0]?.where });
    },
  };
}

function shown({ message, where, hint }: Problem, hidden: readonly string[]): Problem {
  const hide = (text: string) => redact(text, hidden);
  return { message: hide(message), ...(where && { where }), ...(hint !== undefined && { hint: hide(hint) }) };
}
