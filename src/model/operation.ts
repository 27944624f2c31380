import type { Release } from "./artifact.ts";
import type { ContainerSpec, NetworkEndpoint } from "./container.ts";
import type { ServiceName } from "./names.ts";
import type { Network } from "./network.ts";
import type { DependencyCondition, ImageBuild } from "./profile.ts";
import type { ProvidedFile } from "./provided.ts";
import type { Volume } from "./volume.ts";

type Labels = Readonly<Record<string, string>>;

/** A provided file without its source: a plan is printed. */
export type ProvidedPlace = Omit<ProvidedFile, "source">;

/** What the executor does: one operation is one call on the daemon, the mount or the artifact source. */
export type Operation =
  /** `labels` are the profile's and ours. */
  | { readonly kind: "createNetwork"; readonly name: string; readonly network: Network; readonly labels: Labels }
  | { readonly kind: "createVolume"; readonly name: string; readonly volume: Volume; readonly labels: Labels }
  | { readonly kind: "emptyImage"; readonly image: string }
  | { readonly kind: "pullImage"; readonly image: string; readonly platform?: string | undefined }
  | { readonly kind: "buildImage"; readonly image: string; readonly build: ImageBuild; readonly context: string }
  /**
   * Fetch into the store where missing, note it in the journal (as a trial over `good`, or as what is back in place of
   * `rolledBack`), point at it.
   */
  | {
      readonly kind: "deliver";
      readonly service: ServiceName;
      readonly release: Release;
      readonly good: Release | undefined;
      readonly rolledBack?: Release | undefined;
    }
  /** The release answered: it is the good one from now on. */
  | { readonly kind: "commit"; readonly service: ServiceName; readonly release: Release }
  /** Create under `name`; later operations of the same step find it by that name. */
  | { readonly kind: "create"; readonly name: string; readonly spec: ContainerSpec }
  /** Put a container that does not run on one more network; or again on one that was made anew under its name. */
  | {
      readonly kind: "connect";
      readonly container: string;
      readonly endpoint: NetworkEndpoint;
      readonly again?: boolean | undefined;
    }
  /** Put files into a container that does not run yet; whose contents they are is looked up when it is done. */
  | {
      readonly kind: "provide";
      readonly container: string;
      readonly service: ServiceName;
      readonly files: readonly ProvidedPlace[];
      /** Folders that are volumes of the container: the daemon takes their files by a call of their own. */
      readonly volumes: readonly string[];
    }
  | { readonly kind: "start"; readonly container: string }
  | { readonly kind: "stop"; readonly container: string; readonly graceMs: number }
  | { readonly kind: "rename"; readonly container: string; readonly name: string }
  | { readonly kind: "remove"; readonly container: string }
  /** Have a container take up what the service's pointers point at, in the way its profile names. */
  | {
      readonly kind: "restartProcess";
      readonly service: ServiceName;
      readonly replica?: number | undefined;
      /** Its config is another one than before. */
      readonly isReconfigured?: boolean | undefined;
    }
  | {
      readonly kind: "await";
      readonly service: ServiceName;
      /** Which of its containers, where it has several. */
      readonly replica?: number | undefined;
      readonly condition: DependencyCondition;
    }
  /** Have the cluster's relay lead what the modes want: started where none runs, ended where nothing is led. */
  | { readonly kind: "relay"; readonly leads: readonly ServiceName[] }
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
  /** Steps that must have ended before this one starts, well or not. */
  readonly afterAttempt?: readonly StepId[] | undefined;
  readonly actions: readonly Action[];
}

/** A plan is a graph of steps. Empty means: everything is as the profile wants it. */
export interface Plan {
  readonly steps: readonly Step[];
}
