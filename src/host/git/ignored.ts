import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Processes } from "../process.ts";
import { gitEnvironment, LOOKING } from "./surroundings.ts";

/** What git goes by where it leaves files out of a repository, besides the `.gitignore` files in it. */
export interface GitIgnoring {
  /** Absolute path of the work tree's top: `.gitignore` files count from there down. */
  readonly top: string;
  /** core.excludesFile and info/exclude, in this order: the later one has the last word. They need not be there. */
  readonly excludeFiles: readonly string[];
  /** core.ignoreCase. */
  readonly ignoresCase: boolean;
  /** Files below the folder that was asked for which a rule names and git has all the same. Absolute. */
  readonly trackedAllTheSame: readonly string[];
}

export interface AskOptions {
  readonly processes: Processes;
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  readonly signal?: AbortSignal | undefined;
}

/** Asks git about a folder, which may be any in a work tree; undefined where it is in none, or there is no git. */
export async function askWhatIsIgnored(folder: string, options: AskOptions): Promise<GitIgnoring | undefined> {
  const { processes, environment, signal } = options;
  const run = async (...args: string[]) => {
    const env = { ...gitEnvironment(environment), ...LOOKING };
    const finished = await processes.run("git", args, { cwd: folder, env, ...(signal && { signal }) });
    signal?.throwIfAborted();
    return finished.code === 0 ? finished.stdout : undefined;
  };
  const [places, settings = "", tracked = ""] = await Promise.all([
    run("rev-parse", "--show-cdup", "--git-path", "info/exclude"),
    run("config", "-z", "--type=path", "--get-regexp", "^core\\.(excludesfile|ignorecase)$"),
    run("ls-files", "-z", "--cached", "--ignored", "--exclude-standard"),
  ]);
  if (places === undefined) return undefined;
  const [up = "", exclude = ""] = places.split("\n");
  const setting = (key: string) => lastValue(settings, key);
  return {
    top: resolve(folder, up),
    excludeFiles: [setting("core.excludesfile") ?? usualExcludes(environment), resolve(folder, exclude)],
    ignoresCase: setting("core.ignorecase") === "true",
    trackedAllTheSame: [...new Set(tracked.split("\0"))].filter(Boolean).map((path) => resolve(folder, path)),
  };
}

/** `key\nvalue\0` each; the last of several counts. */
const lastValue = (settings: string, key: string): string | undefined =>
  settings
    .split("\0")
    .filter((entry) => entry.startsWith(`${key}\n`))
    .at(-1)
    ?.slice(key.length + 1);

/** `$XDG_CONFIG_HOME/git/ignore`, as gitignore(5) says. */
const usualExcludes = ({ XDG_CONFIG_HOME, HOME }: Readonly<NodeJS.ProcessEnv>): string =>
  join(XDG_CONFIG_HOME || join(HOME || homedir(), ".config"), "git", "ignore");
