import { lstat, realpath, stat } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import type { WorkTreeKind } from "../../model/repository.ts";
import { peekText } from "../files.ts";

/**
 * A folder that git would take for a repository, told by its files alone: no program is started. The paths are absolute and
 * without symbolic links, so that what is reached in two ways is one.
 */
export interface Recognised {
  readonly kind: Exclude<WorkTreeKind, "missing">;
  readonly path: string;
  readonly gitDir: string;
  readonly commonDir: string;
}

/** Undefined for a folder (or a file, or nothing) that is not the top of a repository. */
export async function recogniseRepository(folder: string): Promise<Recognised | undefined> {
  const path = await realpath(folder).catch(() => undefined);
  if (path === undefined) return undefined;
  const marker = join(path, ".git");
  const facts = await stat(marker).catch(() => undefined);
  if (facts?.isDirectory()) return ordinary(path, await real(marker));
  if (facts?.isFile()) return linked(path);
  return (await isBareRepository(path)) ? { kind: "bare", path, gitDir: path, commonDir: path } : undefined;
}

/** A repository that says of itself that it has no work tree is bare, wherever it lies. */
function ordinary(path: string, gitDir: string): Recognised {
  const isBare = /^\s*bare\s*=\s*true\s*$/im.test(peekText(join(gitDir, "config")) ?? "");
  const kind = isBare ? "bare" : isSubmodule(path) ? "submodule" : "repository";
  return { kind, path, gitDir, commonDir: gitDir };
}

/** `.git` is a file with `gitdir: PATH` in linked worktrees, in submodules and after `--separate-git-dir`. */
export function linkedGitDir(path: string): string | undefined {
  const [, written] = /^gitdir: (.+)$/m.exec(peekText(join(path, ".git")) ?? "") ?? [];
  return written === undefined ? undefined : resolve(path, written);
}

/** What is not there stays as it is written: git has its own words for it. */
const real = (path: string): Promise<string> => realpath(path).catch(() => path);

async function linked(path: string): Promise<Recognised | undefined> {
  const written = linkedGitDir(path);
  if (written === undefined) return undefined;
  const gitDir = await real(written);
  const common = peekText(join(gitDir, "commondir"))?.trim();
  if (common !== undefined) return { kind: "worktree", path, gitDir, commonDir: await real(resolve(gitDir, common)) };
  const kind = isSubmodule(path) ? "submodule" : "repository";
  return { kind, path, gitDir, commonDir: gitDir };
}

/** The nearest repository around this folder names it in its .gitmodules. */
function isSubmodule(path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const modules = peekText(join(folder, ".gitmodules"));
    if (modules !== undefined) {
      const paths = [...modules.matchAll(/^\s*path\s*=\s*"?(.+?)"?\s*$/gm)].map(([, written]) => written);
      return paths.includes(relative(folder, path));
    }
    if (dirname(folder) === folder) return false;
  }
}

async function isBareRepository(folder: string): Promise<boolean> {
  const are = await Promise.all([
    lstat(join(folder, "HEAD")).then((facts) => facts.isFile() || facts.isSymbolicLink()),
    stat(join(folder, "objects")).then((facts) => facts.isDirectory()),
    stat(join(folder, "refs")).then((facts) => facts.isDirectory()),
  ]).catch(() => [false]);
  return are.every(Boolean);
}

/** The remote's address as the configuration writes it: only a hint, for how many may be asked at once. */
export function remoteHint(commonDir: string): string | undefined {
  return /^\s*url\s*=\s*"?([^"\n]+?)"?\s*$/m.exec(peekText(join(commonDir, "config")) ?? "")?.[1];
}

/** Whether a single branch is what is fetched, as `git clone --single-branch` (also `--depth`) writes it down. */
export const namesOneBranch = (commonDir: string): boolean =>
  /^\s*fetch\s*=\s*"?\+?refs\/heads\/[^*\s]+:/m.test(peekText(join(commonDir, "config")) ?? "");

/** Whether a clone lacks objects of its remote, which git gets when they are needed (`git clone --filter`). */
export const isPartialClone = (commonDir: string): boolean =>
  /^\s*(?:promisor|partialclone(?:filter)?)\s*=/im.test(peekText(join(commonDir, "config")) ?? "");
