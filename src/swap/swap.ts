import type { Release } from "../model/artifact.ts";
import type { FailureReport } from "../model/failure.ts";
import type { Generation, ServiceName } from "../model/names.ts";
import type { SwapStage } from "../model/stage-times.ts";

/**
 * One service on its way from save to settling or roll-back. Two things go on side by side: the newest save is compiled
 * (`build`) while the container may still be busy with an older one (`phase`).
 */
export interface Swap {
  readonly service: ServiceName;
  /** Of the newest save; every older one is void. */
  readonly newest: Generation;
  /** The last release that settled, which is what to go back to; undefined when none ever did. */
  readonly good: Release | undefined;
  /** Whether a release that is ready has to be checked before it is committed: the service has `after_swap` hooks. */
  readonly isChecked: boolean;
  readonly build: Build;
  readonly phase: Phase;
}

export type Build =
  | { readonly is: "none" }
  | {
      readonly is: "building";
      readonly generation: Generation;
      /** The newest that was built and waited when this save came: it is delivered should this one not build. */
      readonly over?: Undelivered | undefined;
    }
  /** Built, but the container is in the middle of something that must end first. */
  | ({ readonly is: "waiting" } & Undelivered);

interface Undelivered {
  readonly generation: Generation;
  readonly release: Release;
}

/** What was built and has not been delivered. */
export function undelivered(build: Build): Undelivered | undefined {
  if (build.is === "waiting") return { generation: build.generation, release: build.release };
  return build.is === "building" ? build.over : undefined;
}

/** The stages of a release on trial, in their order. */
export const TRIAL_STAGES = ["delivering", "restarting", "probing", "checking", "committing"] as const;

export interface Trial {
  readonly is: (typeof TRIAL_STAGES)[number];
  readonly generation: Generation;
  readonly release: Release;
}

export type Phase =
  | { readonly is: "idle" }
  | Trial
  /** It answers, and is good once it has stayed up for its settling time. */
  | { readonly is: "settling"; readonly generation: Generation; readonly release: Release }
  | { readonly is: "rollingBack"; readonly generation: Generation; readonly failure: FailureReport }
  | { readonly is: "rolledBack"; readonly generation: Generation; readonly failure: FailureReport }
  /** The last good release could not be brought back, or there never was one. */
  | { readonly is: "failed"; readonly generation: Generation; readonly failure: FailureReport };

/**
 * What the flow is to do next. It answers each with an event of the same generation, except the cancels: what they
 * cancel may stay unanswered, and an answer that comes all the same is void. A `deliver` ends the settling of what ran
 * until then in the same way.
 */
export type Command =
  | { readonly kind: "build"; readonly generation: Generation }
  | { readonly kind: "cancelBuild"; readonly generation: Generation }
  | { readonly kind: "tellUnchanged"; readonly generation: Generation; readonly release: Release }
  | { readonly kind: "tellSuperseded" | "tellReplaced"; readonly generation: Generation; readonly by: Generation }
  | {
      readonly kind: "deliver";
      readonly generation: Generation;
      readonly release: Release;
      readonly good: Release | undefined;
    }
  | { readonly kind: "restart"; readonly generation: Generation }
  | { readonly kind: "probe"; readonly generation: Generation }
  | { readonly kind: "cancelProbe"; readonly generation: Generation }
  | { readonly kind: "check"; readonly generation: Generation; readonly release: Release }
  | { readonly kind: "cancelCheck"; readonly generation: Generation }
  /** To write down that it answers. */
  | { readonly kind: "commit"; readonly generation: Generation; readonly release: Release }
  /** To watch that it stays up for its settling time, and then to write down that it is good. */
  | {
      readonly kind: "settle";
      readonly generation: Generation;
      readonly release: Release;
      /** An earlier devenv heard its answer. */
      readonly isResumed?: true | undefined;
    }
  | {
      readonly kind: "rollBack";
      readonly generation: Generation;
      readonly from: Release;
      readonly to: Release;
      readonly failure: FailureReport;
    };

/** What fails with a command. */
export const STAGE_OF: Readonly<Record<Command["kind"], SwapStage>> = {
  build: "build",
  cancelBuild: "build",
  tellUnchanged: "build",
  tellSuperseded: "build",
  tellReplaced: "build",
  deliver: "deliver",
  restart: "restart",
  probe: "ready",
  cancelProbe: "ready",
  check: "check",
  cancelCheck: "check",
  commit: "commit",
  settle: "settle",
  rollBack: "restart",
};

export type CommandOf<K extends Command["kind"]> = Extract<Command, { kind: K }>;

export interface Next {
  readonly swap: Swap;
  readonly commands: readonly Command[];
}
