import { statSync } from "node:fs";
import { join } from "node:path";
import type { WorkTree } from "../../model/repository.ts";
import type { Processes } from "../process.ts";
import { parseStatusNow, type StatusNow } from "./porcelain.ts";
import { readHead } from "./state.ts";
import { gitEnvironment, LOOKING } from "./surroundings.ts";

/** Of a branch and what it follows, commits compared by git; of the files, what differs from what is committed. */
const STATUS_NOW = [
  ...["status", "--porcelain=v2", "--branch", "-z", "--no-renames"],
  ...["--untracked-files=normal", "--ignore-submodules=dirty"],
];

export interface StatusNowOptions {
  readonly processes: Processes;
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What git says of a work tree at this moment, without its remote and without a lock; its words where it cannot. */
export async function statusNow(folder: string, options: StatusNowOptions): Promise<StatusNow | { trouble: string }> {
  const { processes, environment, timeoutMs, signal } = options;
  const env = { ...gitEnvironment(environment), ...LOOKING };
  const { code, stdout, output, timedOut, missing } = await processes.run("git", STATUS_NOW, {
    ...{ cwd: folder, env, timeoutMs, signal },
    background: true,
  });
  if (code === 0) return parseStatusNow(stdout);
  if (missing) return { trouble: "git is not installed" };
  if (timedOut) return { trouble: `git status did not end within ${timeoutMs / 1000} s` };
  return {
    trouble:
      output
        .trim()
        .split("\n")[0]
        ?.replace(/^fatal: /, "") ?? "git status failed",
  };
}

/**
 * What of a repository changes whenever its commits, its index or what it follows do, read from a few files: while this
 * is the same, git need not be asked.
 * @param upstream `origin/main`, where it is known: a push moves nothing else here
 */
export function repositoryMark({ gitDir, commonDir }: WorkTree, upstream: string | undefined): string {
  const files = [
    join(gitDir, "index"),
    join(gitDir, "FETCH_HEAD"),
    join(commonDir, "packed-refs"),
    join(commonDir, "config"),
    ...(upstream === undefined ? [] : [join(commonDir, "refs/remotes", upstream)]),
  ];
  return JSON.stringify([readHead({ gitDir, commonDir }), ...files.map(changedAt)]);
}

/** When a repository's remote was last asked, by whatever git, in milliseconds since the epoch. */
export const fetchedAt = ({ gitDir }: WorkTree): number | undefined =>
  changedAt(join(gitDir, "FETCH_HEAD")) ?? undefined;

const changedAt = (path: string): number | null => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null;
