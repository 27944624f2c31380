import { basename } from "node:path";
import { type Entry, isNull, type Located, type LocatedMapping, type Path } from "./located.ts";
import { type Combine, ruleAt } from "./merge-rules.ts";
import { appendOnce } from "./merge-unique.ts";
import type { ProblemList } from "./problem-list.ts";
import { positionAt } from "./source-text.ts";

/**
 * Lays `over` over `base` by the rules of the Compose specification (13-merge.md), where it says nothing else as
 * compose-go does it: mappings merge, lists append what is not there yet, scalars are replaced, an empty value changes
 * nothing, and some keys have a rule of their own. Marks of `over` stay in the result, so that it can go over more.
 */
export function merge(base: Located, over: Located, problems: ProblemList, path: Path = []): Located {
  if (over.mark !== undefined || base === over) return over;
  const combine: Combine = {
    mappings: (under, above, at) => mergeMappings(under, above, problems, at),
    plainly: (under, above, at) => mergePlainly(under, above, problems, at),
  };
  const rule = ruleAt(path);
  const ruled = rule?.(base, over, path, combine);
  return ruled ?? mergePlainly(base, over, problems, path);
}

function mergePlainly(base: Located, over: Located, problems: ProblemList, path: Path): Located {
  if (isNull(over)) return base;
  if (base.kind === "scalar") return over;
  if (base.kind === "mapping" && over.kind === "mapping") return mergeMappings(base, over, problems, path);
  if (base.kind === "list" && over.kind === "list") return { ...base, items: appendOnce(base.items, over.items) };
  const [here, there] = [KINDS[over.kind], KINDS[base.kind]];
  const { file, line } = positionAt(base.place);
  const message = `${String(path.at(-1) ?? "the file")} is ${here}, and ${there} in ${basename(file)}:${line}, which it is merged with`;
  problems.atPlace(over.place, message, "write both the same way, or !override before the value to replace the other");
  problems.silence(over.place);
  return over;
}

const KINDS = { mapping: "a mapping", list: "a list", scalar: "a text" } as const;

function mergeMappings(base: LocatedMapping, over: LocatedMapping, problems: ProblemList, path: Path): LocatedMapping {
  const entries = new Map<string, Entry>(base.entries);
  for (const [key, entry] of over.entries) {
    const below = base.entries.get(key);
    if (below === undefined) {
      entries.set(key, entry);
      continue;
    }
    const value = merge(below.value, entry.value, problems, [...path, key]);
    // What consists of both is still said to be where it began.
    entries.set(key, { key: value.kind === "mapping" && value.mark === undefined ? below.key : entry.key, value });
  }
  return { ...base, entries };
}

/** A merged tree without what `!reset` took away, and without marks. */
export function withoutMarks(value: Located): Located {
  if (value.kind === "scalar") return value.mark === undefined ? value : unmarked(value);
  if (value.kind === "list") {
    const items = value.items.filter(({ mark }) => mark !== "reset").map(withoutMarks);
    return { ...unmarked(value), items };
  }
  const entries = new Map<string, Entry>();
  for (const [key, entry] of value.entries) {
    if (entry.value.mark !== "reset") entries.set(key, { key: entry.key, value: withoutMarks(entry.value) });
  }
  return { ...unmarked(value), entries };
}

function unmarked<Value extends Located>({
  mark: _mark,
  ...value
}: Value): Omit<Value, "mark"> & { kind: Value["kind"] } {
  return value as Omit<Value, "mark"> & { kind: Value["kind"] };
}
