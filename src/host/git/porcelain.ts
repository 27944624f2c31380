import type { Head } from "../../model/repository.ts";

/** Readers of git's formats for programs. Nothing here reads its sentences. */

/** An uncommitted change of a file that git follows; what is staged, as `MODE BLOB` (all zeroes: its deletion is). */
export interface DirtyPath {
  readonly path: string;
  readonly index: string;
}

/** A path that a fast-forward changes; what it has and what it gets, as `MODE BLOB` (all zeroes: nothing). */
export interface IncomingPath {
  readonly path: string;
  readonly from: string;
  readonly to: string;
}

/** `git status --porcelain=v2 --branch -z`: the two headers that name the commit and the branch. */
export function parseStatusHead(output: string): Head {
  const records = output.split("\0");
  const header = (name: string) => records.find((record) => record.startsWith(name))?.slice(name.length);
  const [commit, branch] = [header("# branch.oid "), header("# branch.head ")];
  return {
    commit: commit === "(initial)" ? undefined : commit,
    branch: branch === "(detached)" ? undefined : branch,
  };
}

/** Where a work tree stands. */
export interface StatusNow extends Head {
  /** `origin/main`; undefined where the branch follows nothing. */
  readonly upstream: string | undefined;
  /** Undefined also where what it follows is gone. */
  readonly ahead: number | undefined;
  readonly behind: number | undefined;
  /** Files that differ from what is committed, and untracked ones; of a new folder, the folder alone. */
  readonly dirty: number;
}

/** `git status --porcelain=v2 --branch -z --no-renames`: its headers, and how many entries follow them. */
export function parseStatusNow(output: string): StatusNow {
  const records = output.split("\0").filter((record) => record !== "");
  const header = (name: string) => records.find((record) => record.startsWith(name))?.slice(name.length);
  const [, ahead, behind] = /^\+(\d+) -(\d+)$/.exec(header("# branch.ab ") ?? "") ?? [];
  return {
    ...parseStatusHead(output),
    upstream: header("# branch.upstream "),
    ahead: ahead === undefined ? undefined : Number(ahead),
    behind: behind === undefined ? undefined : Number(behind),
    dirty: records.filter((record) => !record.startsWith("# ")).length,
  };
}

/** `git status --porcelain=v2 -z --no-renames --untracked-files=no`: ordinary and unmerged changes. */
export function parseStatusPaths(output: string): DirtyPath[] {
  return output.split("\0").flatMap((record): DirtyPath[] => {
    const [kind, , , , mode, , , blob] = record.split(" ");
    if (kind === "1") return [{ path: fieldsAfter(record, 8), index: `${mode} ${blob}` }];
    return kind === "u" ? [{ path: fieldsAfter(record, 10), index: UNMERGED }] : [];
  });
}

/** The same with untracked files: the paths of all that differs. */
export function parseChangedPaths(output: string): string[] {
  const untracked = output.split("\0").filter((record) => record.startsWith("? "));
  return [...parseStatusPaths(output).map(({ path }) => path), ...untracked.map((record) => fieldsAfter(record, 1))];
}

/** Like nothing that can come. */
const UNMERGED = "";

/** What follows so many fields: a path may have blanks in it. */
function fieldsAfter(record: string, count: number): string {
  let at = 0;
  for (let field = 0; field < count; field++) at = record.indexOf(" ", at) + 1;
  return record.slice(at);
}

/** `git diff-tree -r -z --no-renames`: `:mode mode blob blob STATUS`, then the path. */
export function parseRawDiff(output: string): IncomingPath[] {
  const fields = output.split("\0");
  const found: IncomingPath[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [hadMode, mode, had, has] = fields[at]?.slice(1).split(" ") ?? [];
    found.push({ path: fields[at + 1] ?? "", from: `${hadMode} ${had}`, to: `${mode} ${has}` });
  }
  return found;
}

export const isNothing = (entry: string): boolean => /^0+ 0+$/.test(entry);

/** Changed files that a fast-forward would write over. What is staged just as it comes stays, as git lets it. */
export function overwrittenFiles(dirty: readonly DirtyPath[], incoming: readonly IncomingPath[]): string[] {
  const coming = new Map(incoming.map(({ path, to }) => [path, to]));
  const isHit = ({ path, index }: DirtyPath): boolean => {
    const to = coming.get(path);
    return to !== undefined && to !== index;
  };
  return dirty.filter(isHit).map(({ path }) => path);
}

/** The format of `git for-each-ref` that `parseBranches` reads. */
export const BRANCH_FORMAT = [
  "%(refname:lstrip=2)",
  "%(objectname)",
  "%(upstream)",
  "%(upstream:remotename)",
  "%(upstream:remoteref)",
  "%(upstream:track,nobracket)",
  "%(worktreepath)",
].join("%00");

export interface LocalBranch {
  readonly name: string;
  readonly commit: string;
  /** The ref that follows the remote's branch here; empty when there is none. */
  readonly tracking: string;
  readonly remote: string;
  /** The branch's ref on the remote; empty when the branch follows nothing. */
  readonly remoteRef: string;
  readonly isBehindOnly: boolean;
  readonly isCheckedOut: boolean;
}

/** One branch a line; no part of it can hold a NUL. */
export function parseBranches(output: string): LocalBranch[] {
  return output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [name = "", commit = "", tracking = "", remote = "", remoteRef = "", track = "", place = ""] =
        line.split("\0");
      const isBehindOnly = /^behind \d+$/.test(track);
      return { name, commit, tracking, remote, remoteRef, isBehindOnly, isCheckedOut: place !== "" };
    });
}
