import type { LeaveReason, PullDecision, PullFacts, Upstream } from "../model/repository.ts";

/**
 * What is to be done with a repository: exactly one thing, from the facts alone. Whether to rebase or merge stays with
 * the developer, so all that is not a clean fast-forward is left alone, with the reason.
 */
export function decidePull(facts: PullFacts): PullDecision {
  const reason = whyNoRepository(facts) ?? facts.trouble ?? whyNotHere(facts);
  if (reason !== undefined) return leave(reason);
  const { head, upstream } = facts;
  if (upstream?.state !== "at" || head?.commit === undefined) throw new RangeError("the facts are not complete");
  if (head.commit === upstream.commit) return { kind: "current" };
  const away = whyNotForward(facts) ?? whyNotNow(facts);
  if (away !== undefined) return leave(away);
  return { kind: "forward", from: head.commit, to: upstream.commit, commits: facts.distance?.behind ?? 0 };
}

const leave = (reason: LeaveReason): PullDecision => ({ kind: "leave", reason });

/** There is no work tree whose branch could be moved. */
function whyNoRepository({ kind, url }: PullFacts): LeaveReason | undefined {
  if (kind === "missing") return { kind, url };
  return kind === "bare" || kind === "submodule" ? { kind } : undefined;
}

/** There is no branch, or nothing that it follows. */
function whyNotHere({ head, operation, upstream }: PullFacts): LeaveReason | undefined {
  if (head === undefined || head.branch === undefined) {
    return operation === undefined ? { kind: "detached" } : { kind: "underWay", operation };
  }
  if (head.commit === undefined) return { kind: "unborn" };
  return whyNoUpstream(head.branch, upstream);
}

function whyNoUpstream(branch: string, upstream: Upstream | undefined): LeaveReason | undefined {
  switch (upstream?.state) {
    case "gone":
      return { kind: "upstreamGone", branch, upstream: upstream.name };
    case "several":
      return { kind: "severalUpstreams" };
    case "at":
      return undefined;
    default:
      return { kind: "noUpstream", branch };
  }
}

/** The upstream's commit does not follow this one. */
function whyNotForward({ distance, isShallow, operation }: PullFacts): LeaveReason | undefined {
  if (distance === undefined) return undefined;
  const { ahead, behind, related } = distance;
  if (!related) return { kind: "unrelated", isShallow: isShallow ?? false };
  if (behind === 0) return { kind: "ahead", ahead };
  if (operation !== undefined) return { kind: "underWay", operation };
  return ahead > 0 ? { kind: "diverged", ahead, behind } : undefined;
}

/** It could be moved, but for what stands in this work tree. */
function whyNotNow({ hasChanged, lock, overwritten = [], refusal }: PullFacts): LeaveReason | undefined {
  if (hasChanged) return { kind: "changed" };
  if (lock !== undefined) return { kind: "locked", lock };
  if (overwritten.length > 0) return { kind: "overwritten", paths: overwritten };
  return refusal === undefined ? undefined : { kind: "refused", words: refusal };
}

/** Whether the upstream may have something that this repository has not: what `--strict` counts. */
export function isLeftBehind({ kind }: LeaveReason): boolean {
  return kind !== "ahead" && kind !== "bare" && kind !== "submodule";
}

/** Whether the remote could not be asked: what the exit code 1 stands for. */
export function isFailedFetch({ kind }: LeaveReason): boolean {
  return kind === "fetchFailed" || kind === "timedOut" || kind === "unreadable";
}
