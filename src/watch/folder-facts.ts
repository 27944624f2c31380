import { type Dirent, lstatSync, readdirSync, type Stats, statSync } from "node:fs";

// What is asked of the file system here is asked without a promise: 3 microseconds against ten times that, of each of
// thousands of folders.

/**
 * Of the folder that a name leads to; undefined when there is none. With its birth, because a file system gives the
 * number of a removed folder to the next one that is made.
 */
export function folderIdentity(path: string): string | undefined {
  try {
    const facts = statSync(path);
    return facts.isDirectory() ? `${facts.dev}:${facts.ino}:${facts.birthtimeMs}` : undefined;
  } catch {
    return undefined;
  }
}

/** None where the folder is gone by now, which its watch tells. */
export function entriesOf(path: string): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Of the name itself, and not of what a symlink leads to; undefined where there is nothing. */
export function factsOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}
