import { readdir, realpath } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { recogniseRepository } from "../host/git/work-tree.ts";
import { userFailure } from "../model/failure.ts";
import type { Repository } from "../model/profile.ts";
import type { WorkTree } from "../model/repository.ts";

/** Where repositories are looked for, and which of those that are found count. */
export interface Search {
  /** Absolute path; undefined outside of a workspace. */
  readonly workspace: string | undefined;
  /** What the profile names. */
  readonly named: readonly Repository[];
  /** Further folders, absolute. */
  readonly roots: readonly string[];
  /** Patterns of names (`api`, `repos/*-service`); none means all. */
  readonly only: readonly string[];
  readonly exclude: readonly string[];
  /** How many folders deep below each root is looked; 1 is directly under it. */
  readonly depth: number;
}

/** The folder of repositories in a workspace, where it has one. */
const REPOS = "repos";

/**
 * The named repositories, and every one that lies directly under the workspace, its `repos/`, the folders of the named
 * ones and the roots; each once, by name. A folder inside of a repository is never looked into.
 * @throws Failure (class user) for a root that is not there, and for a pattern that nothing fits.
 */
export async function findRepositories(search: Search): Promise<WorkTree[]> {
  const { workspace, named, depth } = search;
  const home = workspace === undefined ? undefined : await realpath(workspace);
  const folders = new Set([
    ...(home === undefined ? [] : [home, join(home, REPOS)]),
    ...named.map(({ path }) => dirname(path)),
    ...(await Promise.all(search.roots.map(existingRoot))),
  ]);
  const found = new Map<string, WorkTree>();
  const take = async (path: string): Promise<boolean> => {
    const recognised = await recogniseRepository(path);
    if (recognised === undefined) return false;
    const url = named.find((each) => each.path === path)?.url;
    const known = found.get(recognised.path);
    found.set(recognised.path, { ...recognised, url: url ?? known?.url, name: nameOf(recognised.path, home) });
    return true;
  };
  const missing = await Promise.all(
    named.map(async ({ path, url }): Promise<WorkTree[]> => {
      if (await take(path)) return [];
      return [{ kind: "missing", path, url, name: nameOf(path, home), gitDir: "", commonDir: "" }];
    }),
  );
  // A folder may itself be a repository: a root that names one, or the workspace, which holds the others all the same.
  await Promise.all(
    [...folders].map(async (folder) => {
      if (!(await take(folder)) || folder === home) await lookBelow(folder, depth, take);
    }),
  );
  const trees = [...found.values(), ...missing.flat()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return chosen(trees, search);
}

const nameOf = (path: string, home: string | undefined): string => {
  const name = home === undefined ? "" : relative(home, path);
  if (name === "") return home === undefined ? path : ".";
  return name.startsWith("..") ? path : name;
};

async function existingRoot(root: string): Promise<string> {
  return realpath(root).catch((cause) => {
    throw userFailure(`there is no folder ${root}`, {
      cause,
      hint: "correct it on the command line, or in devenv.yaml",
    });
  });
}

async function lookBelow(folder: string, depth: number, take: (path: string) => Promise<boolean>): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && entry.name[0] !== ".");
  await Promise.all(
    folders.map(async (entry) => {
      const path = join(folder, entry.name);
      // Links are not followed further: they may lead round in a circle.
      const goesOn = !(await take(path)) && depth > 1 && entry.isDirectory() && entry.name !== "node_modules";
      if (goesOn) await lookBelow(path, depth - 1, take);
    }),
  );
}

/** Patterns fit the whole name, or its last part: `api` means `repos/api`. */
function chosen(trees: readonly WorkTree[], { only, exclude }: Search): WorkTree[] {
  const fits = ({ name, path }: WorkTree, pattern: string) =>
    [name, basename(path)].some((text) => globExpression(pattern).test(text)) || resolve(pattern) === path;
  for (const pattern of [...only, ...exclude]) {
    if (trees.some((tree) => fits(tree, pattern))) continue;
    const names = trees.map(({ name }) => name).join(", ");
    throw userFailure(`no repository fits ${pattern}`, {
      hint: names === "" ? "none was found" : `there are ${names}`,
    });
  }
  return trees.filter(
    (tree) =>
      (only.length === 0 || only.some((pattern) => fits(tree, pattern))) &&
      !exclude.some((pattern) => fits(tree, pattern)),
  );
}

/** `*` and `?` stop at a slash, `**` does not; everything else stands for itself. */
function globExpression(pattern: string): RegExp {
  const parts = pattern.replace(/\/$/, "").split(/(\*\*|\*|\?)/);
  const expressions: Record<string, string> = { "**": ".*", "*": "[^/]*", "?": "[^/]" };
  return new RegExp(
    `^${parts.map((part) => expressions[part] ?? part.replace(/[\\^$.|+()[\]{}]/g, "\\$&")).join("")}$`,
    "s",
  );
}
