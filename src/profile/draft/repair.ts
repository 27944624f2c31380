import { readFile as readText } from "node:fs/promises";
import {
  type Document,
  isMap,
  isPair,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
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
    const entry = entryAt(entries, (lines.lineStarts[line - 1] ?? 0) + column - 1);
    if (entry === undefined || gone.has(entry) || entry.around.some((outer) => gone.has(outer))) continue;
    gone.add(entry);
    mended.push(problem);
    remove(entry, [leftOut(problem), ...snippet(text, entry)]);
  }
  if (mended.length > 0) write(textOf(documents, text));
  return mended;
}

function entriesOf(document: Document): Entry[] {
  const entries: Entry[] = [];
  const walk = (node: unknown, around: readonly Entry[]): void => {
    if (!isMap(node) && !isSeq(node)) return;
    for (const item of node.items) {
      const first = (isPair(item) ? item.key : item) as Node | null;
      const last = ((isPair(item) ? item.value : item) ?? first) as Node | null;
      const start = first?.range?.[0] ?? 0;
      const entry = { parent: node, item, start, end: last?.range?.[1] ?? start, around };
      entries.push(entry);
      walk(isPair(item) ? item.value : item, [...around, entry]);
    }
  };
  walk(document.contents, []);
  return entries;
}

/** The innermost entry around a place of the text. */
function entryAt(entries: readonly Entry[], offset: number): Entry | undefined {
  const around = entries.filter(({ start, end }) => start <= offset && offset <= end);
  return around.reduce<Entry | undefined>(
    (best, each) => (best === undefined || each.start >= best.start ? each : best),
    undefined,
  );
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
function remove({ parent, item, around }: Entry, comment: readonly string[]): void {
  const index = parent.items.indexOf(item as never);
  parent.items.splice(index, 1);
  const isInside = !parent.flow && parent.items.length > 0;
  const place = isInside ? parent.items[index] : around.findLast(({ parent: outer }) => !outer.flow)?.item;
  const lines = comment.map((line) => ` ${line}`).join("\n");
  const node = isPair(place) ? (place as Pair<Node>).key : (place as Node | undefined);
  if (node !== undefined && node !== null) node.commentBefore = [lines, node.commentBefore].filter(Boolean).join("\n");
  else parent.comment = [parent.comment, lines].filter(Boolean).join("\n");
}
