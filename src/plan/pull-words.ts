import type { GitLock, LeaveReason, Operation, PullDecision } from "../model/repository.ts";

/** How many paths of a list are named; the rest is counted. */
const NAMED = 5;

const counted = (number: number, one: string, many = `${one}s`): string => `${number} ${number === 1 ? one : many}`;

/** A decision as a line, as plans are printed. */
export function printDecision(decision: PullDecision): string {
  switch (decision.kind) {
    case "current":
      return "already up to date";
    case "forward":
      return `fast-forward ${decision.from.slice(0, 8)} -> ${decision.to.slice(0, 8)} (${counted(decision.commits, "commit")})`;
    case "leave":
      return `left alone: ${reasonWords(decision.reason)}`;
  }
}

/** Names and messages may hold anything: escape codes would reach the terminal, newlines break a line of the summary. */
export const visible = (text: string): string =>
  text.replace(/\p{Cc}/gu, (control) => SHORT[control] ?? `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`);

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Why a repository is left alone, in words; one line. */
export const reasonWords = (reason: LeaveReason): string => visible(wordsOf(reason));

function wordsOf(reason: LeaveReason): string {
  switch (reason.kind) {
    case "missing":
      return reason.url === undefined ? "not cloned, and the profile names no url" : "not cloned";
    case "bare":
      return "bare: it has no work tree";
    case "submodule":
      return "a submodule: its commit is chosen by the repository around it";
    case "detached":
      return "detached: no branch is checked out";
    case "unborn":
      return "its branch has no commit yet";
    case "severalUpstreams":
      return "its branch follows several branches";
    case "underWay":
      return `${OPERATIONS[reason.operation].words} is under way`;
    case "noUpstream":
      return `${reason.branch} has no upstream`;
    case "upstreamGone":
      return `upstream gone: the remote has no ${reason.upstream} any more`;
    case "ahead":
      return `${counted(reason.ahead, "local commit")} not pushed`;
    case "diverged":
      return `diverged: ahead ${reason.ahead}, behind ${reason.behind}`;
    case "unrelated":
      return reason.isShallow
        ? "shallow: its history does not reach back to a commit that the upstream has"
        : "its history and the upstream's have no commit in common";
    case "changed":
      return "it changed while its remote was asked";
    case "overwritten":
      return `the update would overwrite uncommitted changes in ${listed(reason.paths)}`;
    default:
      return troubleWords(reason);
  }
}

type Rest = Extract<LeaveReason, { kind: "locked" | "refused" | "unreadable" | "fetchFailed" | "timedOut" }>;

function troubleWords(reason: Rest): string {
  switch (reason.kind) {
    case "locked":
      return lockWords(reason.lock);
    case "refused":
      return `git would not: ${reason.words}`;
    case "unreadable":
      return `not readable: ${reason.words}`;
    case "fetchFailed":
      return `fetch failed: ${reason.words}`;
    case "timedOut":
      return `timed out: the remote did not answer within ${reason.afterMs / 1000} s`;
  }
}

function lockWords({ of, holder, ageMs }: GitLock): string {
  if (holder !== undefined) return `its ${of} is locked by ${holder.command} (pid ${holder.pid})`;
  return `its ${of} is locked by a file that no process has open, ${counted(Math.round(ageMs / 60_000), "minute")} old`;
}

function listed(paths: readonly string[]): string {
  const named = paths.slice(0, NAMED).join(", ");
  return paths.length > NAMED ? `${named} and ${paths.length - NAMED} more` : named;
}

const OPERATIONS: Readonly<Record<Operation, { words: string; command: string }>> = {
  rebase: { words: "a rebase", command: "rebase --continue" },
  am: { words: "an am", command: "am --continue" },
  merge: { words: "a merge", command: "merge --continue" },
  "cherry-pick": { words: "a cherry-pick", command: "cherry-pick --continue" },
  revert: { words: "a revert", command: "revert --continue" },
  bisect: { words: "a bisect", command: "bisect reset" },
};

/** What to run about it in the repository; undefined when there is nothing to do. */
export function advice(reason: LeaveReason, folder: string): string | undefined {
  const git = (words: string): string => `git -C ${quoted(folder)} ${words}`;
  switch (reason.kind) {
    case "missing":
      return reason.url === undefined ? undefined : "devenv pull-all --clone";
    case "detached":
      return git("switch BRANCH");
    case "unborn":
      return git("pull");
    case "underWay":
      return git(OPERATIONS[reason.operation].command);
    case "noUpstream":
      return git("branch --set-upstream-to=REMOTE/BRANCH");
    case "severalUpstreams":
      // To set one would add it to the others.
      return git("branch --unset-upstream");
    case "upstreamGone":
      return git("switch BRANCH");
    case "ahead":
      return git("push");
    case "diverged":
      return `${git("rebase @{upstream}")}   (or merge)`;
    case "unrelated":
      return reason.isShallow ? git("fetch --unshallow") : git("log --oneline HEAD...@{upstream}");
    case "overwritten":
      return git(`diff HEAD -- ${reason.paths.slice(0, NAMED).map(quoted).join(" ")}`);
    case "locked":
      return reason.lock.holder === undefined ? `rm ${quoted(reason.lock.path)}   (if no git runs there)` : undefined;
    case "refused":
      return git("merge --ff-only");
    case "changed":
      return "devenv pull-all";
    case "unreadable":
      return reason.isForeign ? `git config --global --add safe.directory ${quoted(folder)}` : git("status");
    case "fetchFailed":
      return git("fetch");
    case "timedOut":
      return `${git("fetch")}   (or give it longer: --timeout)`;
    default:
      return undefined;
  }
}

/** As a shell takes it; control characters as bash, zsh, ksh and POSIX of 2024 do. */
function quoted(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  if (!/\p{Cc}/u.test(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  return `$'${visible(text.replace(/[\\']/g, "\\$&"))}'`;
}
