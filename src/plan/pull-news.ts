import type { MovedRepository, NotPulled, PullNews } from "../model/pull-news.ts";
import type { LeaveReason, PullResult } from "../model/repository.ts";
import { isFailedFetch, isLeftBehind } from "./pull.ts";
import { advice, reasonWords } from "./pull-words.ts";

/** Of repositories that a person was told of: why each was not pulled. */
export type ToldReasons = ReadonlyMap<string, string>;

export interface NewsOfPull {
  readonly told: ToldReasons;
  /** Undefined where there is nothing to tell. */
  readonly news: Omit<Extract<PullNews, { type: "pulled" }>, "type" | "ms"> | undefined;
}

/**
 * What is to be told of a pull in the background, after what was told before: what moved; what was left alone or failed,
 * once for each reason; and what is well again. A laptop without network is no news.
 */
export function newsOfPull(before: ToldReasons, results: readonly PullResult[]): NewsOfPull {
  const standing = results.flatMap((result) => standingOf(result, before));
  const told = new Map(standing.map(({ name, identity }) => [name, identity]));
  const fresh = standing.filter(({ name, identity }) => before.get(name) !== identity);
  const notPulled = (isFailure: boolean): NotPulled[] =>
    fresh.filter(({ reason }) => isFailedFetch(reason) === isFailure).map(inWords);
  const moved = results.flatMap(movedOf);
  const [left, failed] = [notPulled(false), notPulled(true)];
  const well = [...before.keys()].filter((name) => !told.has(name) && results.some(({ tree }) => tree.name === name));
  const isQuiet = moved.length + left.length + failed.length + well.length === 0;
  return { told, news: isQuiet ? undefined : { moved, left, failed, well } };
}

/** Why a repository was not pulled. */
interface Standing {
  readonly name: string;
  readonly path: string;
  readonly reason: LeaveReason;
  readonly identity: string;
}

/** None where that is no news; of one that is out of reach, what was told before goes on. */
function standingOf({ tree: { name, path }, outcome }: PullResult, before: ToldReasons): Standing[] {
  if (outcome.kind !== "left") return [];
  const { reason } = outcome;
  const known = before.get(name);
  if (isOutOfReach(reason)) return known === undefined ? [] : [{ name, path, reason, identity: known }];
  return isNews(reason) ? [{ name, path, reason, identity: identityOf(reason) }] : [];
}

const inWords = ({ name, path, reason }: Standing): NotPulled => ({
  name,
  words: reasonWords(reason),
  command: advice(reason, path),
});

function movedOf({ tree, branch, outcome, services }: PullResult): MovedRepository[] {
  return outcome.kind === "moved" ? [{ name: tree.name, branch, move: outcome.move, services }] : [];
}

/** Somebody who is at work there just now is gone at the next pull; local commits miss nothing. */
function isNews(reason: LeaveReason): boolean {
  if (reason.kind === "changed") return false;
  if (reason.kind === "locked") return reason.lock.holder === undefined;
  return isFailedFetch(reason) || isLeftBehind(reason);
}

/** The same reason with other numbers, or of other files, is no other reason. */
function identityOf(reason: LeaveReason): string {
  if (reason.kind === "underWay") return `${reason.kind} ${reason.operation}`;
  return "branch" in reason ? `${reason.kind} ${reason.branch}` : reason.kind;
}

/**
 * Git ends with 128 whatever keeps it from asking, so only its words, those of curl and those of ssh tell a network that
 * is not there from a repository that is not. Where they are not known, the failure is told once, as any other.
 */
const NO_NETWORK =
  /could not resolve (host|proxy)|name or service not known|temporary failure in name resolution|(network|host) is (unreachable|down)|no route to host|(connection|operation) timed out|connection refused|failed to connect to|could(n't| not) connect to server|connection (reset|closed|was reset)/i;

/** Nobody can mend it here, and the next pull asks again (desktop/desktop#4134 is what telling it each time is like). */
function isOutOfReach(reason: LeaveReason): boolean {
  if (reason.kind === "timedOut") return true;
  return reason.kind === "fetchFailed" && NO_NETWORK.test(reason.words);
}
