import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLError,
  type YAMLMap,
} from "yaml";
import type { Position } from "../model/failure.ts";

/** The way to a value from the top of the document: keys of mappings and indexes of lists. */
export type Path = readonly (string | number)[];

/** A YAML text, parsed once, with every node's place in it. */
export interface YamlSource {
  readonly file: string;
  readonly text: string;
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
  /** What the YAML parser has to complain about; warnings, too, since each means something was not understood. */
  readonly errors: readonly YamlProblem[];
}

export interface YamlProblem {
  readonly message: string;
  readonly offset: number;
  /** Whether the rest of the document can still be judged. */
  readonly fatal: boolean;
}

/** Takes a file's name (for positions) and its text. Never throws for what the text says. */
export function parseYaml(file: string, text: string): YamlSource {
  const lines = new LineCounter();
  const tooDeep = isNestedTooDeeply(text);
  // YAML 1.2, but with the merge keys that Compose files are full of.
  const options = { lineCounter: lines, prettyErrors: false, merge: true, version: "1.2" } as const;
  const document = parseDocument(tooDeep ? "" : text, options) as Document.Parsed;
  const found = [...document.errors, ...document.warnings].map((error) => yamlProblem(error, text));
  const errors = tooDeep ? [{ message: "the YAML is nested too deeply", offset: 0, fatal: true }] : found;
  return { file, text, document, lines, errors: firstOfEachLine(errors, lines) };
}

/**
 * The parser descends recursively, and Node itself dies ("RegExpCompiler Allocation failed") when the stack is nearly
 * used up: a text of ten thousand opening brackets must not reach it. The count is coarse, and generous for that.
 */
function isNestedTooDeeply(text: string): boolean {
  if (/^[ \t?:-]{400}/m.test(text)) return true;
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth = bracket === "[" || bracket === "{" ? depth + 1 : Math.max(0, depth - 1);
    if (depth > 200) return true;
  }
  return false;
}

function yamlProblem(error: YAMLError, text: string): YamlProblem {
  const [start, end] = error.pos;
  if (error.code !== "DUPLICATE_KEY") return { message: `YAML: ${error.message}`, offset: start, fatal: true };
  const key = /^[^\s:#]+/.exec(text.slice(start, Math.max(end, start + 80)))?.[0] ?? "a key";
  return { message: `${key} is there twice in the same mapping`, offset: start, fatal: false };
}

/** One broken bracket makes the parser stumble several times in the same line; the first word of it is enough. */
function firstOfEachLine(errors: readonly YamlProblem[], lines: LineCounter): YamlProblem[] {
  const seen = new Set<number>();
  return errors.filter(({ offset }) => {
    const { line } = lines.linePos(offset);
    return !seen.has(line) && seen.add(line);
  });
}

/** The place of a character in the file, with the line it stands in. */
export function positionAt(source: YamlSource, offset: number): Position {
  const at = Math.min(Math.max(offset, 0), source.text.length);
  const start = source.text.lastIndexOf("\n", at - 1) + 1;
  const end = source.text.indexOf("\n", at);
  const line = Math.max(1, source.lines.linePos(at).line);
  const text = source.text.slice(start, end < 0 ? undefined : end).replace(/\r$/, "");
  return { file: source.file, line, column: at - start + 1, text };
}

/** Where a value starts, or where its key does when it has no text of its own; the nearest parent when it is absent. */
export function offsetOf(source: YamlSource, path: Path): number {
  const { key, value } = find(source, path);
  const start = startOf(value);
  const isEmpty = isScalar(value) && value.source === "" && value.type === "PLAIN";
  return (isEmpty ? undefined : start) ?? startOf(key) ?? start ?? 0;
}

/** Where the key of a mapping's entry starts; for an item of a list, where the item does. */
export function keyOffsetOf(source: YamlSource, path: Path): number {
  const { key, value } = find(source, path);
  return startOf(key) ?? startOf(value) ?? 0;
}

const startOf = (node: unknown): number | undefined => (node as Node | null | undefined)?.range?.[0];

/** The node at a path. Aliases and merge keys are followed, so the place is where the thing is really written. */
export function nodeAt(source: YamlSource, path: Path): Node | undefined {
  const { value, depth } = find(source, path);
  if (depth < path.length) return undefined;
  return isAlias(value) ? value.resolve(source.document) : ((value as Node | null) ?? undefined);
}

interface Found {
  readonly key: unknown;
  readonly value: unknown;
  /** How many segments of the path there are in the document. */
  readonly depth: number;
}

function find(source: YamlSource, path: Path): Found {
  let found: Found = { key: undefined, value: source.document.contents, depth: 0 };
  for (const segment of path) {
    const next = childOf(source.document, found.value, segment);
    if (next === undefined) return found;
    found = { key: next.key, value: next.value, depth: found.depth + 1 };
  }
  return found;
}

function childOf(document: Document.Parsed, node: unknown, segment: string | number, depth = 0): Pair | undefined {
  const target = isAlias(node) ? node.resolve(document) : node;
  if (isSeq(target)) {
    const item = target.items[Number(segment)];
    return item === undefined ? undefined : ({ key: undefined, value: item } as Pair);
  }
  if (!isMap(target) || depth > MAX_MERGES) return undefined;
  const own = target.items.findLast((pair) => keyText(pair.key) === String(segment));
  if (own !== undefined) return own;
  for (const merged of mergedInto(document, target)) {
    const inherited = childOf(document, merged, segment, depth + 1);
    if (inherited !== undefined) return inherited;
  }
  return undefined;
}

/** What the `<<` keys of a mapping merge into it. */
function mergedInto(document: Document.Parsed, map: YAMLMap): unknown[] {
  const merges = map.items.filter((pair) => keyText(pair.key) === "<<");
  return merges.flatMap(({ value }) => {
    const merged = isAlias(value) ? value.resolve(document) : value;
    return isSeq(merged) ? merged.items : [merged];
  });
}

/** Merge keys that lead to merge keys: more than this is a circle. */
const MAX_MERGES = 20;

/** A key's text; a merge key is a symbol to the parser, and `<<` to people. */
export function keyText(key: unknown): string {
  if (!isScalar(key)) return "";
  return typeof key.value === "symbol" ? "<<" : String(key.value ?? "");
}
