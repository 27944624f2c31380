import type { ReadEntry } from "tar";
import { type Failure, failed } from "../../model/failure.ts";

/** What a layer says of a path. */
export type LayerEntry =
  /** `number` is its place in the layer's tar, counted from 0: a path may come twice, and the last one counts. */
  | { readonly is: "file"; readonly number: number; readonly size: number; readonly isExecutable: boolean }
  /** `isImplied`: only named by the path of another, so it may be a link in a layer below. */
  | { readonly is: "folder"; readonly isImplied: boolean }
  /** As it was written: absolute, or from the folder that it is in. */
  | { readonly is: "symlink"; readonly to: string }
  /** A path of the image. */
  | { readonly is: "hardlink"; readonly to: string }
  /** A device, a pipe. */
  | { readonly is: "other"; readonly type: string };

/** What one layer changes. Paths have no slash at either end. */
export interface LayerIndex {
  readonly entries: ReadonlyMap<string, LayerEntry>;
  /** What is gone of the layers below (`.wh.name`). */
  readonly whiteouts: ReadonlySet<string>;
  /** Folders of which nothing is left of the layers below (`.wh..wh..opq`). */
  readonly opaque: ReadonlySet<string>;
}

/** An image with more files than that in one layer is no service's; a bound, because all of them are kept in mind. */
const MAX_ENTRIES = 1_000_000;
const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";

/** What of an entry's content is wanted: all of it, between these bytes. */
export interface Wanted {
  readonly before?: Buffer;
  readonly after?: Buffer;
}

/** Called with every entry of a tar and its place in it, before its content comes; undefined when nobody wants that. */
type OnEntry = (entry: ReadEntry, number: number) => Wanted | undefined;

/**
 * Reads a layer's uncompressed tar once and gives the content of the entries that are wanted, as it comes; nothing is
 * kept.
 * @throws Failure (exit 1) when it is no tar; `from` names it.
 */
export async function* readLayer(tar: AsyncIterable<Buffer>, from: string, onEntry: OnEntry): AsyncGenerator<Buffer> {
  const { Parser } = await import("tar");
  let number = 0;
  let pieces: Buffer[] = [];
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      const wanted = onEntry(entry, number++);
      // Consumed as it comes, so that a write returns when all of it was seen.
      if (wanted === undefined) entry.resume();
      else give(entry, wanted, (piece) => pieces.push(piece));
    },
  });
  let isBlank = true;
  parser.on("error", (cause: Error) => {
    // The parser knows no tar of nothing; builders write layers of it where a step changes no file.
    if (!isBlank) throw damaged(from, cause);
  });
  for await (const chunk of tar) {
    isBlank &&= chunk.every((byte) => byte === 0);
    parser.write(chunk);
    const seen = pieces;
    pieces = [];
    yield* seen;
  }
  parser.end();
  yield* pieces;
}

function give(entry: ReadEntry, { before, after }: Wanted, to: (piece: Buffer) => void): void {
  let left = entry.size;
  if (before !== undefined) to(before);
  if (left === 0 && after !== undefined) to(after);
  entry.on("data", (piece: Buffer) => {
    to(piece);
    left -= piece.length;
    if (left === 0 && after !== undefined) to(after);
  });
}

/**
 * Reads a layer's tar to the end and gives what it changes.
 * @param under the folder that the tar's paths begin in; the image's root unless told
 * @throws Failure as `readLayer`
 */
export async function indexLayer(tar: AsyncIterable<Buffer>, from: string, under = ""): Promise<LayerIndex> {
  const index = { entries: new Map<string, LayerEntry>(), whiteouts: new Set<string>(), opaque: new Set<string>() };
  const seen = readLayer(tar, from, (entry, number) => {
    if (number >= MAX_ENTRIES) throw damaged(from, new Error(`it has more than ${MAX_ENTRIES} entries`));
    note(entry, number, index, under);
    return undefined;
  });
  for await (const _ of seen);
  return index;
}

interface Growing {
  readonly entries: Map<string, LayerEntry>;
  readonly whiteouts: Set<string>;
  readonly opaque: Set<string>;
}

function note(entry: ReadEntry, number: number, { entries, whiteouts, opaque }: Growing, under: string): void {
  const path = insideImage(entry.path, under);
  if (path === undefined) return; // Docker refuses such a path; nobody can ask for it here
  const slash = path.lastIndexOf("/");
  const [folder, name] = [path.slice(0, Math.max(slash, 0)), path.slice(slash + 1)];
  if (name === OPAQUE) opaque.add(folder);
  else if (name.startsWith(`${WHITEOUT}${WHITEOUT}`))
    return; // aufs' own housekeeping
  else if (name.startsWith(WHITEOUT)) whiteouts.add(within(folder, name.slice(WHITEOUT.length)));
  else entries.set(path, entryOf(entry, number, under));
  imply(folder, entries);
}

function imply(folder: string, entries: Map<string, LayerEntry>): void {
  for (let at = folder; at !== "" && !entries.has(at); at = at.slice(0, Math.max(at.lastIndexOf("/"), 0))) {
    entries.set(at, { is: "folder", isImplied: true });
  }
}

function entryOf(entry: ReadEntry, number: number, under: string): LayerEntry {
  const { type, size, mode = 0, linkpath = "" } = entry;
  if (type === "File" || type === "OldFile" || type === "ContiguousFile") {
    return { is: "file", number, size, isExecutable: (mode & 0o111) !== 0 };
  }
  if (type === "Directory") return { is: "folder", isImplied: false };
  if (type === "SymbolicLink") return { is: "symlink", to: linkpath };
  if (type === "Link") return { is: "hardlink", to: insideImage(linkpath, under) ?? "" };
  return { is: "other", type };
}

export const within = (folder: string, name: string): string => (folder === "" ? name : `${folder}/${name}`);

/** A tar's path as one of the image: without `./`, and slashes at its ends; undefined for one that leads out. */
function insideImage(path: string, under: string): string | undefined {
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== ".");
  return segments.includes("..") ? undefined : within(under, segments.join("/"));
}

const damaged = (from: string, cause: Error): Failure =>
  failed(`${from}: a layer of the image cannot be read: ${cause.message}`, {
    hint: "let CI build and push the image again",
    cause,
  });
