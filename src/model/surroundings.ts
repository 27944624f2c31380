import type { FailureReport } from "./failure.ts";
import type { ServiceName } from "./names.ts";

/** What somebody else than devenv did to a container, or the kernel did. */
export type ContainerTouch =
  | { readonly is: "removed" | "paused" | "unpaused" | "outOfMemory" }
  | { readonly is: "renamed"; readonly to: string };

/**
 * What happens around the save loop: to the daemon that the cluster is on, to its containers by others' hands, to its
 * profile. The stories: daemonLost -> daemonBack; profileChanged -> (the story of a plan) -> replanned | replanFailed.
 */
export type SurroundingsEvent =
  /** The daemon does not answer: what is under way waits for it. */
  | { readonly type: "daemonLost"; readonly address: string }
  | {
      readonly type: "daemonBack";
      /** How long it was away. */
      readonly ms: number;
      /** Services that ended with it and were started again; a swap under way starts its own. */
      readonly started: readonly ServiceName[];
      /** Why not all that ended with it could be started again. */
      readonly failure?: FailureReport | undefined;
    }
  | {
      readonly type: "containerTouched";
      readonly service: ServiceName;
      /** Its name; before, where it was renamed. */
      readonly container: string;
      readonly touch: ContainerTouch;
    }
  /** The cluster is what the edited profile says; only these services were touched. */
  | {
      readonly type: "replanned";
      /** Services that are another than before, or new. */
      readonly changed: readonly ServiceName[];
      /** Services that the profile no longer has. */
      readonly gone: readonly ServiceName[];
      /** How many steps it took; none where the edit changes nothing of a container. */
      readonly steps: number;
      /** How many folders are watched now. */
      readonly folders: number;
      readonly ms: number;
    }
  /** The edited profile has mistakes, or not all of it could be had: what ran before goes on. */
  | { readonly type: "replanFailed"; readonly failure: FailureReport };
