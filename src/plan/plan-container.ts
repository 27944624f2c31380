import { LABEL, type ObservedContainer } from "../model/container.ts";
import type { Action, Operation, Step, StepId } from "../model/operation.ts";
import type { Dependency } from "../model/profile.ts";
import type { Desired, DesiredContainer, DesiredService } from "./desired.ts";
import {
  asideName,
  type Found,
  freshName,
  hasCompleted,
  isLive,
  isLost,
  isReady,
  remove,
  rename,
  start,
  stop,
} from "./found.ts";
import type { Observed } from "./observed.ts";
import { type Delivery, wayBack } from "./plan-delivery.ts";
import { networkStepId } from "./plan-ground.ts";
import { provide } from "./provided.ts";
import { createId, readyId, startId } from "./step-ids.ts";

/** What the planning of one service must know of the rest of the plan. */
export interface Circumstances {
  readonly desired: Desired;
  readonly observed: Observed;
  /** Steps that make the networks, the volumes and the image. */
  readonly ground: readonly StepId[];
  /** Why a container must be replaced whatever it is like: "its image is made anew". */
  readonly groundMoved: string | undefined;
  /** Why containers that need nothing else are restarted: what they depend on is started anew. */
  readonly restartCause: string | undefined;
}

/** One container between what is wanted and what was found. */
export interface Case extends Circumstances, Found {
  readonly want: DesiredService;
  readonly made: DesiredContainer;
  /** Whether the service has more than this one. */
  readonly isSeveral: boolean;
  /** New code of the service, to be taken up and to be gone back from. */
  readonly delivery: Delivery | undefined;
  /** Puts it in place, and ends its trial well, where that falls to this container. */
  readonly put: readonly Action[];
  readonly note: readonly Action[];
}

/** The steps of one container, none when it is as the profile wants it. */
export function planContainer(its: Case): Step[] {
  const { container, others } = its;
  if (container === undefined) return [...create(its, "no container yet", []), ...clear(its, others)];
  if (isLost(container)) {
    return [...create(its, `is ${container.state}`, [{ do: remove(container.name) }]), ...clear(its, others)];
  }
  const cause = replaceCause(its, container);
  if (cause !== undefined) return replace(its, container, cause);
  return [...keep(its, container), ...clear(its, others)];
}

/** A container that is what the profile wants: perhaps it does not run, perhaps its code moved on. */
function keep(its: Case, container: ObservedContainer): Step[] {
  const { want, delivery, observed, restartCause } = its;
  if (want.oneShot && hasCompleted(container) && delivery === undefined) return [];
  if (container.state !== "running") return startAgain(its, container);
  if (delivery !== undefined) return [takeUp(its, delivery)];
  if (restartCause !== undefined) return [restart(its, restartCause)];
  return isReady(want, container, observed) ? [] : [ready(its, "does not answer yet", dependencies(its))];
}

/** The head of a step: "replace books", or "replace books 2" of several. */
function stepOf(its: Case, kind: "create" | "start" | "ready", verb: string, cause: string) {
  const { service } = its.want;
  const { number } = its.made;
  const id = { create: createId, start: startId, ready: readyId }[kind](service.name, number);
  const which = its.isSeveral ? `${service.name} ${number}` : service.name;
  return { id, service: service.name, title: `${verb} ${which}`, cause };
}

/** The container under a name, on all of its networks, with its files in it. */
function making(its: Case, name: string, undo?: readonly Operation[]): Action[] {
  const { want, made } = its;
  const { network } = made.spec;
  const further = network.kind === "networks" ? network.endpoints.slice(1) : [];
  return [
    { do: { kind: "create", name, spec: made.spec }, ...(undo && { undo }) },
    ...further.map((endpoint): Action => ({ do: { kind: "connect", container: name, endpoint } })),
    ...provide(want.service, name, made.spec).map((operation) => ({ do: operation })),
  ];
}

function create(its: Case, cause: string, before: readonly Action[]): Step[] {
  const { made, put, delivery, ground } = its;
  const { required, attempted } = dependencies(its);
  const created = createId(its.want.service.name, made.number);
  return [
    {
      ...stepOf(its, "create", "create", cause),
      after: [...ground, ...sharedContainers(its)],
      actions: [...before, ...put, ...making(its, made.name)],
    },
    {
      ...stepOf(its, "start", "start", "just created"),
      after: [created, ...required],
      afterAttempt: attempted,
      actions: [{ do: start(made.name), undo: wayBack(delivery) }],
    },
    ready(its, "just started", { required: [startId(its.want.service.name, made.number)], attempted: [] }),
  ];
}

/** What is to run is put in place, then the container is started; a paused one, or one in a crash loop, stops first. */
function startAgain(its: Case, container: ObservedContainer): Step[] {
  const { want, made, put, putBack } = its;
  const halt: Action[] = isLive(container) ? [{ do: stop(made.name, want.service.stopGraceMs) }] : [];
  const { required, attempted } = dependencies(its);
  return [
    {
      ...stepOf(its, "start", "start", startCause(its, container)),
      after: required,
      afterAttempt: attempted,
      actions: [...putBack, ...halt, ...put, { do: start(made.name) }],
    },
    ready(its, "just started", { required: [startId(want.service.name, made.number)], attempted: [] }),
  ];
}

function startCause({ want, delivery, putBack }: Case, container: ObservedContainer): string {
  if (putBack.length > 0) return "its replacement was interrupted";
  if (container.state === "created") return "created but not started";
  if (want.oneShot && hasCompleted(container) && delivery !== undefined) return delivery.cause;
  return `is ${container.state}: ${container.statusText}`;
}

/** Waits until the service answers; new code that does not answer makes way for the last that did. */
function ready(its: Case, cause: string, { required, attempted }: Waits): Step {
  return {
    ...stepOf(its, "ready", "wait for", cause),
    after: required,
    afterAttempt: attempted,
    actions: [{ do: untilReady(its), undo: fallBack(its) }, ...its.note],
  };
}

const replica = ({ isSeveral, made }: Case) => (isSeveral ? { replica: made.number } : {});

const untilReady = (its: Case): Operation => {
  const { service, readyWhen } = its.want;
  return { kind: "await", service: service.name, ...replica(its), condition: readyWhen };
};

const restartProcess = (its: Case): Operation => ({
  kind: "restartProcess",
  service: its.want.service.name,
  ...replica(its),
  ...(its.delivery?.isReconfigured && { isReconfigured: true }),
});

/** The last good code, and its process started; what runs once to its end is not run again unasked. */
function fallBack(its: Case): Operation[] {
  const back = wayBack(its.delivery);
  return back.length === 0 || its.want.oneShot ? back : [...back, restartProcess(its)];
}

/** Steps that are waited for: some must have ended well, others only have ended. */
interface Waits {
  readonly required: readonly StepId[];
  readonly attempted: readonly StepId[];
}

/** A dependency that is replaced or updated starts and answers in one step; what is not in the plan falls away later. */
function dependencies({ want, desired }: Case): Waits {
  const steps = (of: readonly Dependency[]) =>
    of.flatMap(({ service, condition }) => {
      const there = desired.services.find((other) => other.service.name === service)?.containers ?? [];
      return there.flatMap(({ number }) =>
        condition === "service_started"
          ? [startId(service, number)]
          : [startId(service, number), readyId(service, number)],
      );
    });
  return {
    required: steps(want.dependencies.filter(({ required }) => required)),
    attempted: steps(want.dependencies.filter(({ required }) => !required)),
  };
}

/** Docker ties a container to the very one whose network, processes or memory it shares: that one has to be there. */
const sharedContainers = ({ want: { shares } }: Case): StepId[] =>
  shares.flatMap((service) => [createId(service), startId(service)]);

function replaceCause({ want, made, observed, groundMoved }: Case, container: ObservedContainer): string | undefined {
  if (container.hash !== made.spec.labels[LABEL.hash]) return "its definition changed";
  if (groundMoved !== undefined) return groundMoved;
  if (isTiedToAnother(made, container, observed)) return "the container whose network it was in is gone";
  const image = observed.images.get(want.image.name);
  return image !== undefined && image.id !== container.imageId ? "its image changed" : undefined;
}

function isTiedToAnother(
  { spec: { network } }: DesiredContainer,
  { networkOf }: ObservedContainer,
  { containers }: Observed,
): boolean {
  if (network.kind !== "container") return false;
  const other = containers.find(({ name }) => name === network.container);
  return other !== undefined && networkOf !== undefined && other.id !== networkOf;
}

/**
 * Replace under a temporary name, and only this container: the old one is kept aside until the new one answers, and
 * comes back, with its code, when it does not. It is removed by a step of its own, because a removal that fails must
 * not take back a replacement that succeeded.
 */
function replace(its: Case, old: ObservedContainer, cause: string): Step[] {
  const { want, made, delivery, ground, put, note, putBack, others, isInterrupted } = its;
  const { service } = want;
  const { name } = made;
  const [fresh, aside] = [freshName(name), asideName(name)];
  // Its code first: the old one must not start with the new one's.
  const revive = [...wayBack(delivery), ...reconnected(its, name), start(name)];
  const stopOld: Action[] = isLive(old) ? [{ do: stop(name, service.stopGraceMs), undo: revive }] : [];
  const wasStoppedEarlier = isInterrupted && !isLive(old) && !want.oneShot;
  const { required, attempted } = dependencies(its);
  const step: Step = {
    ...stepOf(its, "start", "replace", cause),
    after: [...ground, ...required],
    afterAttempt: attempted,
    actions: [
      ...putBack,
      ...others.map((other) => ({ do: remove(other.name) })),
      ...put,
      ...making(its, fresh, [remove(fresh)]),
      ...stopOld,
      { do: rename(name, aside), undo: [rename(aside, name), ...(wasStoppedEarlier ? revive : [])] },
      { do: rename(fresh, name), undo: [rename(name, fresh)] },
      { do: start(name), undo: [stop(name, service.stopGraceMs)] },
      { do: untilReady(its) },
      ...note,
    ],
  };
  return [step, removal(its, aside, "replaced", [step.id])];
}

/** A container cannot start on a network that was made anew, even under its old name, until it is put on it again. */
function reconnected({ made, ground }: Case, name: string): Operation[] {
  const { network } = made.spec;
  const endpoints = network.kind === "networks" ? network.endpoints : [];
  return endpoints
    .filter((endpoint) => ground.includes(networkStepId(endpoint.network)))
    .map((endpoint) => ({ kind: "connect", container: name, endpoint, again: true }));
}

/** A running container whose code moved on: only its process is restarted. */
function takeUp(its: Case, delivery: Delivery): Step {
  const { required, attempted } = dependencies(its);
  return {
    ...stepOf(its, "start", "update", delivery.cause),
    after: required,
    afterAttempt: attempted,
    actions: [...its.put, { do: restartProcess(its), undo: fallBack(its) }, { do: untilReady(its) }, ...its.note],
  };
}

/** A running container that holds on to what another one was: an address, a connection, a network. */
function restart(its: Case, cause: string): Step {
  const { want, made } = its;
  const { required, attempted } = dependencies(its);
  return {
    ...stepOf(its, "start", "restart", cause),
    after: required,
    afterAttempt: attempted,
    actions: [
      { do: stop(made.name, want.service.stopGraceMs), undo: [start(made.name)] },
      { do: start(made.name) },
      { do: untilReady(its) },
    ],
  };
}

/** Removes what an interrupted replacement left behind, once the service itself is well. */
const clear = (its: Case, others: readonly ObservedContainer[]): Step[] => {
  const { name } = its.want.service;
  const after = [startId(name, its.made.number), readyId(name, its.made.number)];
  return others.map((other) => removal(its, other.name, "left behind by an interrupted replacement", after));
};

const removal = ({ want }: Case, container: string, cause: string, after: readonly StepId[]): Step => ({
  id: `remove:${container}`,
  service: want.service.name,
  title: `remove ${container}`,
  cause,
  after,
  actions: [{ do: remove(container) }],
});
