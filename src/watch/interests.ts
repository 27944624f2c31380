import { basename, dirname, resolve } from "node:path";

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
