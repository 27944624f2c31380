import type { BuildName, Release } from "./artifact.ts";
import type { ProviderName } from "./endpoint.ts";
import type { FailureReport } from "./failure.ts";
import type { ArtifactDigest, ClusterName, Generation, ServiceName } from "./names.ts";
import type { Step, StepId } from "./operation.ts";
import type { HookKind } from "./profile.ts";
import type { PullNews } from "./pull-news.ts";
import type { StageTimes, SwapStage } from "./stage-times.ts";
import type { SurroundingsEvent } from "./surroundings.ts";
import type { SwapRecord } from "./swap-record.ts";

/**
 * Everything that happens, in one union. The story of a save, an arrow an event:
 *
 *   saved -> built -> delivered -> restarted -> ready -> checked -> committed -> settled
 *         -> buildFailed                                                      -> died     -> rolledBack | rollbackFailed
 *         -> unchanged  `-----------`------------`--------`-----> notReady -> rolledBack | rollbackFailed
 *
 * `checked` comes only where the service has `after_swap` hooks. A newer save may end each way before its end, with
 * `superseded`, or `replaced` where it was committed and had not settled. So every generation ends once, with
 * superseded, replaced, unchanged, buildFailed, settled, rolledBack or rollbackFailed; and with notReady or died where
 * there is nothing to go back to, or a newer save takes its place. Only what settled is ever gone back to.
 *
 * The story of a newer build of CI: buildOffered -> buildWanted -> buildTaken | buildNotTaken
 *                                                      -> offerDeclined | offerGone
 * The story of a plan: providerChosen -> planned -> stepStarted -> stepProgress* -> stepDone | stepFailed.
 * `at` is milliseconds since the epoch. The terminal UI, `--json` and the timings are made from these and nothing else.
 */
export type Event = { readonly at: number } & (
  | PlanEvent
  | SwapEvent
  | HookEvent
  | HistoryEvent
  | WatchEvent
  | OfferEvent
  | PullNews
  | SurroundingsEvent
);

export type PlanEvent =
  | { readonly type: "providerChosen"; readonly provider: ProviderName; readonly address: string }
  | { readonly type: "planned"; readonly cluster: ClusterName; readonly steps: readonly Step[] }
  | { readonly type: "stepStarted"; readonly step: StepId; readonly title: string; readonly cause: string }
  /** `done` and `total` in the unit that the note names, absent where no end is known. */
  | {
      readonly type: "stepProgress";
      readonly step: StepId;
      readonly note: string;
      readonly done?: number;
      readonly total?: number;
    }
  | { readonly type: "stepDone"; readonly step: StepId; readonly ms: number }
  | { readonly type: "stepFailed"; readonly step: StepId; readonly ms: number; readonly failure: FailureReport };

interface OfSwap {
  readonly service: ServiceName;
  readonly generation: Generation;
}

interface GoingBack {
  /** The last good release is brought back now; without it, this is the swap's end. */
  readonly goesBack?: true | undefined;
}

export type SwapEvent =
  | (OfSwap & { readonly type: "saved"; readonly paths: readonly string[]; readonly detectMs: number })
  | (OfSwap & {
      readonly type: "built";
      readonly release: Release;
      readonly ms: number;
      /** As `StageTimes.wait`. */
      readonly waitMs: number;
      /** Nothing was built: what these very inputs gave before is here. */
      readonly isReused?: true | undefined;
    })
  | (OfSwap & { readonly type: "buildFailed"; readonly failure: FailureReport; readonly ms: number })
  /** The build gave what already runs: nothing is restarted. */
  | (OfSwap & { readonly type: "unchanged"; readonly build: BuildName })
  /** A newer save made it void before it was committed. */
  | (OfSwap & { readonly type: "superseded"; readonly by: Generation })
  /** `from` is what the pointers named until then; undefined where that was nothing, or nothing known. */
  | (OfSwap & { readonly type: "delivered"; readonly from?: BuildName | undefined; readonly ms: number })
  | (OfSwap & { readonly type: "restarted"; readonly ms: number })
  | (OfSwap & { readonly type: "ready"; readonly ms: number })
  /** The `after_swap` hooks are content with it. */
  | (OfSwap & { readonly type: "checked"; readonly ms: number })
  /** It answers; good it is when it has settled. */
  | (OfSwap & {
      readonly type: "committed";
      readonly build: BuildName;
      readonly digest: ArtifactDigest;
      /** Its config is another one than before; the build may be the same. */
      readonly isReconfigured?: boolean | undefined;
      readonly settlesInMs: number;
      readonly times: StageTimes;
    })
  /** It stayed up for its settling time: from here on it is what a roll-back goes back to. */
  | (OfSwap & { readonly type: "settled"; readonly build: BuildName })
  /** Other code took its place before it settled: that of a newer save, or what another devenv put there (without `by`). */
  | (OfSwap & { readonly type: "replaced"; readonly by?: Generation | undefined })
  /** It could not be delivered or restarted, ended by itself, did not answer in time, or a required hook failed. */
  | (OfSwap & GoingBack & { readonly type: "notReady"; readonly stage: SwapStage; readonly failure: FailureReport })
  /** It was committed, and ended by itself before it settled. */
  | (OfSwap & GoingBack & { readonly type: "died"; readonly failure: FailureReport })
  | (OfSwap & { readonly type: "rolledBack"; readonly to: BuildName; readonly ms: number })
  /** What was good could not be put back, or does not answer, either: `stage` is of its way back. */
  | (OfSwap & {
      readonly type: "rollbackFailed";
      readonly to: BuildName;
      readonly stage: SwapStage;
      readonly failure: FailureReport;
    });

/** Of the commands that a profile has run at a swap; they change nothing about its stages. */
export type HookEvent =
  | (OfSwap & { readonly type: "hookStarted"; readonly hook: HookKind; readonly command: string })
  | (OfSwap & { readonly type: "hookSaid"; readonly hook: HookKind; readonly line: string })
  | (OfSwap & {
      readonly type: "hookEnded";
      readonly hook: HookKind;
      readonly command: string;
      /** Undefined where a signal or the deadline ended it. */
      readonly code: number | undefined;
      readonly ms: number;
      /** Whether its failure ends the swap. */
      readonly isRequired: boolean;
    });

/** A swap is over, and this is its one record in the history. */
export type HistoryEvent = { readonly type: "swapRecord"; readonly record: SwapRecord };

export type WatchEvent =
  | { readonly type: "watching"; readonly services: readonly ServiceName[]; readonly folders: number }
  | { readonly type: "ignored"; readonly path: string; readonly reason: string }
  /** A save of a service whose mode does not go by its work tree: `ci`, `host:9090` and the others, as `use` takes them. */
  | { readonly type: "heldByMode"; readonly service: ServiceName; readonly mode: string; readonly path: string }
  /** The profile was saved: it is read anew, and the plan of `up` carried out for what it changed. */
  | {
      readonly type: "profileChanged";
      readonly path: string;
      /** Where it is no text of the profile, but a secret or config: the services that get it, with the next `up`. */
      readonly provides?: readonly ServiceName[] | undefined;
    }
  | { readonly type: "paused"; readonly reason: string }
  /** `paused` is over. After a storm of changes, its one summary: the services are built once for all of them. */
  | {
      readonly type: "resumed";
      readonly changed?: number | undefined;
      readonly services?: readonly ServiceName[] | undefined;
      readonly ms?: number | undefined;
    }
  /** A lock of git's that nothing happens under: of a git that was killed, or waits for a person. Told once of each. */
  | { readonly type: "lockPassed"; readonly path: string }
  | { readonly type: "watchFailed"; readonly failure: FailureReport };

interface OfOffer {
  readonly service: ServiceName;
  /** CI's. */
  readonly build: BuildName;
}

export type OfferEvent =
  /** CI has a newer build than runs. Told once of a build. */
  | (OfOffer & { readonly type: "buildOffered"; readonly from: BuildName })
  /** The person wants it: it is on its way. */
  | (OfOffer & { readonly type: "buildWanted" })
  | (OfOffer & { readonly type: "buildTaken"; readonly ms: number })
  /** It could not be had, or did not answer and what ran before is back. */
  | (OfOffer & { readonly type: "buildNotTaken"; readonly failure: FailureReport })
  /** The person stays on what runs: until there is a newer one, or for good (`pinned`). */
  | (OfOffer & { readonly type: "offerDeclined"; readonly pinned?: BuildName | undefined })
  /** It runs by now, or something else does that it is not offered to. */
  | (OfOffer & { readonly type: "offerGone" });
