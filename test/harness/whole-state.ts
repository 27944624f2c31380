import { bash } from "./random-repositories.ts";
import type { Team } from "./repositories.ts";

/** Of a file, a folder, a link, whatever it is. */
export interface Entry {
  /** Kind, mode, and of a file the hash of its bytes, of a link where it leads to. */
  readonly is: string;
  /** When it was last written, as `find` tells it. */
  readonly written: string;
}

/** Every byte below the workspace, git's own folders included, by path. */
export async function wholeState(team: Team): Promise<Map<string, Entry>> {
  const hashed = await bash(team, team.workspace, "find . -type f -exec sha1sum -z -- {} +");
  const hashes = new Map(records(hashed).map((line) => [line.slice(HASH + "  ./".length), line.slice(0, HASH)]));
  const fields = records(await bash(team, team.workspace, String.raw`find . -printf '%P\0%y %m %l\0%T@\0'`));
  const found = new Map<string, Entry>();
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const [path = "", is = "", written = ""] = fields.slice(at, at + 3);
    found.set(path, { is: `${is}${hashes.get(path) ?? ""}`, written: is.startsWith("d") ? "" : written });
  }
  return found;
}

/** Hexadecimal digits of a SHA-1. */
const HASH = 40;

const records = (output: string): string[] => output.split("\0").slice(0, -1);

/** What git knows of each work tree: HEAD, refs, stashes, index, sparse and assumed entries. */
export async function gitFacts(team: Team, names: readonly string[]): Promise<Map<string, GitFacts>> {
  const script = `export GIT_OPTIONAL_LOCKS=0; for n in ${names.join(" ")}; do ( cd $n; echo "@@ $n"
    git symbolic-ref -q HEAD || git rev-parse -q --verify HEAD; echo @; git rev-parse -q --verify HEAD; echo @
    git for-each-ref --format='%(refname) %(objectname) %(symref)'; echo @; git stash list --format=%H; echo @
    git rev-parse -q --verify ORIG_HEAD; echo @; git ls-files -s -v; echo @; cat $(git rev-parse --git-path shallow)
    ) 2>/dev/null; done; true`;
  const parts = (await bash(team, team.workspace, script)).split(/^@@ (.*)\n/m).slice(1);
  const found = new Map<string, GitFacts>();
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [head = "", commit = "", refs = "", stash = "", origHead = "", index = "", shallow = ""] = (
      parts[at + 1] ?? ""
    ).split(/^@\n/m);
    found.set(parts[at] ?? "", {
      head,
      commit,
      refs: refs.split("\n"),
      stash,
      origHead,
      index: index.split("\n"),
      shallow,
    });
  }
  return found;
}

export interface GitFacts {
  readonly head: string;
  readonly commit: string;
  /** Name, object, and where a symbolic one leads to. */
  readonly refs: readonly string[];
  readonly stash: string;
  readonly origHead: string;
  /** `git ls-files -s -v`. */
  readonly index: readonly string[];
  readonly shallow: string;
}

/** What git itself makes of a work tree. */
export interface Verdict {
  readonly hasFetched: boolean;
  readonly hasRemote: boolean;
  /** `refs/heads/…`, empty when detached. */
  readonly branch: string;
  /** What the branch follows, as the fetch has just found it: none, one, or several commits. */
  readonly targets: readonly string[];
  readonly isUnderWay: boolean;
  /** A lock that a merge of git's runs into only after it has written the work tree. */
  readonly isLocked: boolean;
  readonly from: string;
  /** After `git merge --ff-only`, which is tried where none of the above speaks against it. */
  readonly to: string;
}

/**
 * Fetches and fast-forwards by git's own commands, one work tree after another.
 *
 * With `--no-overwrite-ignore`, because what a person's .gitignore names is theirs; and with `--no-prune-tags`, because
 * a tag that was never pushed is.
 */
export async function byGitItself(team: Team, names: readonly string[]): Promise<Map<string, Verdict>> {
  const script = `export GIT_OPTIONAL_LOCKS=0; for n in ${names.join(" ")}; do ( cd $n; g=$(git rev-parse --absolute-git-dir); c=$(git rev-parse --git-common-dir)
    from=$(git rev-parse -q --verify HEAD); branch=$(git symbolic-ref -q HEAD); remote=$(git remote)
    way=$(LC_ALL=C git -c advice.statusHints=false status --untracked-files=no 2>&1 | grep -cE 'You are (currently|in the middle)|in progress|still merging|nmerged paths')
    test -d $g/sequencer && way=1
    git -c gc.auto=0 fetch -q --no-recurse-submodules --no-prune-tags; fetched=$?
    targets=$(sed -n 's/^\\([0-9a-f]*\\)\\t\\t.*/\\1/p' $g/FETCH_HEAD | tr '\\n' ' ')
    real=$(git symbolic-ref -q "$branch" || echo $branch)
    locked=; for l in $g/index.lock $g/HEAD.lock $g/ORIG_HEAD.lock $c/$real.lock; do test -e $l && locked=yes; done
    if test $fetched = 0 -a -n "$branch" -a -n "$from" -a $way = 0 -a -z "$locked" -a $(wc -w <<<"$targets") = 1; then
      git -c branch.\${branch#refs/heads/}.mergeOptions= merge -q --ff-only --no-squash --no-autostash --no-overwrite-ignore $targets
    fi >/dev/null
    echo "@@$n|$fetched|$remote|$branch|$targets|$way|$locked|$from|$(git rev-parse -q --verify HEAD)" | tr '\\n' ' ' >&3
    ) 3>&1 >/dev/null 2>/dev/null; done; true`;
  const found = new Map<string, Verdict>();
  for (const line of (await bash(team, team.workspace, script)).split("@@").slice(1)) {
    const [name = "", fetched, remote, branch = "", targets = "", way, locked, from = "", to = ""] = line.split("|");
    const verdict = { branch, targets: targets.split(" ").filter(Boolean), from: from.trim(), to: to.trim() };
    const are = { hasFetched: fetched === "0", hasRemote: remote !== "", isUnderWay: way !== "0" };
    found.set(name, { ...verdict, ...are, isLocked: locked !== "" });
  }
  return found;
}
