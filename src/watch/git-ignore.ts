import { existsSync, lstatSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import ignore, { type Ignore } from "ignore";
import type { GitIgnoring } from "../host/git/ignored.ts";
import { bytesOf, placedRules } from "./ignore-rules.ts";

/** After so many answers the library's memory of them is given up: it keeps one for each path that was ever asked. */
const ANSWERS_KEPT = 5000;

/**
 * The rules of a work tree as git reads them: `.gitignore` of each folder on the way down, the deeper ones first, then
 * info/exclude, then core.excludesFile; what is in an ignored folder is ignored, whatever rules are in there. A file
 * that git has is never ignored. A repository within the repository has rules of its own. Read when they are needed, and
 * anew when a `.gitignore` is asked about that is another one than it was.
 */
export class GitIgnore {
  readonly #git: GitIgnoring;
  readonly #tracked: ReadonlySet<string>;
  /** What counts for the entries of a folder; folders without a `.gitignore` share theirs with the one above. */
  readonly #rules = new Map<string, Ignore>();
  /** `.gitignore` files that were looked for, by path, with what tells one version from another. */
  readonly #versions = new Map<string, string>();
  #answers = 0;

  constructor(git: GitIgnoring) {
    this.#git = git;
    this.#tracked = new Set(git.trackedAllTheSame.flatMap((path) => withFoldersAbove(path, git.top)));
  }

  /** The rule that has git ignore an absolute path (`api/.gitignore:3 *.log`); undefined where it does not. */
  ruleFor(path: string, isFolder: boolean): string | undefined {
    if (basename(path) === ".gitignore") this.#readAnewIfChanged(path);
    const { top } = this.#git;
    if (!path.startsWith(`${top}/`) || this.#tracked.has(path)) return undefined;
    const around = this.#repositoryAround(dirname(path));
    if (around !== top) {
      const rule = this.ruleFor(around, true);
      if (rule !== undefined) return rule;
    }
    const { ignored, rule } = this.#rulesOf(dirname(path)).test(bytesOf(relative(top, path)) + (isFolder ? "/" : ""));
    return ignored ? (rule?.mark ?? "an ignore file") : undefined;
  }

  /** The top of the nearest repository that a folder is in. */
  #repositoryAround(folder: string): string {
    for (let above = folder; above !== this.#git.top; above = dirname(above)) if (isRepository(above)) return above;
    return this.#git.top;
  }

  #rulesOf(folder: string): Ignore {
    this.#answers += 1;
    if (this.#answers > ANSWERS_KEPT) this.#forget();
    const known = this.#rules.get(folder);
    if (known !== undefined) return known;
    const isTop = folder === this.#git.top || isRepository(folder);
    const above = isTop ? this.#globalRules(folder) : this.#rulesOf(dirname(folder));
    const own = this.#fileRules(join(folder, ".gitignore"), folder);
    const rules = own.length === 0 ? above : this.#empty().add(above).add(own);
    this.#rules.set(folder, rules);
    return rules;
  }

  /** Of a repository within this one, info/exclude is where it usually is. */
  #globalRules(top: string): Ignore {
    const { excludeFiles } = this.#git;
    const files = top === this.#git.top ? excludeFiles : [...excludeFiles.slice(0, 1), join(top, ".git/info/exclude")];
    return this.#empty().add(files.flatMap((file) => this.#fileRules(file, top)));
  }

  #fileRules(file: string, folder: string) {
    const version = versionOf(file);
    this.#versions.set(file, version);
    const { top } = this.#git;
    const shown = file.startsWith(`${top}/`) ? relative(top, file) : file;
    const bytes = version === NO_FILE && basename(file) === ".gitignore" ? "" : bytesIn(file);
    return placedRules(bytes, relative(top, folder), shown);
  }

  #empty(): Ignore {
    return ignore({ ignoreCase: this.#git.ignoresCase });
  }

  #readAnewIfChanged(file: string): void {
    const known = this.#versions.get(file);
    if (known !== undefined && known !== versionOf(file)) this.#forget();
  }

  #forget(): void {
    this.#rules.clear();
    this.#answers = 0;
  }
}

const withFoldersAbove = (path: string, top: string): string[] =>
  path === top || path.length <= top.length ? [] : [path, ...withFoldersAbove(dirname(path), top)];

const isRepository = (folder: string): boolean => existsSync(join(folder, ".git"));

/** Nothing, or a symlink, which git does not follow in the place of a `.gitignore` since 2.32. */
const NO_FILE = "none";

function versionOf(file: string): string {
  const facts = lstatSync(file, { throwIfNoEntry: false });
  return facts?.isFile() ? `${facts.ino} ${facts.size} ${facts.mtimeMs} ${facts.ctimeMs}` : NO_FILE;
}

function bytesIn(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}
