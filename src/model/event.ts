import type { BuildName, Release } from "./artifact.ts";
import type { ProviderName } from "./endpoint.ts";
import type { FailureReport } from "./failure.ts";
import type { ClusterName, Generation, ServiceName } from "./names.ts";
import type { Step, StepId } from "./operation.ts";

/** Milliseconds that each stage of a swap took. `detect` is from the file's change to the watcher's word of it. */
export interface StageTimes {
  readonly detect: number;
  readonly build: number;
  readonly deliver: number;
  readonly restart: number;
  readonly ready: number;
}

/**
 * Everything that happens, in one union. The story of a save, an arrow an event:
 *
 *   saved -> built -> delivered -> restarted -> ready    -> committed -> (died -> rolledBack | rollbackFailed)
 *         -> buildFailed        \            -> notReady -> rolledBack | rollbackFailed
 *         -> unchanged           -> notReady
 *
 * The story of a newer build of CI: buildOffered -> buildWanted -> buildTaken | buildNotTaken
 *                                                      -> offerDeclined | offerGone
 * The story of a plan: providerChosen -> planned -> stepStarted -> stepProgress* -> stepDone | stepFailed.
 * `at` is milliseconds since the epoch. The terminal UI, `--json` and the timings are made from these and nothing else.
 */
export type Event = { readonly at: number } & (PlanEvent | SwapEvent | WatchEvent | OfferEvent);

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

export type SwapEvent =
  | (OfSwap & { readonly type: "saved"; readonly paths: readonly string[]; readonly detectMs: number })
  | (OfSwap & { readonly type: "built"; readonly release: Release; readonly ms: number })
  | (OfSwap & { readonly type: "buildFailed"; readonly failure: FailureReport; readonly ms: number })
  /** The build gave what already runs: nothing is restarted. */
  | (OfSwap & { readonly type: "unchanged"; readonly build: BuildName })
  | (OfSwap & { readonly type: "delivered"; readonly ms: number })
  | (OfSwap & { readonly type: "restarted"; readonly ms: number })
  | (OfSwap & { readonly type: "ready"; readonly ms: number })
  | (OfSwap & {
      readonly type: "committed";
      readonly build: BuildName;
      /** Its config is another one than before; the build may be the same. */
      readonly isReconfigured?: boolean | undefined;
      readonly times: StageTimes;
    })
  /** It could not be delivered or restarted, ended by itself, or did not answer in time. */
  | (OfSwap & { readonly type: "notReady"; readonly failure: FailureReport })
  /** It answered, was committed, and ended by itself soon after. */
  | (OfSwap & { readonly type: "died"; readonly failure: FailureReport })
  | (OfSwap & { readonly type: "rolledBack"; readonly to: BuildName; readonly ms: number })
  | (OfSwap & { readonly type: "rollbackFailed"; readonly to: BuildName; readonly failure: FailureReport });

export type WatchEvent =
  | { readonly type: "watching"; readonly services: readonly ServiceName[]; readonly folders: number }
  | { readonly type: "ignored"; readonly path: string; readonly reason: string }
  /** A save of a service whose mode does not go by its work tree: `ci`, `host:9090` and the others, as `use` takes them. */
  | { readonly type: "heldByMode"; readonly service: ServiceName; readonly mode: string; readonly path: string }
  /** The profile was saved: what it wants comes with the next `up`. */
  | {
      readonly type: "profileChanged";
      readonly path: string;
      /** Where it is no text of the profile, but a secret or config: the services that get it. */
      readonly provides?: readonly ServiceName[] | undefined;
    }
  | { readonly type: "paused"; readonly reason: string }
  | { readonly type: "resumed" }
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
