import { lstatSync } from "node:fs";
import { dirname, join } from "node:path";
import { linkedGitDir } from "./work-tree.ts";

/** Where git keeps what it knows of a work tree: of a linked one, in a folder of its own. */
export interface WorkTree {
  readonly path: string;
  readonly gitDir: string;
}

/** Git holds it while it changes a work tree: checkout, merge, reset, stash, and `commit -a` until its message is written. */
export interface IndexLock {
  readonly path: string;
  /** Another for each lock. */
  readonly identity: string;
  /** When it was taken, milliseconds since the epoch. */
  readonly sinceMs: number;
}

/** The nearest work tree around a folder. Asked without a promise: a build may start on the next line. */
export function workTreeAround(folder: string): WorkTree | undefined {
  for (let path = folder; ; path = dirname(path)) {
    const marker = factsOf(join(path, ".git"));
    const gitDir = marker?.isDirectory() ? join(path, ".git") : marker?.isFile() ? linkedGitDir(path) : undefined;
    if (gitDir !== undefined) return { path, gitDir };
    if (dirname(path) === path) return undefined;
  }
}

/** The lock that git holds of a work tree at this moment. */
export function indexLock({ gitDir }: WorkTree): IndexLock | undefined {
  const path = join(gitDir, "index.lock");
  const facts = factsOf(path);
  if (facts === undefined) return undefined;
  // Made for this one hold, and renamed or removed at its end; its number alone may be given anew.
  return { path, identity: `${facts.ino}:${facts.birthtimeMs}`, sinceMs: facts.birthtimeMs || facts.ctimeMs };
}

function factsOf(path: string) {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}
