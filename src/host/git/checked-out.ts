import type { GitOptions } from "../git.ts";
import { parseChangedPaths, parseStatusHead } from "./porcelain.ts";
import { gitEnvironment, LOOKING } from "./surroundings.ts";

/** What a folder would be built from. */
export interface CheckedOut {
  readonly commit: string;
  /** Paths in it that differ from the commit: changed, staged, new and not ignored. */
  readonly changed: readonly string[];
}

/**
 * The commit that is checked out in a folder of a work tree, and what differs from it in that folder.
 * @returns git's own words where it cannot tell: no repository, no commit yet, no git.
 */
export async function checkedOut(folder: string, options: GitOptions): Promise<CheckedOut | { words: string }> {
  const { processes, environment, timeoutMs, signal } = options;
  const args = ["status", "--porcelain=v2", "--branch", "-z", "--no-renames", "--untracked-files=normal", "--", "."];
  const env = { ...gitEnvironment(environment), ...LOOKING };
  const { code, stdout, output, missing } = await processes.run("git", args, { cwd: folder, env, timeoutMs, signal });
  signal.throwIfAborted();
  if (missing) return { words: "git is not installed" };
  if (code !== 0) return { words: output.trim() };
  const { commit } = parseStatusHead(stdout);
  return commit === undefined ? { words: "nothing was committed yet" } : { commit, changed: parseChangedPaths(stdout) };
}
