import type { Place } from "./source-text.ts";

/** The way to a value from the top of a document: keys of mappings and indexes of lists. */
export type Path = readonly (string | number)[];

export type Scalar = string | number | boolean | null;

/**
 * What `!reset` and `!override` say of a value: it takes what another file says away, or its place. A mark stays until
 * the value was laid over all that it is meant for.
 */
export type Mark = "reset" | "override";

/**
 * Plain data in which everything knows where it was written, in whichever file. Never changed, only made anew: what an
 * alias stands for is the very same object as what it is an alias of.
 */
export type Located = LocatedScalar | LocatedList | LocatedMapping;

export interface LocatedScalar {
  readonly kind: "scalar";
  readonly place: Place;
  /** Offset behind it in the same text; its own offset when nothing is written there. */
  readonly end: number;
  readonly value: Scalar;
  /** How it is written where Compose reads something else than that text: 0777, 1.10, 2026-01-01. */
  readonly word?: string;
  /** Variables of the secrets file whose values are in it. */
  readonly secrets?: readonly string[];
  /** Variables that are in its text and have no value. */
  readonly unset?: readonly string[];
  readonly mark?: Mark;
}

export interface LocatedList {
  readonly kind: "list";
  readonly place: Place;
  readonly items: readonly Located[];
  readonly mark?: Mark;
}

export interface LocatedMapping {
  readonly kind: "mapping";
  readonly place: Place;
  readonly entries: ReadonlyMap<string, Entry>;
  readonly mark?: Mark;
}

export interface Entry {
  /** Where the key stands. */
  readonly key: Place;
  readonly value: Located;
}

/** A scalar that is part of what is written at the place of another value, or stands for it. */
export const scalarAt = (written: Located, value: Scalar): LocatedScalar => ({
  ...(written.kind === "scalar" && written.secrets !== undefined && { secrets: written.secrets }),
  ...(written.kind === "scalar" && written.unset !== undefined && { unset: written.unset }),
  kind: "scalar",
  place: written.place,
  end: written.kind === "scalar" ? written.end : written.place.offset + 1,
  value,
});

/** The same mapping with this entry; without it when the value is undefined. */
export function withEntry(mapping: LocatedMapping, key: string, value: Located | undefined): LocatedMapping {
  const entries = new Map(mapping.entries);
  if (value === undefined) entries.delete(key);
  else entries.set(key, { key: mapping.entries.get(key)?.key ?? value.place, value });
  return { ...mapping, entries };
}

/** The same mapping with the value of a key, where it is there, made anew. */
export function withChanged<Value extends Located>(
  tree: Value,
  key: string,
  change: (value: Located) => Located,
): Value {
  const entry = tree.kind === "mapping" ? tree.entries.get(key) : undefined;
  if (tree.kind !== "mapping" || entry === undefined) return tree;
  const value = change(entry.value);
  return value === entry.value ? tree : { ...tree, entries: new Map(tree.entries).set(key, { key: entry.key, value }) };
}

/** The same mapping with every value made anew; anything else stays as it is. */
export function mapValues(mapping: Located, change: (value: Located, key: string) => Located): Located {
  if (mapping.kind !== "mapping") return mapping;
  let isChanged = false;
  const entries = new Map<string, Entry>();
  for (const [name, { key, value: given }] of mapping.entries) {
    const value = change(given, name);
    isChanged ||= value !== given;
    entries.set(name, { key, value });
  }
  return isChanged ? { ...mapping, entries } : mapping;
}

/** The same list with every item made anew; anything else stays as it is. */
export function mapItems(list: Located, change: (item: Located) => Located): Located {
  if (list.kind !== "list") return list;
  const items = list.items.map(change);
  return items.every((item, index) => item === list.items[index]) ? list : { ...list, items };
}

/** The value of a key; undefined when it is not there, or the value is no mapping. */
export const childOf = (value: Located | undefined, key: string): Located | undefined =>
  value?.kind === "mapping" ? value.entries.get(key)?.value : undefined;

/** The text of a scalar; undefined for anything else. */
export const textOf = (value: Located | undefined): string | undefined =>
  value?.kind === "scalar" && typeof value.value === "string" ? value.value : undefined;

export const isNull = (value: Located): boolean => value.kind === "scalar" && value.value === null;

/** Without the places. */
export function toData(value: Located): unknown {
  if (value.kind === "scalar") return value.value;
  if (value.kind === "list") return value.items.map(toData);
  return Object.fromEntries(Array.from(value.entries, ([key, entry]) => [key, toData(entry.value)]));
}

/** A text that is the same for values that are the same, wherever they are written and in whichever order their keys. */
export function fingerprint(value: Located): string {
  if (value.kind === "scalar")
    return typeof value.value === "number" ? String(value.value) : JSON.stringify(value.value);
  if (value.kind === "list") return `[${value.items.map(fingerprint).join(",")}]`;
  const entries = Array.from(value.entries, ([key, entry]) => `${JSON.stringify(key)}:${fingerprint(entry.value)}`);
  return `{${entries.sort().join(",")}}`;
}

interface Found {
  readonly key: Place | undefined;
  readonly value: Located;
}

/** What is at a path, or the nearest thing above it that is there. */
function find(tree: Located, path: Path): Found {
  let found: Found = { key: undefined, value: tree };
  for (const segment of path) {
    const { value } = found;
    const next: Found | undefined =
      value.kind === "mapping"
        ? value.entries.get(String(segment))
        : value.kind === "list"
          ? itemAt(value, segment)
          : undefined;
    if (next === undefined) return found;
    found = next;
  }
  return found;
}

function itemAt({ items }: LocatedList, segment: string | number): Found | undefined {
  const value = items[Number(segment)];
  return value === undefined ? undefined : { key: undefined, value };
}

/** Where a value starts, or its key where nothing is written for it; the nearest parent's when it is absent. */
export function placeOf(tree: Located, path: Path): Place {
  const { key, value } = find(tree, path);
  const isUnwritten = value.kind === "scalar" && value.end === value.place.offset;
  return isUnwritten && key !== undefined ? key : value.place;
}

/** Where the key of a mapping's entry starts; for an item of a list, where the item does. */
export function placeOfKey(tree: Located, path: Path): Place {
  const { key, value } = find(tree, path);
  return key ?? value.place;
}
