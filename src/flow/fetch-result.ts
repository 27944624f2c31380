import type { BuildName } from "../model/artifact.ts";
import type { FailureReport } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { Profile } from "../model/profile.ts";
import type { CiAnswer } from "./ci-builds.ts";
import type { FetchPlace } from "./fetch-place.ts";
import type { Machine } from "./machine.ts";

/**
 * What became of a service: its container runs CI's build now; it is in the store, and why it is not swapped in is said;
 * there was nothing to do; the same because it is pinned; it was swapped in, did not answer, and what ran before runs
 * again; it could not be had. `new`: a dry run has found it.
 */
export type FetchOutcome = "swapped" | "fetched" | "unchanged" | "pinned" | "rolledBack" | "failed" | "new";

/** How each is told. */
export const FETCH_WORDS: Readonly<Record<FetchOutcome, string>> = {
  swapped: "swapped in",
  fetched: "fetched",
  unchanged: "unchanged",
  pinned: "pinned",
  rolledBack: "rolled back",
  failed: "failed",
  new: "new",
};

/** `2 swapped in, 57 unchanged, 1 pinned`. */
export function fetchCounts(rows: readonly FetchRow[]): string {
  const outcomes = Object.keys(FETCH_WORDS) as FetchOutcome[];
  const parts = outcomes.flatMap((outcome) => {
    const count = rows.filter((row) => row.outcome === outcome).length;
    return count === 0 ? [] : [`${count} ${FETCH_WORDS[outcome]}`];
  });
  return parts.join(", ");
}

export interface FetchRow {
  readonly service: ServiceName;
  /** What lay in the mount before. */
  readonly from: BuildName | null;
  /** CI's newest, or the pinned one; null where there is none. */
  readonly to: BuildName | null;
  /** Bytes that came, or in a dry run are to come; null where CI does not say. */
  readonly size: number | null;
  readonly outcome: FetchOutcome;
  /** Why it was left, or failed. */
  readonly reason?: string | undefined;
  readonly failure?: FailureReport | undefined;
}

export interface FetchOptions {
  /** Ask, and stop. */
  readonly dryRun: boolean;
  /** Called with words about what is waited for. */
  readonly note: (note: string) => void;
}

export interface FetchContext {
  readonly profile: Profile;
  readonly place: FetchPlace;
  readonly ci: CiAnswer;
  readonly options: FetchOptions;
  readonly machine: Machine;
}

/** What became of a service, beside what was wanted. */
export type FetchEnd = Pick<FetchRow, "outcome" | "reason" | "failure">;
