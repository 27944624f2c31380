import { lstat } from "node:fs/promises";
import { join } from "node:path";
import type { Head, Move } from "../model/repository.ts";
import { filteredInput } from "./git/filters.ts";
import {
  BRANCH_FORMAT,
  type DirtyPath,
  type IncomingPath,
  isNothing,
  type LocalBranch,
  overwrittenFiles,
  parseBranches,
  parseRawDiff,
  parseStatusHead,
  parseStatusPaths,
} from "./git/porcelain.ts";
import { readSides, type Sides } from "./git/sides.ts";
import { gitEnvironment, LOOKING } from "./git/surroundings.ts";
import type { Finished, Processes, RunOptions } from "./process.ts";

/** How a git ended that may well not have done what it was asked to. */
export interface Ended {
  readonly ok: boolean;
  readonly timedOut: boolean;
  /** Its own words, for a person. */
  readonly words: string;
}

/** The system's git in one work tree. Everything it does is in the formats that git keeps stable for programs. */
export interface Git {
  /** What is checked out; undefined when git cannot tell, with its words. */
  head(): Promise<Head | Ended>;
  /** Asks the remote that the current branch follows. `sshOptions` are added to ssh's command line. */
  fetch(sshOptions: readonly string[]): Promise<Ended>;
  hasRemote(): Promise<boolean>;
  /** Whether a remote answers that it has no such ref. */
  lacks(remote: string, ref: string): Promise<boolean>;
  /** A branch, or all of them. */
  branches(name?: string): Promise<readonly LocalBranch[]>;
  /** The commit that a ref leads to. */
  commitOf(ref: string): Promise<string | undefined>;
  sides(ours: string, theirs: string): Promise<Sides>;
  areRelated(ours: string, theirs: string): Promise<boolean>;
  incoming(from: string, to: string): Promise<readonly IncomingPath[]>;
  /** Paths of the person's that bringing these in would write over. */
  overwritten(incoming: readonly IncomingPath[]): Promise<readonly string[]>;
  /** Moves the checked-out branch to a commit that follows its own, or changes nothing. Never cut in half. */
  fastForward(to: string, branch: string, incoming: readonly IncomingPath[]): Promise<Ended>;
  /** Moves branches that are not checked out, each only forward. */
  forwardBranches(branches: readonly LocalBranch[]): Promise<Ended>;
}

export interface GitOptions {
  readonly processes: Processes;
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  /** For each thing that git is asked. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Whether the repository lacks objects of its remote (`git clone --filter`). */
  readonly isPartial?: () => boolean;
}

/** @param folder absolute path of the work tree. */
export function openGit(folder: string, options: GitOptions): Git {
  const { timeoutMs, signal } = options;
  // Of most repositories nothing is asked.
  const plain = () => gitEnvironment(options.environment);
  const run = (args: readonly string[], more: RunOptions = {}) => {
    const env = more.env ?? { ...plain(), ...LOOKING };
    return options.processes.run("git", args, { cwd: folder, timeoutMs, signal, ...more, env });
  };
  const output = async (...args: string[]): Promise<string> => {
    const { code, stdout } = await run(args);
    return code === 0 ? stdout : "";
  };
  return {
    async head() {
      const finished = await run(["status", "--porcelain=v2", "--branch", "-z", "--untracked-files=no"]);
      return finished.code === 0 ? parseStatusHead(finished.stdout) : ended(finished);
    },
    fetch: async (sshOptions) =>
      ended(await run(FETCH, { env: { ...gitEnvironment(options.environment, sshOptions), LC_ALL: LOOKING.LC_ALL } })),
    hasRemote: async () => (await output("remote")) !== "",
    // The exit code that git-ls-remote(1) gives this answer.
    lacks: async (remote, ref) => (await run(["ls-remote", "--exit-code", "--quiet", remote, ref])).code === 2,
    branches: async (name = "") =>
      parseBranches(await output("for-each-ref", `--format=${BRANCH_FORMAT}`, `refs/heads/${name}`)),
    commitOf: async (ref) => (await output("rev-parse", "--verify", "--quiet", `${ref}^{commit}`)).trim() || undefined,
    sides: (ours, theirs) => readSides(output, [ours, theirs], options.isPartial?.() ?? false),
    areRelated: async (ours, theirs) => (await output("merge-base", ours, theirs)) !== "",
    incoming: async (from, to) => parseRawDiff(await output("diff-tree", "-r", "-z", "--no-renames", from, to)),
    async overwritten(incoming) {
      const dirty = parseStatusPaths(await output(...STATUS));
      const inTheWay = await pathsInTheWay(folder, incoming, dirty);
      return [...overwrittenFiles(dirty, incoming), ...inTheWay];
    },
    async fastForward(to, branch, incoming) {
      const filtered = await tryFilters(folder, incoming, options, plain());
      if (!filtered.ok) return filtered;
      // A branch may carry options of its own, such as --squash.
      const args = [`--config-env=branch.${branch}.mergeOptions=${NOTHING}`, ...FORWARD, to];
      return ended(await run(args, { env: { ...plain(), [NOTHING]: "" }, mustFinish: true }));
    },
    forwardBranches: async (branches) =>
      ended(
        await run([...FORWARD_BRANCHES, ...branches.map(({ name, tracking }) => `${tracking}:refs/heads/${name}`)]),
      ),
  };
}

/** The name of a variable without a value. */
const NOTHING = "DEVENV_NOTHING";

/** A tag that was never pushed is a person's, whatever `fetch.pruneTags` says. */
const FETCH = ["fetch", "--quiet", "--no-auto-maintenance", "--no-recurse-submodules", "--no-prune-tags"];

/** `git fetch` from the repository itself: only forward, and never a branch that any work tree has checked out. */
const FORWARD_BRANCHES = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "."];

const STATUS = ["status", "--porcelain=v2", "-z", "--no-renames", "--untracked-files=no", "--ignore-submodules=dirty"];

/**
 * `--no-overwrite-ignore`: what the person's .gitignore names is theirs as much as everything else, and git would write
 * over it without a word.
 */
const FORWARD = [
  "merge",
  "--ff-only",
  "--no-overwrite-ignore",
  "--no-autostash",
  "--no-squash",
  "--no-stat",
  "--quiet",
];

/**
 * Lets what is to come go through the filters of the person's first (git-lfs, git-crypt). One that fails in the fast-forward
 * itself stops git half-way, with a part of the files written and the branch where it was.
 */
async function tryFilters(
  folder: string,
  incoming: readonly IncomingPath[],
  { processes, timeoutMs, signal }: GitOptions,
  env: RunOptions["env"] = {},
): Promise<Ended> {
  const input = filteredInput(folder, incoming);
  if (input === "") return { ok: true, timedOut: false, words: "" };
  // What comes out is not wanted, and may be large.
  const script = "exec git cat-file --batch --filters >/dev/null";
  const tried = ended(await processes.run("sh", ["-c", script], { cwd: folder, env, timeoutMs, signal, input }));
  const words = tried.words.replace(/^(fatal|error): /gm, "").replaceAll("\n", "; ");
  return { ...tried, words: tried.timedOut ? "a filter of its files did not end in time" : words };
}

function ended({ code, output, timedOut, missing }: Finished): Ended {
  return { ok: code === 0, timedOut, words: missing ? "git is not installed" : output.trim() };
}

/** Files that git does not follow, ignored or not, where the update brings one. */
async function pathsInTheWay(
  folder: string,
  incoming: readonly IncomingPath[],
  dirty: readonly DirtyPath[],
): Promise<string[]> {
  const staged = new Map(dirty.map(({ path, index }) => [path, index]));
  // Taken out of the index, but perhaps still there (`git rm --cached`): git follows it no longer.
  const isLetGo = (path: string) => isNothing(staged.get(path) ?? "");
  const leaving = incoming.filter(({ path, to }) => isNothing(to) && !isLetGo(path));
  const going = new Set(leaving.map(({ path }) => path));
  const coming = incoming.filter(({ path, from }) => isLetGo(path) || (isNothing(from) && !staged.has(path)));
  const found = await Promise.all(coming.map(({ path }) => obstacle(folder, path, going)));
  return [...new Set(found.flatMap((path) => path ?? []))];
}

/** What stands where a path is to come, or where it needs a folder; undefined for what goes with the update. */
async function obstacle(folder: string, path: string, going: ReadonlySet<string>): Promise<string | undefined> {
  const parts = path.split("/");
  for (let length = 1; length <= parts.length; length++) {
    const place = parts.slice(0, length).join("/");
    const facts = await lstat(join(folder, place)).catch(() => undefined);
    if (facts === undefined || going.has(place)) return undefined;
    if (!facts.isDirectory()) return place;
  }
  // A folder whose files go with the update makes room.
  return [...going].some((gone) => gone.startsWith(`${path}/`)) ? undefined : path;
}

/** A move as people are told of it: the newest commits, all who wrote them, how many files differ. */
export function moveOf(from: string, to: string, { behind }: Sides, incoming: readonly IncomingPath[]): Move {
  return {
    from,
    to,
    count: behind.length,
    commits: behind.slice(0, SHOWN),
    authors: [...new Set(behind.map(({ author }) => author))],
    files: incoming.length,
  };
}

const SHOWN = 20;
