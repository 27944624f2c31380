import { type Dirent, readdirSync } from "node:fs";
import { join } from "node:path";
import { type FileSet, isEditorsTemporary, isSource } from "../swap/route.ts";
import { isNeverASource } from "./never-sources.ts";

/** A folder with what in it belongs to the set. */
export interface ListedFolder {
  readonly path: string;
  /** Absolute; files, links and what else is no folder. Sorted. */
  readonly files: readonly string[];
  /** Of a folder below another one of a tree: that one. */
  readonly within?: string;
}

/**
 * Lists the files of a set as they are now, a folder at a time; single files come as a folder of their own, "", whether
 * they are there or not. A folder may come twice. What is ignored, editors' temporary files, `.git` and `node_modules`
 * are left out, and links to folders are not followed.
 */
export function* listed(set: FileSet): Generator<ListedFolder> {
  yield { path: "", files: set.files };
  for (const folder of set.folders) {
    const entries = entriesOf(folder, set).filter((entry) => isSource(entry.name, set));
    yield { path: folder, files: filesAmong(folder, entries) };
  }
  for (const tree of set.trees) yield* listedTree(tree, set);
  for (const { folder, name } of set.globs ?? []) {
    const entries = entriesOf(folder, set).filter((entry) => name.test(entry.name));
    yield { path: folder, files: filesAmong(folder, entries) };
    for (const entry of entries) if (entry.isDirectory()) yield* listedTree(join(folder, entry.name), set, folder);
  }
}

function* listedTree(tree: string, set: FileSet, within?: string): Generator<ListedFolder> {
  const entries = entriesOf(tree, set);
  yield { path: tree, files: filesAmong(tree, entries), ...(within !== undefined && { within }) };
  for (const entry of entries) if (entry.isDirectory()) yield* listedTree(join(tree, entry.name), set, tree);
}

const filesAmong = (folder: string, entries: readonly Dirent[]): string[] =>
  entries.filter((entry) => !entry.isDirectory()).map(({ name }) => join(folder, name));

/** In the order of their names, which no file system promises. A folder that is gone, or is none, has nothing in it. */
function entriesOf(folder: string, set: FileSet): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => isPart(join(folder, entry.name), entry, set))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}

function isPart(path: string, entry: Dirent, set: FileSet): boolean {
  if (!set.isExact && (isNeverASource(entry.name) || isEditorsTemporary(entry.name))) return false;
  return set.leftOut?.(path, entry.isDirectory() ? "folder" : "file") === undefined;
}
