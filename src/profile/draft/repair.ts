import { readFile as readText } from "node:fs/promises";
import {
  type Document,
  isMap,
  isNode,
  isPair,
  isSeq,
  LineCounter,
  type Node,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { Failure, type Problem } from "../../model/failure.ts";
import { type LoadOptions, loadProfile } from "../load-profile.ts";
import type { Draft, DraftNote } from "./draft.ts";
import { parseDocuments, textOf } from "./from-compose.ts";

/** Leaving one thing out may uncover another one; a file that is not mended by so many rounds is not mended at all. */
const ROUNDS = 30;

/**
 * Makes a draft loadable: what the loader refuses is left out, and stands as a comment where it was, with the reason.
 * @throws Failure (class user) with the problems when what is wrong is not in the draft (an included file), or when
 * nothing would be left.
 */
export async function repairDraft(draft: Draft, options: LoadOptions): Promise<Draft> {
  const files = new Map(draft.files);
  const notes: DraftNote[] = [...draft.notes];
  for (let round = 0; ; round++) {
    const failure = await problemsOf({ ...draft, files }, options);
    if (failure === undefined) return { ...draft, files, notes: notes.map((note) => placed(note, files)) };
    if (round === ROUNDS) throw failure;
    let isMended = false;
    for (const [file, text] of files) {
      const own = failure.problems.filter(({ where }) => where?.file === file);
      const repaired = own.length === 0 ? [] : leaveOut(text, own, (mended) => files.set(file, mended));
      if (repaired.length === 0) continue;
      notes.push(...repaired.map((problem) => ({ ...problem, message: leftOut(problem) })));
      isMended = true;
    }
    if (!isMended) throw failure;
  }
}

const leftOut = ({ message }: Problem): string => `left out: ${message}`;

/** Where the comment of what was left out stands in the end; later ones may have moved it. */
function placed(note: DraftNote, files: ReadonlyMap<string, string>): DraftNote {
  const file = note.where?.file ?? "";
  const lines = files.get(file)?.split("\n") ?? [];
  const index = lines.findIndex((line) => line.trimStart() === `# ${note.message}`);
  const text = lines[index];
  if (text === undefined) return note;
  return { ...note, where: { file, line: index + 1, column: text.indexOf("#") + 1, text } };
}

/** What the loader says of a draft, as if its files were there already. */
async function problemsOf({ files, links, profile }: Draft, options: LoadOptions): Promise<Failure | undefined> {
  const readFile = async (path: string) => files.get(path) ?? readText(links.get(path) ?? path, "utf8");
  try {
    await loadProfile(profile, { ...options, readFile });
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Failure && thrown.class === "user") return thrown;
    throw thrown;
  }
}

interface Entry {
  readonly document: Document;
  readonly parent: YAMLMap | YAMLSeq;
  readonly item: unknown;
  readonly start: number;
  readonly end: number;
  /** The entries of block mappings and lists around it, from the outside; a comment can stand only among those. */
  readonly around: readonly Entry[];
}

/** Gives the problems whose entries could be left out; the text without them goes to `write`. */
function leaveOut(text: string, problems: readonly Problem[], write: (text: string) => void): Problem[] {
  const lines = new LineCounter();
  const documents = parseDocuments(text, lines);
  const entries = documents.flatMap((document) => entriesOf(document));
  const mended: Problem[] = [];
  const gone = new Set<Entry>();
  for (const problem of problems) {
    const { line = 1, column = 1 } = problem.where ?? {};
    const entry = entryAt(entries, (lines.lineStarts[line - 1] ?? 0) + column - 1, problem.message);
    if (entry === undefined || gone.has(entry) || entry.around.some((outer) => gone.has(outer))) continue;
    gone.add(entry);
    mended.push(problem);
    remove(entry, [leftOut(problem), ...snippet(text, entry)]);
  }
  if (mended.length > 0) write(textOf(documents, text));
  return mended;
}

function entriesOf(document: Document): Entry[] {
  const walk = (node: unknown, around: readonly Entry[]): Entry[] => {
    if (!isMap(node) && !isSeq(node)) return [];
    return node.items.flatMap((item) => {
      const entry = { document, parent: node, item, ...rangeOf(item), around };
      return [entry, ...walk(isPair(item) ? item.value : item, [...around, entry])];
    });
  };
  return walk(document.contents, []);
}

/** From the key to the end of the value. */
function rangeOf(item: unknown): { readonly start: number; readonly end: number } {
  const first = (isPair(item) ? item.key : item) as Node | null;
  const last = ((isPair(item) ? item.value : item) ?? first) as Node | null;
  const start = first?.range?.[0] ?? 0;
  return { start, end: last?.range?.[1] ?? start };
}

/**
 * The entry that a problem is about. A list's item and its first key begin at the same place: the item is meant, unless
 * the message names the key.
 */
function entryAt(entries: readonly Entry[], offset: number, message: string): Entry | undefined {
  const around = entries.filter(({ start, end }) => start <= offset && offset <= end);
  const beginning = around.filter(({ start }) => start === offset);
  const named = beginning.find(({ item }) => isPair(item) && message.includes(`key ${String(item.key)}`));
  return named ?? beginning[0] ?? around.at(-1);
}

function snippet(text: string, { start, end }: Entry): string[] {
  const [first = "", ...rest] = text.slice(start, end).trimEnd().split("\n");
  const indent = /[^\n]*$/.exec(text.slice(0, start))?.[0].length ?? 0;
  return [first, ...rest.map((line) => line.replace(new RegExp(`^ {0,${indent}}`), ""))].map((line) => `  ${line}`);
}

/**
 * Takes an entry out; its text stands as a comment before the next one, or at the end of what it was in. A mapping that
 * is written on one line, or has nothing left in it, has no place for a comment: then it stands before that.
 */
function remove({ document, parent, item, around }: Entry, comment: readonly string[]): void {
  const index = parent.items.indexOf(item as never);
  parent.items.splice(index, 1);
  keepAnchors(document, isPair(item) ? item.value : item);
  const isInside = !parent.flow && parent.items.length > 0;
  const place = isInside ? parent.items[index] : around.findLast(({ parent: outer }) => !outer.flow)?.item;
  const before = nodeOf(item)?.commentBefore;
  const lines = [...(before == null ? [] : [before]), ...comment.map((line) => ` ${line}`)].join("\n");
  const node = nodeOf(place);
  if (node !== undefined) node.commentBefore = [lines, node.commentBefore].filter(Boolean).join("\n");
  else parent.comment = [parent.comment, lines].filter(Boolean).join("\n");
}

/** The node before which a comment of an entry stands. */
function nodeOf(item: unknown): Node | undefined {
  const node = isPair(item) ? item.key : item;
  return isNode(node) ? node : undefined;
}

/** What is used elsewhere by an anchor moves to the first place that uses it. */
function keepAnchors(document: Document, removed: unknown): void {
  const anchored = new Map<string, Node>();
  const note = (_key: unknown, node: Node) => {
    if ("anchor" in node && node.anchor) anchored.set(node.anchor, node);
  };
  if (isNode(removed)) visit(removed, { Node: note as never });
  if (anchored.size === 0) return;
  visit(document, {
    Alias(_key, { source }) {
      const node = anchored.get(source);
      anchored.delete(source);
      return node;
    },
  });
}
