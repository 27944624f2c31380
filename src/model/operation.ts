import type { Release } from "./artifact.ts";
import type { ContainerSpec } from "./container.ts";
import type { ServiceName } from "./names.ts";
import type { DependencyCondition, ImageBuild } from "./profile.ts";

/** What the executor does: one operation is one call on the daemon, the mount or the artifact source. */
export type Operation =
  | { readonly kind: "createNetwork"; readonly name: string; readonly labels: Readonly<Record<string, string>> }
  | { readonly kind: "createVolume"; readonly name: string; readonly labels: Readonly<Record<string, string>> }
  | { readonly kind: "emptyImage"; readonly image: string }
  | { readonly kind: "pullImage"; readonly image: string }
  | { readonly kind: "buildImage"; readonly image: string; readonly build: ImageBuild; readonly context: string }
  /** Fetch into the store where missing, note it in the journal (as a trial over `good`), point at it. */
  | {
      readonly kind: "deliver";
      readonly service: ServiceName;
      readonly release: Release;
      readonly good: Release | undefined;
    }
  /** The release answered: it is the good one from now on. */
  | { readonly kind: "commit"; readonly service: ServiceName; readonly release: Release }
  /** Create under `name`; later operations of the same step find it by that name. */
  | { readonly kind: "create"; readonly name: string; readonly spec: ContainerSpec }
  | { readonly kind: "start"; readonly container: string }
  | { readonly kind: "stop"; readonly container: string; readonly graceMs: number }
  | { readonly kind: "rename"; readonly container: string; readonly name: string }
  | { readonly kind: "remove"; readonly container: string }
  /** Have the service take up what its pointers point at, in the way its profile names. */
  | { readonly kind: "restartProcess"; readonly service: ServiceName }
  | { readonly kind: "await"; readonly service: ServiceName; readonly condition: DependencyCondition }
  | { readonly kind: "removeNetwork"; readonly name: string }
  | { readonly kind: "removeVolume"; readonly name: string };

/** An operation with its inverse. The inverses of those that were done run in reverse order when a later one fails. */
export interface Action {
  readonly do: Operation;
  readonly undo?: readonly Operation[] | undefined;
}

/** Names a step within its plan. */
export type StepId = string;

/** What a person sees as one step: actions that belong together, done in order. */
export interface Step {
  readonly id: StepId;
  readonly service?: ServiceName | undefined;
  /** In the imperative: "create books". */
  readonly title: string;
  /** Why: "no container yet", "environment changed". */
  readonly cause: string;
  /** Steps that must have ended well before this one starts. */
  readonly after: readonly StepId[];
  readonly actions: readonly Action[];
}

/** A plan is a graph of steps. Empty means: everything is as the profile wants it. */
export interface Plan {
  readonly steps: readonly Step[];
}
