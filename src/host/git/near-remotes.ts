import { existsSync, lstatSync, readdirSync } from "node:fs";
import { devNull } from "node:os";
import { join } from "node:path";
import type { WorkTree } from "../../model/repository.ts";
import { peekText } from "../files.ts";
import type { AskOptions } from "./ignored.ts";
import { isNear, type Mounts, readMounts } from "./own-disk.ts";
import { isAsideAtRemote, isAsideEverywhere, mayPrune, type PlainFetch, plainFetch } from "./plain-fetch.ts";
import { type Refs, readRefFiles } from "./ref-files.ts";
import { parseSettings, parseSettingsList, type Setting } from "./settings.ts";
import { gitEnvironment } from "./surroundings.ts";

/**
 * Remotes that are folders of this machine. Where one has nothing new is told by its files alone (issue 6: "no process
 * that is not needed"), and only where that is plain to see: whatever is not as `git init` and `git clone` leave it is
 * for `git fetch` to find out. `git` itself is asked once in a run, for the settings that hold for every repository.
 */
export class NearRemotes {
  readonly #options: AskOptions;
  readonly #near = new Map<string, boolean>();
  #mounts: Mounts | undefined;
  #everywhere: Promise<readonly Setting[] | undefined> | undefined;

  constructor(options: AskOptions) {
    this.#options = options;
  }

  /**
   * The commit that the upstream of a repository's branch is at, where a fetch would change no ref at all.
   * @param branch the one that is checked out.
   * @returns undefined where it might, and where it is not plain to see.
   */
  async unmovedUpstream(tree: WorkTree, branch: string | undefined): Promise<string | undefined> {
    const found = branch === undefined ? undefined : this.#compare(tree, branch);
    if (found === undefined) return undefined;
    this.#everywhere ??= this.#ask();
    const everywhere = await this.#everywhere;
    if (everywhere === undefined || (found.hasMore && mayPrune(everywhere))) return undefined;
    return found.commit;
  }

  #compare(tree: WorkTree, branch: string): Same | undefined {
    try {
      const settings = parseSettings(peekText(join(tree.gitDir, "config")) ?? "");
      if (settings === undefined || !isPlain(tree)) return undefined;
      const fetch = plainFetch(settings, branch);
      if (fetch === undefined || !existsSync(join(tree.gitDir, "refs/remotes", fetch.remote, "HEAD"))) return undefined;
      const theirs = this.#refsOf(fetch);
      const ours = theirs && readRefFiles(tree.gitDir, [`refs/remotes/${fetch.remote}/`, "refs/tags/"]);
      const same = ours && compareRefs(ours, theirs, fetch);
      return same?.hasMore && mayPrune(settings) ? undefined : same;
    } catch {
      return undefined; // Not readable: git says why.
    }
  }

  /** Branches and tags of the remote. */
  #refsOf({ url }: PlainFetch): Refs | undefined {
    const [, path] = /^(?:file:\/\/)?(\/[^~%][^%]*?)\/?$/.exec(url) ?? [];
    this.#mounts ??= readMounts();
    if (path === undefined || !isNear(path, this.#mounts, this.#near)) return undefined;
    const inside = join(path, ".git");
    const gitDir = lstatSync(inside, { throwIfNoEntry: false }) === undefined ? path : inside;
    return isNear(gitDir, this.#mounts, this.#near) && isPlainRemote(path, gitDir)
      ? readRefFiles(gitDir, ["refs/heads/", "refs/tags/"])
      : undefined;
  }

  /** The settings that hold for every repository; undefined where any of them decides what a fetch brings. */
  async #ask(): Promise<readonly Setting[] | undefined> {
    const { processes, environment, signal } = this.#options;
    const own = gitEnvironment(environment);
    const isOdd = (name: string) => name.startsWith("GIT_") && !(name in own) && !HARMLESS_VARIABLE.test(name);
    if (Object.keys(environment).some(isOdd)) return undefined;
    // In no repository, wherever devenv was started.
    const env = { ...own, GIT_DIR: devNull };
    const args = ["config", "--list", "--null", "--includes"];
    const { code, stdout } = await processes.run("git", args, { env, timeoutMs: ASKING_MS, ...(signal && { signal }) });
    const settings = code === 0 ? parseSettingsList(stdout) : undefined;
    return settings && isAsideEverywhere(settings) ? settings : undefined;
  }
}

const ASKING_MS = 5000;

/** Variables of git's that no fetch goes by, and those of the configuration, which git tells itself. */
const HARMLESS_VARIABLE =
  /^GIT_(?:(?:AUTHOR|COMMITTER)_(?:NAME|EMAIL|DATE)|CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM|PARAMETERS|KEY_\d+|VALUE_\d+)|(?:SSL|HTTP|PROXY|PS1)_\w+|SEQUENCE_EDITOR|SSH|SSH_COMMAND)$/;

/** An ordinary clone of one's own: not shallow, refs in files. */
function isPlain({ kind, path, gitDir }: WorkTree): boolean {
  if (kind !== "repository" || gitDir !== join(path, ".git") || !isOwn(path) || !isOwn(gitDir)) return false;
  return !readdirSync(gitDir).some((name) => UNUSUAL.has(name));
}

/** As git itself recognises a repository; one of someone else's it would refuse to read. */
function isPlainRemote(path: string, gitDir: string): boolean {
  if (!isOwn(path) || !isOwn(gitDir)) return false;
  const names = readdirSync(gitDir);
  if (names.some((name) => UNUSUAL.has(name)) || !NEEDED.every((name) => names.includes(name))) return false;
  const settings = parseSettings(peekText(join(gitDir, "config")) ?? "?");
  const hasHead = /^(?:ref: refs\/\S+|[0-9a-f]{40})\n?$/.test(peekText(join(gitDir, "HEAD")) ?? "");
  return hasHead && settings !== undefined && isAsideAtRemote(settings);
}

/** Cut off history, refs elsewhere than in files, another repository's part, settings of a work tree's own. */
const UNUSUAL: ReadonlySet<string> = new Set(["shallow", "reftable", "commondir", "config.worktree"]);

const NEEDED = ["HEAD", "config", "objects", "refs"];

const isOwn = (path: string): boolean => lstatSync(path).uid === process.geteuid?.();

/** Refs that a fetch would leave as they are. */
interface Same {
  /** The upstream's. */
  readonly commit: string;
  /** Here are branches of the remote that it has no longer. */
  readonly hasMore: boolean;
}

/**
 * What a fetch would find: each branch of the remote as it is here, and no tag that is not here. (It follows tags of what
 * it has, and moves none that is there.)
 */
function compareRefs(ours: Refs, theirs: Refs, { remote, branch }: PlainFetch): Same | undefined {
  const tracking = `refs/remotes/${remote}/`;
  let branches = 0;
  for (const [ref, commit] of theirs) {
    const isBranch = ref.startsWith("refs/heads/");
    const isSame = isBranch ? ours.get(tracking + ref.slice("refs/heads/".length)) === commit : ours.has(ref);
    if (!isSame) return undefined;
    if (isBranch) branches += 1;
  }
  const commit = theirs.get(`refs/heads/${branch}`);
  const followed = [...ours.keys()].filter((ref) => ref.startsWith(tracking)).length;
  return commit === undefined ? undefined : { commit, hasMore: followed > branches };
}
