import type { BuildName } from "./artifact.ts";
import type { FailureReport } from "./failure.ts";
import type { ArtifactDigest, Generation, ServiceName } from "./names.ts";
import type { StageTimes, SwapStage } from "./stage-times.ts";

/**
 * How a swap ended. `underWay` and `committed` are on their way: a committed one settles, and becomes `settled`,
 * `replaced` (other code took its place before it had) or, where it ends by itself, `rolledBack`. `interrupted` is one
 * that devenv's own end cut short.
 */
export const SWAP_OUTCOMES = [
  ...(["underWay", "committed"] as const),
  ...(["settled", "replaced", "unchanged", "superseded", "interrupted"] as const),
  ...(["buildFailed", "notReady", "rolledBack", "rollbackFailed"] as const),
] as const;
export type SwapOutcome = (typeof SWAP_OUTCOMES)[number];

/** What is kept of one swap: one record a save and service (`devenv history`, `swapRecord` in `watch --json`). */
export interface SwapRecord {
  /** One of a kind in its cluster's history. */
  readonly id: string;
  /** When the save was heard of. ISO 8601. */
  readonly at: string;
  readonly service: ServiceName;
  /** Counted from 1 by each `devenv watch`; 0 is what an earlier one left behind, and is unknown here. */
  readonly generation: Generation;
  /** The first few of the paths that were saved, absolute, and how many there were. */
  readonly paths: readonly string[];
  readonly pathCount: number;
  readonly outcome: SwapOutcome;
  /** What ran before; absent where nothing was delivered. */
  readonly from?: BuildName | undefined;
  /** What was built; absent where nothing came of it. */
  readonly to?: BuildName | undefined;
  readonly digest?: ArtifactDigest | undefined;
  /** Nothing was compiled: what these very inputs gave before was there. */
  readonly isReused?: true | undefined;
  /** Milliseconds; 0 for a stage that it did not come to. Of what did not become ready, `total` is until its end. */
  readonly times: StageTimes;
  readonly failure?: SwapFailure | undefined;
}

export interface SwapFailure extends Pick<FailureReport, "message" | "where" | "end"> {
  readonly stage: SwapStage;
}

/** Whether a swap's record is its last. */
export const isOver = ({ outcome }: Pick<SwapRecord, "outcome">): boolean =>
  outcome !== "underWay" && outcome !== "committed";

/** A line of the history, as far as who reads it depends on it; undefined for one that is none. */
export function asSwapRecord(value: unknown): SwapRecord | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const record = value as Partial<Record<keyof SwapRecord, unknown>>;
  const areTexts = [record.id, record.at, record.service].every((text) => typeof text === "string");
  const isKnown = SWAP_OUTCOMES.some((outcome) => outcome === record.outcome);
  const hasTimes = typeof record.times === "object" && record.times !== null && Array.isArray(record.paths);
  return areTexts && isKnown && hasTimes ? (value as SwapRecord) : undefined;
}
