import { dirname, join } from "node:path";
import { peekText } from "../files.ts";
import type { IncomingPath } from "./porcelain.ts";

/**
 * What of an update may go through a filter of the person's (git-lfs, git-crypt), in the form that `git cat-file --batch
 * --filters` reads; empty where no `.gitattributes` on the way to any of it names one. No program is started.
 */
export function filteredInput(folder: string, incoming: readonly IncomingPath[]): string {
  const files = incoming.filter(({ to, path }) => to.startsWith("100") && !path.includes("\n"));
  const folders = new Set(files.flatMap(({ path }) => foldersAround(path)));
  const hasFilter = [...folders].some((each) => /\bfilter=/.test(peekText(join(folder, each, ".gitattributes")) ?? ""));
  return hasFilter ? files.map(({ to, path }) => `${to.split(" ")[1]} ${path}\n`).join("") : "";
}

/** `a/b/c` -> `a/b`, `a`, `.` */
function foldersAround(path: string): string[] {
  const around = dirname(path);
  return around === "." ? [around] : [around, ...foldersAround(around)];
}
