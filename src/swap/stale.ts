import type { SwapEvent } from "../model/event.ts";
import type { Generation } from "../model/names.ts";
import { type Phase, type Swap, TRIAL_STAGES, type Trial } from "./swap.ts";

/** Whether an event comes too late: its generation is not the one that its part of the swap is busy with. */
export function isVoid(swap: Swap, event: SwapEvent): boolean {
  switch (event.type) {
    case "saved":
      return event.generation <= swap.newest;
    case "built":
    case "buildFailed":
      return swap.build.is !== "building" || swap.build.generation !== event.generation;
    case "delivered":
      return !isBusyWith(swap.phase, "delivering", event.generation);
    case "restarted":
      return !isBusyWith(swap.phase, "restarting", event.generation);
    case "ready":
      return !isBusyWith(swap.phase, "probing", event.generation);
    case "checked":
      return !isBusyWith(swap.phase, "checking", event.generation);
    case "committed":
      return !isBusyWith(swap.phase, "committing", event.generation);
    case "notReady":
      return !isTrial(swap.phase) || swap.phase.generation !== event.generation;
    case "settled":
    case "died":
    case "replaced": // where a newer save did it, that one is being delivered by now
      return !isBusyWith(swap.phase, "settling", event.generation);
    case "rolledBack":
    case "rollbackFailed":
      return !isBusyWith(swap.phase, "rollingBack", event.generation);
    case "unchanged":
    case "superseded":
      return false;
    default:
      return event satisfies never;
  }
}

/** Whether the container is busy with a release that has not answered yet. */
export const isTrial = (phase: Phase): phase is Trial => TRIAL_STAGES.some((stage) => stage === phase.is);

const isBusyWith = (phase: Phase, is: Phase["is"], generation: Generation): boolean =>
  phase.is === is && phase.is !== "idle" && phase.generation === generation;
