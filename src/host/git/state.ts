import { existsSync, lstatSync, readdirSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import type { GitLock, Head, Operation } from "../../model/repository.ts";
import { peekText } from "../files.ts";
import { commandLine } from "../liveness.ts";

/** The files of a repository, read as git reads them; no program is started. */
interface Place {
  readonly gitDir: string;
  readonly commonDir: string;
}

const OBJECT_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * What is checked out. `unknown` where the files do not say it (refs in a reftable, or damage): then git is to be asked.
 */
export function readHead({ gitDir, commonDir }: Place): Head | "unknown" {
  const text = headText(join(gitDir, "HEAD"));
  if (text === undefined) return "unknown";
  if (OBJECT_ID.test(text)) return { branch: undefined, commit: text };
  const [, ref] = /^ref: (refs\/heads\/(?!\.invalid$).+)$/.exec(text) ?? [];
  if (ref === undefined || existsSync(join(commonDir, "reftable"))) return "unknown";
  const commit = readRef(commonDir, ref);
  return commit === "unknown" ? commit : { branch: ref.slice("refs/heads/".length), commit };
}

/** A symbolic link (core.preferSymlinkRefs) is a symbolic ref of old. */
function headText(path: string): string | undefined {
  const link = isLink(path) ? linkOf(path) : undefined;
  return link?.startsWith("refs/") ? `ref: ${link}` : peekText(path)?.trim();
}

const isLink = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;

/** A loose ref counts over a packed one. */
function readRef(commonDir: string, ref: string): string | undefined | "unknown" {
  const loose = peekText(join(commonDir, ref))?.trim();
  if (loose !== undefined) return OBJECT_ID.test(loose) ? loose : "unknown";
  const packed = peekText(join(commonDir, "packed-refs")) ?? "";
  const end = packed.indexOf(` ${ref}\n`);
  if (end < 0) return undefined;
  const commit = packed.slice(packed.lastIndexOf("\n", end) + 1, end);
  return OBJECT_ID.test(commit) ? commit : "unknown";
}

/** By the files that git itself goes by; in the order in which its own prompt looks for them. */
export function operationUnderWay(gitDir: string): Operation | undefined {
  const has = (name: string) => existsSync(join(gitDir, name));
  if (has("rebase-merge")) return "rebase";
  if (has("rebase-apply")) return has("rebase-apply/applying") ? "am" : "rebase";
  if (has("MERGE_HEAD")) return "merge";
  if (has("CHERRY_PICK_HEAD")) return "cherry-pick";
  if (has("REVERT_HEAD")) return "revert";
  // Between the commits of a series there is no head of its own.
  if (has("sequencer"))
    return peekText(join(gitDir, "sequencer/todo"))?.startsWith("revert") ? "revert" : "cherry-pick";
  return has("BISECT_LOG") ? "bisect" : undefined;
}

export const isShallow = (commonDir: string): boolean => existsSync(join(commonDir, "shallow"));

/** Whether it belongs to someone else: git then refuses to work in it. */
export function isForeign(folder: string): boolean {
  const uid = process.getuid?.();
  return uid !== undefined && statSync(folder, { throwIfNoEntry: false })?.uid !== uid;
}

/**
 * What would stop a fast-forward. Git looks at those of the refs only when it has written work tree and index already, and
 * then leaves them ahead of the branch.
 * @param now milliseconds since the epoch.
 */
export function gitLock(place: Place, branch: string | undefined, now: number): GitLock | undefined {
  const { gitDir, commonDir } = place;
  const index = lockFile("index", join(gitDir, "index.lock"), now);
  const refs = [
    join(gitDir, "HEAD.lock"),
    join(gitDir, "ORIG_HEAD.lock"),
    ...(branch === undefined ? [] : [join(commonDir, `refs/heads/${branch}.lock`)]),
    ...[gitDir, commonDir].map((folder) => join(folder, "reftable/tables.list.lock")),
  ];
  return refs.reduce<GitLock | undefined>((found, path) => found ?? lockFile("branch", path, now), index);
}

function lockFile(of: GitLock["of"], path: string, now: number): GitLock | undefined {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts === undefined) return undefined;
  return { of, path, ageMs: Math.max(0, now - facts.mtimeMs), holder: holderOf(path) };
}

/** The process that has a file open, as far as /proc shows it (Linux, and processes of this person). */
function holderOf(path: string): GitLock["holder"] {
  for (const entry of namesIn("/proc").filter((name) => /^\d+$/.test(name))) {
    const files = `/proc/${entry}/fd`;
    if (!namesIn(files).some((name) => linkOf(join(files, name)) === path)) continue;
    const pid = Number(entry);
    return { pid, command: commandLine(pid).slice(0, 3).join(" ") || "a program" };
  }
  return undefined;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // Ended meanwhile, someone else's, or no /proc.
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** What `git fetch` has just written down: the commits that the current branch follows. */
export function readFetchHead(gitDir: string): readonly string[] {
  const lines = (peekText(join(gitDir, "FETCH_HEAD")) ?? "").split("\n").map((line) => line.split("\t"));
  return lines.flatMap(([commit = "", mark]) => (mark === "" && OBJECT_ID.test(commit) ? [commit] : []));
}
