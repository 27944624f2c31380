import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from "yaml";
import type { Entry, Located, LocatedMapping, LocatedScalar, Mark } from "./located.ts";
import { isDate, plainWord } from "./plain-word.ts";
import type { ProblemList } from "./problem-list.ts";
import type { Place, SourceText } from "./source-text.ts";

/** Deeper is no Compose file, and would use the stack up further on. */
const DEEPEST = 100;
/** How many values a document may have with its aliases written out: aliases of aliases fill any memory. */
const MOST_VALUES = 300_000;

/**
 * A parsed document as located data: aliases and merge keys are followed, and words without quotes read as Compose
 * reads them. Undefined, with the problem noted, when that cannot be done.
 */
export function locateDocument(
  document: Document.Parsed,
  source: SourceText,
  problems: ProblemList,
): Located | undefined {
  const reading = new Reading(document, source, problems);
  const located = reading.locate(isWritten(document) ? document.contents : null, 0);
  return reading.isSound ? located : undefined;
}

/** Nothing but comments is told at the top of the document, not at its end where the value would be. */
const isWritten = ({ contents }: Document.Parsed): boolean => !isScalar(contents) || contents.source !== "";

/** What an alias may stand for, once it was read: how many values it has and how deep it goes. */
interface Extent {
  readonly located: Located;
  readonly values: number;
  readonly depth: number;
}

class Reading {
  readonly #document: Document.Parsed;
  readonly #source: SourceText;
  readonly #problems: ProblemList;
  /** What anchors stand for, so far; an alias can only mean what comes before it. */
  readonly #anchors = new Map<string, Node>();
  readonly #read = new Map<Node, Extent>();
  readonly #open = new Set<Node>();
  #refusals = 0;
  #isTooMuch = false;
  #values = 0;
  #deepest = 0;

  constructor(document: Document.Parsed, source: SourceText, problems: ProblemList) {
    this.#document = document;
    this.#source = source;
    this.#problems = problems;
  }

  /** Whether all of it was understood. */
  get isSound(): boolean {
    return this.#refusals === 0;
  }

  /** @param near where to point at when nothing at all is written for the value, as for `b` in `{ a: 1, b }`. */
  locate(node: unknown, depth: number, near?: Place): Located {
    if (isAlias(node)) return this.#behindAlias(node.source, node, depth);
    if (!isNode(node) || node.anchor === undefined) return this.#locateOwn(node, depth, near);
    this.#anchors.set(node.anchor, node);
    const before = { values: this.#values, deepest: this.#deepest };
    this.#deepest = depth;
    this.#open.add(node);
    const located = this.#locateOwn(node, depth, near);
    this.#open.delete(node);
    this.#read.set(node, { located, values: this.#values - before.values, depth: this.#deepest - depth });
    this.#deepest = Math.max(this.#deepest, before.deepest);
    return located;
  }

  #locateOwn(node: unknown, depth: number, near: Place | undefined): Located {
    const place = isNode(node) || near === undefined ? this.#placeOf(node) : near;
    this.#count(1, depth, place);
    const mark = markOf(node);
    if (this.#isTooMuch) return { kind: "scalar", place, end: place.offset, value: null };
    if (isSeq(node)) {
      const items = node.items.map((item) => this.locate(item, depth + 1, place));
      return { kind: "list", place, items, ...(mark && { mark }) };
    }
    if (isMap(node)) return { kind: "mapping", place, entries: this.#entries(node, depth), ...(mark && { mark }) };
    return scalar(node, place, mark);
  }

  #behindAlias(name: string, alias: Node, depth: number): Located {
    const target = this.#anchors.get(name);
    const place = this.#placeOf(alias);
    const nothing: Located = { kind: "scalar", place, end: place.offset, value: null };
    if (target === undefined) {
      return this.#refuse(place, `*${name} stands for nothing`, `no &${name} comes before it`) ?? nothing;
    }
    if (this.#open.has(target)) return this.#refuse(place, `*${name} is inside of what it stands for`) ?? nothing;
    const extent = this.#read.get(target);
    if (extent === undefined) return nothing;
    this.#count(extent.values, depth + extent.depth, place);
    return extent.located;
  }

  #entries(map: YAMLMap, depth: number): ReadonlyMap<string, Entry> {
    const entries = new Map<string, Entry>();
    const own = new Set<string>();
    for (const pair of map.items) {
      const key = this.#placeOf(pair.key);
      const isMerge = isMergeKey(pair);
      const name = isMerge ? "<<" : this.#keyName(pair, key);
      if (name === undefined) continue;
      if (own.has(name)) this.#tellTwice(name, key);
      own.add(name);
      if (!isMerge) entries.set(name, { key, value: this.locate(pair.value, depth + 1, key) });
      else for (const [inherited, entry] of this.#merged(pair, key, depth)) keep(entries, inherited, entry);
    }
    return entries;
  }

  #tellTwice(name: string, key: Place): void {
    const hint = name === "<<" ? "write <<: [*one, *other]" : undefined;
    this.#problems.atPlace(key, `${name || "an empty key"} is there twice in the same mapping`, hint);
  }

  /** What a merge key brings; of several mappings the first that has a key gives it. */
  #merged(pair: Pair, key: Place, depth: number): [string, Entry][] {
    const refusals = this.#refusals;
    const given = this.locate(pair.value, depth + 1, key);
    // An alias that stands for nothing is told as that.
    if (this.#refusals > refusals) return [];
    const sources = given.kind === "list" ? given.items : [given];
    const mappings = sources.filter((source): source is LocatedMapping => source.kind === "mapping");
    // Of an alias that stands for nothing that is told, and nothing of what follows from it.
    const isWrong = mappings.length < sources.length && this.isSound;
    if (isWrong) this.#refuse(key, "<< merges a mapping, and here is something else");
    return mappings.flatMap((mapping) => [...mapping.entries]);
  }

  #keyName({ key }: Pair, place: Place): string | undefined {
    const node = isAlias(key) ? this.#anchors.get(key.source) : key;
    if (!isScalar(node)) {
      this.#problems.atPlace(place, "a key must be a text, and here is a list or a mapping");
      return undefined;
    }
    if (node.anchor !== undefined) {
      this.#anchors.set(node.anchor, node);
      this.#read.set(node, { located: scalar(node, this.#placeOf(node), undefined), values: 1, depth: 0 });
    }
    const name = node.type === "PLAIN" ? (node.source ?? "") : String(node.value ?? "");
    if (name !== "__proto__") return name;
    this.#problems.atPlace(place, "__proto__ cannot be a key", "take another name");
    return undefined;
  }

  #count(values: number, depth: number, place: Place): void {
    this.#values += values;
    this.#deepest = Math.max(this.#deepest, depth);
    // Once it is too much it stays so, and is told once.
    if (this.#isTooMuch) return;
    this.#isTooMuch = depth > DEEPEST || this.#values > MOST_VALUES;
    if (depth > DEEPEST) this.#refuse(place, "the YAML is nested too deeply");
    else if (this.#values > MOST_VALUES) {
      this.#refuse(place, `there are more than ${MOST_VALUES} values, with the aliases written out`);
    }
  }

  #refuse(place: Place, message: string, hint?: string): undefined {
    this.#problems.atPlace(place, message, hint);
    this.#refusals++;
    return undefined;
  }

  #placeOf(node: unknown): Place {
    const offset = (node as Node | null | undefined)?.range?.[0] ?? this.#document.range?.[0] ?? 0;
    return { source: this.#source, offset };
  }
}

/** What a mapping says itself, or an earlier merge key, goes before what is merged into it. */
function keep(entries: Map<string, Entry>, name: string, entry: Entry): void {
  if (!entries.has(name)) entries.set(name, entry);
}

const isMergeKey = ({ key }: Pair): boolean => isScalar(key) && key.type === "PLAIN" && key.source === "<<";

function markOf(node: unknown): Mark | undefined {
  const { tag } = (node ?? {}) as { tag?: string };
  return tag === "!reset" || tag === "!override" ? (tag.slice(1) as Mark) : undefined;
}

function scalar(node: unknown, place: Place, mark: Mark | undefined): LocatedScalar {
  const { type, tag, source = "", value, range } = (node ?? {}) as Partial<Scalar>;
  const written = { kind: "scalar" as const, place, end: range?.[1] ?? place.offset, ...(mark && { mark }) };
  if (type?.startsWith("BLOCK") && typeof value === "string") return { ...written, value: block(value, written) };
  if (type !== "PLAIN" || (tag !== undefined && mark === undefined)) return { ...written, value: own(value) };
  const meant = plainWord(source);
  const isOtherwise = typeof meant === "number" ? String(meant) !== source : isDate(source);
  return { ...written, value: meant, ...(isOtherwise && { word: source }) };
}

/** A block that ends with the file, without a line break there, has none at its end; the parser puts one. */
function block(value: string, { place, end }: Pick<LocatedScalar, "place" | "end">): string {
  const { text } = place.source;
  return end >= text.length && !text.endsWith("\n") ? value.replace(/\n$/, "") : value;
}

/** The value of a scalar with quotes or with a tag of YAML's own (`!!str 0777`). */
const own = (value: unknown): LocatedScalar["value"] =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? value
    : value == null
      ? null
      : String(value);
