import { basename, dirname, join, resolve } from "node:path";
import { entriesOf } from "./folder-facts.ts";

/** What is watched, and nothing else. Absolute paths; what is not there yet is seen when it comes. */
export interface WatchedPaths {
  /** Folders whose direct entries matter. */
  readonly folders: readonly string[];
  /** Folders that matter in their whole depth. */
  readonly trees?: readonly string[];
  /** Single files. */
  readonly files: readonly string[];
}

/** What is followed of a folder: all its direct entries, its whole depth, or some names only. */
export interface Interest {
  readonly recursive: boolean;
  readonly names: ReadonlySet<string> | undefined;
}

/** Folder -> what of it is followed. A file is a name in its folder, which sees it come, go and be replaced. */
export function interestsOf(paths: WatchedPaths): Map<string, Interest> {
  const interests = new Map<string, Interest>();
  for (const file of paths.files.map((path) => resolve(path))) {
    const names = interests.get(dirname(file))?.names ?? [];
    interests.set(dirname(file), { recursive: false, names: new Set([...names, basename(file)]) });
  }
  for (const folder of paths.folders) interests.set(resolve(folder), { recursive: false, names: undefined });
  for (const tree of paths.trees ?? []) interests.set(resolve(tree), { recursive: true, names: undefined });
  return interests;
}

/** How many folders that is; each needs a watch. */
export function countFolders(
  interests: ReadonlyMap<string, Interest>,
  isIgnored: (path: string, is: "folder") => boolean,
): number {
  const folders = new Set<string>();
  const add = (folder: string, isTree: boolean) => {
    folders.add(folder);
    if (!isTree) return;
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !isIgnored(path, "folder")) add(path, true);
    }
  };
  for (const [folder, { recursive }] of interests) add(folder, recursive);
  return folders.size;
}
