import type { ServiceStatus } from "../model/status.ts";
import { MARKS } from "../state/marks.ts";
import type { ServiceOutline } from "../state/outline.ts";
import { holdReason } from "../state/service-words.ts";
import type { View } from "../state/view.ts";

/**
 * Why a service, or its newest save, waits: the container is busy with an older one, saves are held back, its mode does
 * not go by the work tree, what it depends on is not there yet. Nothing where it waits for nothing. Pure.
 */
export function waitsOf(
  status: ServiceStatus,
  statuses: readonly ServiceStatus[],
  view: Pick<View, "services" | "watch">,
  outline: ServiceOutline | undefined,
): string[] {
  const { name, state, mode } = status;
  const swap = view.services.get(name);
  const hold = swap && holdReason(swap);
  const held = view.watch?.held;
  const isHeld = held?.service === name && held.mode.split(":")[0] === mode;
  const isComing = state === "starting" || state === "unhealthy";
  return [
    ...(hold === undefined ? [] : [hold]),
    ...(swap !== undefined && view.watch?.paused !== undefined ? [`its saves wait: ${view.watch.paused}`] : []),
    ...(isHeld ? [`its save waits: it is in mode ${held.mode}; m takes it to local`] : []),
    ...(isComing ? missing(statuses, outline) : []),
    ...(state === "starting" && outline?.ready !== undefined ? [`waits for its answer: ${outline.ready}`] : []),
  ];
}

/** `waits for postgres, which is starting`: of what it depends on, what is not ready. */
function missing(statuses: readonly ServiceStatus[], outline: ServiceOutline | undefined): string[] {
  const names = outline?.dependsOn.map((dependency) => dependency.split(/[ ,]/)[0]) ?? [];
  return statuses
    .filter(({ name, ready }) => names.includes(name) && !ready)
    .map(({ name, state }) => `${name}, which it depends on, is ${MARKS[state].word}`);
}
