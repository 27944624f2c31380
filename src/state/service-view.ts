import type { BuildName } from "../model/artifact.ts";
import type { SwapEvent } from "../model/event.ts";
import type { FailureReport } from "../model/failure.ts";
import { type Generation, generation, type ServiceName } from "../model/names.ts";
import type { StageTimes } from "../model/stage-times.ts";

/** One service on the watch screen: what its newest save and its container are at, made from events alone. */
export interface ServiceView {
  readonly service: ServiceName;
  /** Of the newest save; 0 before the first. */
  readonly newest: Generation;
  /** The files of the newest save. */
  readonly paths: readonly string[];
  readonly build: { readonly is: "none" } | Building | At<"built">;
  /** `quiet` too while what was just built is on its way there. */
  readonly container: { readonly is: "quiet" } | At<ContainerStage>;
  /** The last swap that came to an end, or has only its settling before it. */
  readonly last: LastSwap | undefined;
  /** The last failure, until a save of the same or a newer generation ends well. */
  readonly failure: (FailureReport & { readonly generation: Generation }) | undefined;
}

export type ContainerStage = "delivering" | "restarting" | "probing" | "committing" | "notReady";
type At<Stage extends string> = { readonly is: Stage; readonly generation: Generation };

/** `over` was built and waited when this one's save came: it goes on should this one not build. */
type Building = At<"building"> & { readonly over?: Generation | undefined };

export interface LastSwap {
  readonly generation: Generation;
  /** `committed` for one that is settling. */
  readonly outcome:
    | "committed"
    | "settled"
    | "replaced"
    | "unchanged"
    | "buildFailed"
    | "rolledBack"
    | "rollbackFailed";
  /** What runs after it, where the event tells. */
  readonly build: BuildName | undefined;
  /** Of a committed swap. */
  readonly times: StageTimes | undefined;
  /** How long it has to stay up from `at` on until it is good; of a committed swap. */
  readonly settlesInMs?: number | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export const untouched = (service: ServiceName): ServiceView => ({
  service,
  newest: generation(0),
  paths: [],
  build: { is: "none" },
  container: { is: "quiet" },
  last: undefined,
  failure: undefined,
});

/** (view, event of this service) -> next view. An event that comes too late changes nothing. */
export function nextServiceView(view: ServiceView, event: SwapEvent & { readonly at: number }): ServiceView {
  if (isVoid(view, event)) return view;
  switch (event.type) {
    case "saved":
      return saved(view, event);
    case "built":
      return { ...view, build: { is: "built", generation: event.generation } };
    case "buildFailed":
      return ended({ ...view, build: withoutNewest(view) }, event, "buildFailed", undefined, event.failure);
    case "unchanged":
      return ended(withoutDelivery(view, event), event, "unchanged", event.build);
    case "delivered":
      return to(withoutDelivery(view, event), "restarting", event);
    case "restarted":
      return to(view, "probing", event);
    case "ready":
      return to(view, "committing", event);
    case "checked": // it still has to be written down
      return view;
    case "superseded":
      return isAt(view.container, view.container.is, event) ? quiet(view) : view;
    case "notReady": {
      const failed = to(withoutDelivery(view, event), "notReady", event);
      return { ...failed, failure: { ...event.failure, generation: event.generation } };
    }
    case "died":
      return { ...to(view, "notReady", event), failure: { ...event.failure, generation: event.generation } };
    case "committed":
      return ended(quiet(view), event, "committed", event.build);
    case "settled":
      return settled(view, event);
    case "replaced":
      return isLast(view, event) ? { ...view, last: { ...view.last, outcome: "replaced" } } : view;
    case "rolledBack":
      return ended(quiet(view), event, "rolledBack", event.to);
    case "rollbackFailed":
      return ended(quiet(view), event, "rollbackFailed", undefined, event.failure);
    default:
      return event satisfies never;
  }
}

/** Whether the event's generation is not the one that the build, or the container, is busy with. */
function isVoid(view: ServiceView, event: SwapEvent): boolean {
  const { build, container } = view;
  switch (event.type) {
    case "saved":
      return event.generation <= view.newest;
    case "built":
    case "buildFailed":
      return !isAt(build, "building", event);
    case "unchanged":
      return event.generation > view.newest;
    case "delivered":
      return !isDelivering(view, event);
    case "restarted":
      return !isAt(container, "restarting", event);
    case "ready":
      return !isAt(container, "probing", event) || isOvertaken(view);
    case "notReady":
      return !isDelivering(view, event) && (!isAt(container, container.is, event) || isOvertaken(view));
    case "died":
      return container.is !== "quiet";
    case "checked":
    case "superseded":
    case "settled":
    case "replaced":
      return false;
    case "committed":
      return !isAt(container, "committing", event);
    case "rolledBack":
    case "rollbackFailed":
      // An earlier devenv's swap is rolled back without a `notReady` before it.
      return container.is !== "quiet" && !isAt(container, "notReady", event);
    default:
      return event satisfies never;
  }
}

type Stamped = { readonly generation: Generation };

const isAt = (stage: { readonly is: string }, is: string, event: Stamped): boolean =>
  stage.is === is && (stage as At<string>).generation === event.generation;

/** Whether the container is in the middle of something that a newer build must wait for. Probing can be cut short. */
export const isBusy = ({ container }: ServiceView): boolean => container.is !== "quiet" && container.is !== "probing";

/** Whether the generation is on its way into the container. */
const isDelivering = ({ build, container }: ServiceView, event: Stamped): boolean =>
  isAt(container, "delivering", event) || isAt(build, "built", event);

/** A newer build has taken the place of the one that is probed. */
export const isOvertaken = (view: ServiceView): boolean => view.build.is === "built" && !isBusy(view);

const quiet = (view: ServiceView): ServiceView => ({ ...view, container: { is: "quiet" } });

/** What is left of the build where the newest save does not compile. */
function withoutNewest({ build }: ServiceView): ServiceView["build"] {
  const over = build.is === "building" ? build.over : undefined;
  return over === undefined ? { is: "none" } : { is: "built", generation: over };
}

/** A newer save: what was on its way into the container goes on; what still waited for it waits for the build, too. */
function saved(view: ServiceView, event: Extract<SwapEvent, { type: "saved" }>): ServiceView {
  const { build } = view;
  const isOnItsWay = build.is === "built" && !isBusy(view);
  const container: ServiceView["container"] = isOnItsWay
    ? { is: "delivering", generation: build.generation }
    : view.container;
  const waited = build.is === "built" && !isOnItsWay ? build.generation : undefined;
  const over = build.is === "building" ? build.over : waited;
  return {
    ...view,
    newest: event.generation,
    paths: event.paths,
    build: { is: "building", generation: event.generation, ...(over !== undefined && { over }) },
    container,
  };
}

/** The generation's delivery is over, wherever the view had it. */
function withoutDelivery(view: ServiceView, event: Stamped): ServiceView {
  const build: ServiceView["build"] = isAt(view.build, "built", event) ? { is: "none" } : view.build;
  const container: ServiceView["container"] = isAt(view.container, "delivering", event)
    ? { is: "quiet" }
    : view.container;
  return { ...view, build, container };
}

/** The container's next stage; a newer build that waited for the end of the last one comes first. */
function to(view: ServiceView, is: ContainerStage, { generation }: Stamped): ServiceView {
  return { ...view, container: view.build.is === "built" ? { is: "quiet" } : { is, generation } };
}

type Settling = ServiceView & { readonly last: LastSwap };

/** Whether the generation is the one that settles; a later one may have been shown since, a build that failed, say. */
const isLast = (view: ServiceView, event: Stamped): view is Settling =>
  view.last?.outcome === "committed" && view.last.generation === event.generation;

/** One of an earlier devenv was not shown yet. */
function settled(
  view: ServiceView,
  event: Extract<SwapEvent, { type: "settled" }> & { readonly at: number },
): ServiceView {
  if (isLast(view, event)) return { ...view, last: { ...view.last, outcome: "settled" } };
  return view.last === undefined ? ended(view, event, "settled", event.build) : view;
}

function ended(
  view: ServiceView,
  event: SwapEvent & { readonly at: number },
  outcome: LastSwap["outcome"],
  build: BuildName | undefined,
  failure?: FailureReport,
): ServiceView {
  const { generation, at } = event;
  const { times, settlesInMs } = event.type === "committed" ? event : NOT_COMMITTED;
  const last: LastSwap = { generation, outcome, build, times, at, ...(settlesInMs !== undefined && { settlesInMs }) };
  if (failure !== undefined) return { ...view, last, failure: { ...failure, generation } };
  const isMended = outcome !== "rolledBack" && view.failure !== undefined && view.failure.generation <= generation;
  return { ...view, last, failure: isMended ? undefined : view.failure };
}

const NOT_COMMITTED = { times: undefined, settlesInMs: undefined };
