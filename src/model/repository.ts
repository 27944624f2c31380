import type { ServiceName } from "./names.ts";

/** What a folder with a repository in it is. A submodule's commit is its superproject's to choose. */
export type WorkTreeKind = "repository" | "worktree" | "submodule" | "bare" | "missing";

/** A repository that was found, or that the profile names. */
export interface WorkTree {
  /** Relative to the workspace where it lies in it, else the absolute path. */
  readonly name: string;
  /** Absolute path. */
  readonly path: string;
  readonly kind: WorkTreeKind;
  /** What belongs to this work tree alone: HEAD, the index, FETCH_HEAD. Absolute; empty for one that is missing. */
  readonly gitDir: string;
  /** What linked worktrees share: refs, objects, configuration. */
  readonly commonDir: string;
  /** Where to clone it from, when the profile says so. */
  readonly url: string | undefined;
}

/** What a person (or a tool of theirs) has begun in a work tree and not ended. */
export type Operation = "rebase" | "am" | "merge" | "cherry-pick" | "revert" | "bisect";

export interface Head {
  /** Without `refs/heads/`; undefined when detached. */
  readonly branch: string | undefined;
  /** Undefined on a branch that has no commit yet. */
  readonly commit: string | undefined;
}

/** The branch that the current one follows, as the remote has it at this moment (or, unfetched, as it was last seen). */
export type Upstream =
  | { readonly state: "none" }
  | { readonly state: "gone"; readonly name: string }
  | { readonly state: "several" }
  | { readonly state: "at"; readonly commit: string };

/** How far two commits are apart; `related` is false where they have no commit in common. */
export interface Distance {
  readonly ahead: number;
  readonly behind: number;
  readonly related: boolean;
}

/** A file `….lock`. `holder` is undefined where no process has it open: a stale one, as far as this machine can tell. */
export interface GitLock {
  readonly of: "index" | "branch";
  readonly path: string;
  readonly holder: { readonly pid: number; readonly command: string } | undefined;
  readonly ageMs: number;
}

/** What kept a repository from being read or fetched; `words` are git's (or the system's) own. */
export type Trouble =
  | { readonly kind: "unreadable"; readonly words: string; readonly isForeign: boolean }
  | { readonly kind: "fetchFailed"; readonly words: string }
  | { readonly kind: "timedOut"; readonly afterMs: number };

/** All that a decision takes into account. Fields that nothing depends on were not looked up. */
export interface PullFacts {
  readonly kind: WorkTreeKind;
  readonly url?: string | undefined;
  readonly trouble?: Trouble | undefined;
  readonly head?: Head | undefined;
  readonly operation?: Operation | undefined;
  readonly upstream?: Upstream | undefined;
  readonly distance?: Distance | undefined;
  readonly isShallow?: boolean | undefined;
  readonly lock?: GitLock | undefined;
  /** Paths of the person's that the update would overwrite; undefined when git has not been asked yet. */
  readonly overwritten?: readonly string[] | undefined;
  /** Whether head and operation were others when it was to be moved. */
  readonly hasChanged?: boolean | undefined;
  /** Git's words when it would not fast-forward. */
  readonly refusal?: string | undefined;
}

/** Why a repository is left alone. */
export type LeaveReason =
  | { readonly kind: "missing"; readonly url: string | undefined }
  | { readonly kind: "bare" | "submodule" | "detached" | "unborn" | "severalUpstreams" }
  | { readonly kind: "underWay"; readonly operation: Operation }
  | { readonly kind: "noUpstream"; readonly branch: string }
  | { readonly kind: "upstreamGone"; readonly branch: string; readonly upstream: string }
  | { readonly kind: "ahead"; readonly ahead: number }
  | { readonly kind: "diverged"; readonly ahead: number; readonly behind: number }
  | { readonly kind: "unrelated"; readonly isShallow: boolean }
  | { readonly kind: "overwritten"; readonly paths: readonly string[] }
  | { readonly kind: "locked"; readonly lock: GitLock }
  | { readonly kind: "refused"; readonly words: string }
  /** Another branch was checked out, or something begun, while its remote was asked. */
  | { readonly kind: "changed" }
  | Trouble;

export type PullDecision =
  | { readonly kind: "current" }
  | { readonly kind: "forward"; readonly from: string; readonly to: string; readonly commits: number }
  | { readonly kind: "leave"; readonly reason: LeaveReason };

export interface Commit {
  readonly id: string;
  readonly author: string;
  readonly subject: string;
}

/** What a fast-forward brought. `commits` holds the newest ones only, `count` counts all. */
export interface Move {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly commits: readonly Commit[];
  readonly authors: readonly string[];
  readonly files: number;
}

/** A local branch that is not checked out, and was fast-forwarded. */
export interface BranchMove {
  readonly branch: string;
  readonly from: string;
  readonly to: string;
}

export type PullOutcome =
  | { readonly kind: "current" }
  /** `hooks` is what the repository's hooks printed. */
  | { readonly kind: "moved"; readonly move: Move; readonly hooks: string }
  /** Could be, and was not because nothing but a look was asked for. */
  | { readonly kind: "behind"; readonly move: Move }
  | { readonly kind: "cloned" }
  | { readonly kind: "left"; readonly reason: LeaveReason };

export interface PullResult {
  readonly tree: WorkTree;
  readonly branch: string | undefined;
  readonly outcome: PullOutcome;
  readonly branches: readonly BranchMove[];
  /** Services whose code moved with it. */
  readonly services: readonly ServiceName[];
  readonly ms: number;
}

export type PullDoing = "fetching" | "comparing" | "fast-forwarding" | "cloning";

/** found -> (started* -> ended) for each repository. */
export type PullEvent =
  | { readonly type: "found"; readonly trees: readonly WorkTree[] }
  | { readonly type: "doing"; readonly tree: WorkTree; readonly doing: PullDoing }
  | { readonly type: "ended"; readonly result: PullResult };

/** A repository as it is at this moment, as far as this machine knows without asking its remote. */
export interface RepositoryNow {
  readonly tree: WorkTree;
  /** Undefined when detached, missing or unreadable. */
  readonly branch: string | undefined;
  /** The checked-out commit, in full; undefined where there is none. */
  readonly commit: string | undefined;
  /** Commits that the branch is apart from its upstream, as it was last seen; undefined where it follows none. */
  readonly ahead: number | undefined;
  readonly behind: number | undefined;
  /** How many files differ from what is committed, untracked ones among them. */
  readonly dirty: number;
  readonly operation: Operation | undefined;
  /** When its remote was last asked, by whatever git, in milliseconds since the epoch. */
  readonly fetchedAt: number | undefined;
  /** What a pull does with it at this moment. */
  readonly doing: PullDoing | undefined;
  /** What the last pull did with it that this screen, or the `devenv watch` that it shows, knows of. */
  readonly lastPull: LastPull | undefined;
  /** Why git cannot tell, in its words. */
  readonly trouble: string | undefined;
}

export type LastPull = { /** Milliseconds since the epoch. */ readonly at: number } & (
  | { readonly is: "current" | "cloned" }
  | { readonly is: "moved"; readonly commits: number }
  /** Left alone, or not to be asked: why, as `devenv pull-all` says it, and what to run about it. */
  | { readonly is: "left"; readonly words: string; readonly command: string | undefined }
);
