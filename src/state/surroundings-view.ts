import type { Event } from "../model/event.ts";
import type { FailureReport } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { ContainerTouch, SurroundingsEvent } from "../model/surroundings.ts";

/** What stands around the save loop and may keep it from going on. */
export interface SurroundingsView {
  /** The daemon that does not answer at this moment; `since` in milliseconds since the epoch. */
  readonly lost: { readonly address: string; readonly since: number } | undefined;
  /** What others did to containers, the last of each service, until it runs newer code or goes on. */
  readonly touched: ReadonlyMap<ServiceName, { readonly container: string; readonly touch: ContainerTouch }>;
  /** Why the cluster is not what the profile says since it was edited. */
  readonly unplanned: FailureReport | undefined;
}

export const calm: SurroundingsView = { lost: undefined, touched: new Map(), unplanned: undefined };

/** (view, event) -> next view. Pure. */
export function nextSurroundings(
  view: SurroundingsView,
  event: SurroundingsEvent & { readonly at: number },
): SurroundingsView {
  switch (event.type) {
    case "daemonLost":
      return { ...view, lost: { address: event.address, since: event.at } };
    case "daemonBack":
      return { ...view, lost: undefined };
    case "containerTouched": {
      const { service, container, touch } = event;
      const isNamedBack = touch.is === "renamed" && view.touched.get(service)?.container === touch.to;
      if (touch.is === "unpaused" || isNamedBack) return without(view, [service]);
      return { ...view, touched: new Map(view.touched).set(service, { container, touch }) };
    }
    case "replanned":
      return { ...without(view, [...event.changed, ...event.gone]), unplanned: undefined };
    case "replanFailed":
      return { ...view, unplanned: event.failure };
    default:
      return event satisfies never;
  }
}

/** The same after an event of a service's swap: code that answers runs in a container that is well. */
export function afterSwapEvent(view: SurroundingsView, event: Event): SurroundingsView {
  const isMended = event.type === "committed" || event.type === "rolledBack";
  return isMended && view.touched.has(event.service) ? without(view, [event.service]) : view;
}

function without(view: SurroundingsView, services: readonly ServiceName[]): SurroundingsView {
  const touched = new Map(view.touched);
  for (const service of services) touched.delete(service);
  return { ...view, touched };
}
