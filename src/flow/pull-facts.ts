import { existsSync } from "node:fs";
import type { Sides } from "../host/git/sides.ts";
import { gitLock, isForeign, isShallow, operationUnderWay, readFetchHead, readHead } from "../host/git/state.ts";
import { namesOneBranch } from "../host/git/work-tree.ts";
import type { Ended, Git } from "../host/git.ts";
import type { PullFacts, Upstream, WorkTree } from "../model/repository.ts";

/** What is known before the remote was asked: what the files say; git is asked only where they say nothing. */
export async function look(tree: WorkTree, git: Git): Promise<PullFacts> {
  const begun = { kind: tree.kind, url: tree.url };
  if (tree.kind === "missing" || tree.kind === "bare" || tree.kind === "submodule") return begun;
  const operation = operationUnderWay(tree.gitDir);
  const read = readHead(tree);
  const head = read === "unknown" ? await git.head() : read;
  if ("words" in head) return { ...begun, trouble: unreadable(tree, head.words) };
  return { ...begun, operation, head, isShallow: isShallow(tree.commonDir) };
}

function unreadable({ gitDir }: WorkTree, words: string) {
  return { kind: "unreadable", words: reasonLine(words), isForeign: existsSync(gitDir) && isForeign(gitDir) } as const;
}

/** What git died of: the first of its lines that says so, else its last. */
export function reasonLine(words: string): string {
  const lines = words.split("\n").filter((line) => line.trim() !== "");
  const line = lines.find((each) => /^(fatal|error): /.test(each)) ?? lines.at(-1) ?? "without a word";
  return line.replace(/^(fatal|error): /, "");
}

/**
 * After a fetch that failed. A repository without any remote has nothing to fetch, which is no failure; nor is it where the
 * one branch that a clone follows is gone (`git clone --single-branch`), which a fetch dies of.
 */
export async function fetchTrouble(
  tree: WorkTree,
  branch: string | undefined,
  git: Git,
  fetched: Ended,
  timeoutMs: number,
): Promise<PullFacts> {
  if (fetched.timedOut) return { kind: tree.kind, trouble: { kind: "timedOut", afterMs: timeoutMs } };
  if (isForeign(tree.gitDir)) return { kind: tree.kind, trouble: unreadable(tree, fetched.words) };
  if (!(await git.hasRemote())) return { kind: tree.kind };
  const [configured] = branch === undefined || !namesOneBranch(tree.commonDir) ? [] : await git.branches(branch);
  if (configured !== undefined && (await git.lacks(configured.remote, configured.remoteRef))) {
    return { kind: tree.kind, upstream: goneUpstream(configured) };
  }
  return { kind: tree.kind, trouble: { kind: "fetchFailed", words: fetchWords(fetched.words) } };
}

/** All of git's words but the advice that ends every refusal of a connection. */
function fetchWords(words: string): string {
  const advice = /^(Please make sure you have the correct access rights|and the repository exists\.|$)/;
  const lines = words.split("\n").filter((line) => !advice.test(line.trim()));
  return lines.map((line) => line.replace(/^fatal: /, "").trim()).join("; ") || "without a word";
}

/** The upstream as the fetch that has just ended found it. */
export async function fetchedUpstream(tree: WorkTree, branch: string, git: Git): Promise<Upstream> {
  const [commit, ...others] = readFetchHead(tree.gitDir);
  if (others.length > 0) return { state: "several" };
  if (commit !== undefined) return { state: "at", commit };
  const [configured] = await git.branches(branch);
  if (configured === undefined || configured.remoteRef === "") return { state: "none" };
  if (configured.remote === ".") return knownUpstream(branch, git);
  return goneUpstream(configured);
}

const goneUpstream = ({ remoteRef }: { readonly remoteRef: string }): Upstream => ({
  state: "gone",
  name: remoteRef.replace("refs/heads/", ""),
});

/** The upstream as it was last seen, for a look that fetches nothing. */
export async function knownUpstream(branch: string, git: Git): Promise<Upstream> {
  const [configured] = await git.branches(branch);
  if (configured === undefined || configured.remoteRef === "") return { state: "none" };
  const { tracking, remoteRef } = configured;
  const commit = tracking === "" ? undefined : await git.commitOf(tracking);
  return commit === undefined ? goneUpstream({ remoteRef }) : { state: "at", commit };
}

/** How far the branch and its upstream are apart, where they are. */
export async function compare(facts: PullFacts, git: Git): Promise<{ facts: PullFacts; sides: Sides }> {
  const { head, upstream } = facts;
  if (head?.commit === undefined || upstream?.state !== "at" || head.commit === upstream.commit) {
    return { facts, sides: { ahead: [], behind: [] } };
  }
  const sides = await git.sides(head.commit, upstream.commit);
  const [ahead, behind] = [sides.ahead.length, sides.behind.length];
  if (ahead + behind === 0) return { facts: { ...facts, trouble: DAMAGED }, sides };
  // One side alone cannot be unrelated: the other is its ancestor.
  const related = ahead === 0 || behind === 0 || (await git.areRelated(head.commit, upstream.commit));
  return { facts: { ...facts, distance: { ahead, behind, related } }, sides };
}

/** Two commits that differ have one that the other has not. */
const DAMAGED = { kind: "unreadable", words: "git cannot list its commits", isForeign: false } as const;

/** What a person has done while the remote was asked counts: a branch that was made meanwhile is not the one to move. */
export async function withChange(facts: PullFacts, tree: WorkTree, git: Git): Promise<PullFacts> {
  const now = await look(tree, git);
  const isSame =
    now.head?.branch === facts.head?.branch &&
    now.head?.commit === facts.head?.commit &&
    now.operation === facts.operation;
  return { ...facts, hasChanged: !isSame };
}

/** @param now milliseconds since the epoch. */
export const withLock = (facts: PullFacts, tree: WorkTree, now: number): PullFacts => ({
  ...facts,
  lock: gitLock(tree, facts.head?.branch, now),
});
