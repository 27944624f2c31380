import type { ProviderName } from "../model/endpoint.ts";
import type { Event, OfferEvent, PlanEvent, WatchEvent } from "../model/event.ts";
import type { FailureReport } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { SurroundingsEvent } from "../model/surroundings.ts";
import { type HookViews, nextHookViews } from "./hook-view.ts";
import { nextOffers, type Offer, type Taking, takingOf } from "./offers.ts";
import { nextPlanView, type PlanView, plannedView } from "./plan-view.ts";
import { nextPullView, nothingPulled, type PullView } from "./pull-view.ts";
import { nextServiceView, type ServiceView, untouched } from "./service-view.ts";
import { afterSwapEvent, calm, nextSurroundings, type SurroundingsView } from "./surroundings-view.ts";

/** All that a screen shows, made from events and nothing else. */
export interface View {
  readonly provider: { readonly name: ProviderName; readonly address: string } | undefined;
  /** The last plan. */
  readonly plan: PlanView | undefined;
  readonly watch: WatchView | undefined;
  /** The services that are watched or were swapped, in the order in which they were heard of. */
  readonly services: ReadonlyMap<ServiceName, ServiceView>;
  /** Newer builds of CI that wait for the person's answer, the oldest first. */
  readonly offers: readonly Offer[];
  /** What became of those that were taken, until there is another one. */
  readonly takings: ReadonlyMap<ServiceName, Taking>;
  readonly surroundings: SurroundingsView;
  readonly pulls: PullView;
  readonly hooks: HookViews;
}

export interface WatchView {
  readonly folders: number;
  /** Why saves are held back at this moment. */
  readonly paused: string | undefined;
  /** The last changed path that was nobody's, and why. */
  readonly ignored: { readonly path: string; readonly reason: string } | undefined;
  /** The last save that a service's mode held back, with that mode. */
  readonly held?: { readonly service: ServiceName; readonly mode: string } | undefined;
  /** A secret or config of the profile was changed: services get it with the next `up`. */
  readonly providedChanged: boolean;
  readonly failure: FailureReport | undefined;
}

export const emptyView: View = {
  provider: undefined,
  plan: undefined,
  watch: undefined,
  services: new Map(),
  offers: [],
  takings: new Map(),
  surroundings: calm,
  pulls: nothingPulled,
  hooks: new Map(),
};

/** (view, event) -> next view. Pure; parts that an event does not concern stay the same objects. */
export function nextView(view: View, event: Event): View {
  switch (event.type) {
    case "providerChosen":
    case "planned":
    case "stepStarted":
    case "stepProgress":
    case "stepDone":
    case "stepFailed":
      return planNews(view, event);
    case "watching":
    case "ignored":
    case "heldByMode":
    case "profileChanged":
    case "paused":
    case "resumed":
    case "lockPassed":
    case "watchFailed":
      return watchNews(view, event);
    case "buildOffered":
    case "buildWanted":
    case "buildTaken":
    case "buildNotTaken":
    case "offerDeclined":
    case "offerGone":
      return offerNews(view, event);
    case "pulled":
    case "refreshed":
    case "pullFailed":
      return { ...view, pulls: nextPullView(view.pulls, event) };
    case "hookStarted":
    case "hookSaid":
    case "hookEnded":
      return { ...view, hooks: nextHookViews(view.hooks, event) };
    case "swapRecord":
      return view;
    case "daemonLost":
    case "daemonBack":
    case "containerTouched":
    case "replanned":
    case "replanFailed":
      return surroundingsNews(view, event);
    default: {
      const { service } = event;
      const before = view.services.get(service) ?? untouched(service);
      const services = new Map(view.services).set(service, nextServiceView(before, event));
      const hooks = nextHookViews(view.hooks, event);
      return { ...view, services, hooks, surroundings: afterSwapEvent(view.surroundings, event) };
    }
  }
}

function planNews(view: View, event: PlanEvent): View {
  switch (event.type) {
    case "providerChosen":
      return { ...view, provider: { name: event.provider, address: event.address } };
    case "planned":
      return { ...view, plan: plannedView(event.cluster, event.steps) };
    default:
      return view.plan === undefined ? view : { ...view, plan: nextPlanView(view.plan, event) };
  }
}

function offerNews(view: View, event: OfferEvent): View {
  const takings = new Map(view.takings);
  const taking = takingOf(event);
  if (taking === undefined) takings.delete(event.service);
  else takings.set(event.service, taking);
  return { ...view, offers: nextOffers(view.offers, event), takings };
}

function surroundingsNews(view: View, event: SurroundingsEvent & { readonly at: number }): View {
  const next = { ...view, surroundings: nextSurroundings(view.surroundings, event) };
  if (view.watch === undefined) return next;
  if (event.type !== "replanned") return next;
  const services = new Map([...view.services].filter(([service]) => !event.gone.includes(service)));
  return { ...next, services, watch: { ...view.watch, folders: event.folders } };
}

const NOT_WATCHING: WatchView = {
  folders: 0,
  paused: undefined,
  ignored: undefined,
  providedChanged: false,
  failure: undefined,
};

function watchNews(view: View, event: WatchEvent): View {
  const watch = view.watch ?? NOT_WATCHING;
  switch (event.type) {
    case "watching": {
      const services = new Map(view.services);
      for (const service of event.services) if (!services.has(service)) services.set(service, untouched(service));
      const fresh = { folders: event.folders, providedChanged: false, failure: undefined };
      return { ...view, services, watch: { ...watch, ...fresh } };
    }
    case "profileChanged":
      // Of the profile's own text, what comes of it is told next.
      return event.provides === undefined ? view : { ...view, watch: { ...watch, providedChanged: true } };
    case "ignored":
      return { ...view, watch: { ...watch, ignored: { path: event.path, reason: event.reason } } };
    case "heldByMode":
      return { ...view, watch: { ...watch, held: { service: event.service, mode: event.mode } } };
    case "paused":
      return { ...view, watch: { ...watch, paused: event.reason } };
    case "resumed":
      return { ...view, watch: { ...watch, paused: undefined } };
    case "lockPassed":
      return view;
    case "watchFailed":
      return { ...view, watch: { ...watch, failure: event.failure } };
    default:
      return event satisfies never;
  }
}
