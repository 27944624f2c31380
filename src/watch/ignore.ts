import { lstatSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import dockerignore, { type Ignore as DockerIgnore } from "@balena/dockerignore";
import ignore from "ignore";
import type { GitIgnoring } from "../host/git/ignored.ts";
import type { FileSet } from "../swap/route.ts";
import { GitIgnore } from "./git-ignore.ts";
import { bytesOf, placedRules } from "./ignore-rules.ts";

/** Says why a path is left out; undefined for one that is not. */
export type LeftOut = NonNullable<FileSet["leftOut"]>;

/** The profile's own patterns, relative to the repository. */
const PATTERNS = "x-devenv.ignore";

/**
 * Pure but for a look at what a path is: what the profile says of paths in a repository (`x-devenv.ignore`, patterns as
 * in a `.gitignore` at its top), and where it says nothing, `otherwise`. `!src/gen/` takes back what an ignore file says,
 * with all that is in that folder.
 */
export function ignoredByProfile(repo: string, patterns: readonly string[], otherwise?: LeftOut): LeftOut {
  const rules = ignore({ ignoreCase: false }).add(placedRules(bytesOf(patterns.join("\n")), "", PATTERNS));
  const said = (path: string, isFolder: boolean): string | false | undefined => {
    if (!path.startsWith(`${repo}/`)) return undefined;
    const { ignored, unignored, rule } = rules.test(bytesOf(relative(repo, path)) + (isFolder ? "/" : ""));
    if (ignored) return rule?.mark ?? PATTERNS;
    return unignored ? false : said(path.slice(0, path.lastIndexOf("/")), true);
  };
  return (path, is) =>
    eitherWay(path, is, (isFolder) => {
      const own = patterns.length === 0 ? undefined : said(path, isFolder);
      return own === undefined ? otherwise?.(path, isFolder ? "folder" : "file") : own || undefined;
    });
}

/** What a repository's ignore files leave out: git's, and `.dockerignore` at its top. */
export function ignoredByFiles(repo: string, git: GitIgnoring | undefined): LeftOut {
  const byGit = new GitIgnore(git ?? withoutGit(repo));
  const byDocker = new DockerIgnoreFile(repo);
  return (path, is) =>
    eitherWay(path, is, (isFolder) => byGit.ruleFor(path, isFolder) ?? byDocker.ruleFor(path, isFolder));
}

/** A folder that is in no repository may have `.gitignore` files all the same. */
const withoutGit = (top: string): GitIgnoring => ({
  top,
  excludeFiles: [],
  ignoresCase: false,
  trackedAllTheSame: [],
});

/** Only where it makes a difference whether a path is a folder, that is looked at. */
function eitherWay(
  path: string,
  is: Parameters<LeftOut>[1],
  why: (isFolder: boolean) => string | undefined,
): string | undefined {
  if (is !== undefined) return why(is === "folder");
  const [asFile, asFolder] = [why(false), why(true)];
  if (asFile === asFolder) return asFile;
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ? asFolder : asFile;
}

/** `.dockerignore`, with Docker's semantics, which are not git's: read anew when it is asked about. */
class DockerIgnoreFile {
  readonly #repo: string;
  readonly #file: string;
  #rules: { readonly ignores: DockerIgnore; readonly hasExceptions: boolean } | undefined;

  constructor(repo: string) {
    this.#repo = repo;
    this.#file = join(repo, ".dockerignore");
    this.#read();
  }

  ruleFor(path: string, isFolder: boolean): string | undefined {
    if (path === this.#file) this.#read();
    if (this.#rules === undefined || !path.startsWith(`${this.#repo}/`)) return undefined;
    // A folder that is left out may have something in it that is not.
    if (isFolder && this.#rules.hasExceptions) return undefined;
    return this.#rules.ignores.ignores(relative(this.#repo, path)) ? basename(this.#file) : undefined;
  }

  #read(): void {
    try {
      const text = readFileSync(this.#file, "utf8");
      this.#rules = { ignores: dockerignore.default().add(text), hasExceptions: /^\s*!/m.test(text) };
    } catch {
      this.#rules = undefined;
    }
  }
}
