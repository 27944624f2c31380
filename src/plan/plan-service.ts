import { LABEL, type ObservedContainer } from "../model/container.ts";
import type { Action, Operation, Step, StepId } from "../model/operation.ts";
import type { Dependency } from "../model/profile.ts";
import type { DesiredService } from "./desired.ts";
import {
  asideName,
  type Found,
  find,
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
import { commit, type Delivery, planDelivery, putInPlace, wayBack } from "./plan-delivery.ts";

/** What the planning of one service must know of the rest of the plan. */
export interface Circumstances {
  readonly observed: Observed;
  /** Steps that make the network, the volumes and the image. */
  readonly ground: readonly StepId[];
  /** Steps that free a port which the service wants. */
  readonly portsFreed: readonly StepId[];
  /** Why a container must be replaced whatever it is like: "its image is made anew". */
  readonly groundMoved: string | undefined;
}

/** One service between what is wanted and what was found. */
interface Case extends Circumstances, Found {
  readonly want: DesiredService;
  readonly delivery: Delivery | undefined;
}

const createId = (service: string): StepId => `create:${service}`;
const startId = (service: string): StepId => `start:${service}`;
const readyId = (service: string): StepId => `ready:${service}`;

/** The steps of one service, none when it is as the profile wants it. */
export function planService(want: DesiredService, around: Circumstances): Step[] {
  const { observed } = around;
  const found = find(want, observed);
  const its: Case = { ...around, ...found, want, delivery: planDelivery(want, observed) };
  const { container } = found;
  if (container === undefined) return [...create(its, "no container yet", []), ...clear(its, found.others)];
  if (isLost(container)) {
    return [...create(its, `is ${container.state}`, [{ do: remove(container.name) }]), ...clear(its, found.others)];
  }
  const cause = replaceCause(its, container);
  if (cause !== undefined) return replace(its, container, cause);
  return [...keep(its, container), ...clear(its, found.others)];
}

/** A container that is what the profile wants: perhaps it does not run, perhaps its code moved on. */
function keep(its: Case, container: ObservedContainer): Step[] {
  const { want, delivery, observed } = its;
  if (want.oneShot && hasCompleted(container) && delivery === undefined) return [];
  if (container.state !== "running") return startAgain(its, container);
  if (delivery !== undefined) return [takeUp(its, delivery)];
  return isReady(want, container, observed) ? [] : [ready(its, "does not answer yet", dependencies(want))];
}

function create(its: Case, cause: string, before: readonly Action[]): Step[] {
  const { want, delivery, ground, portsFreed } = its;
  const { service, containerName: name, spec } = want;
  return [
    {
      id: createId(service.name),
      service: service.name,
      title: `create ${service.name}`,
      cause,
      after: ground,
      actions: [...before, ...putInPlace(delivery), { do: { kind: "create", name, spec } }],
    },
    {
      id: startId(service.name),
      service: service.name,
      title: `start ${service.name}`,
      cause: "just created",
      after: [createId(service.name), ...portsFreed, ...dependencies(want)],
      actions: [{ do: start(name), undo: wayBack(delivery) }],
    },
    ready(its, "just started", [startId(service.name)]),
  ];
}

/** What is to run is put in place, then the container is started; a paused one, or one in a crash loop, stops first. */
function startAgain(its: Case, container: ObservedContainer): Step[] {
  const { want, delivery, putBack, portsFreed } = its;
  const { service, containerName: name } = want;
  const halt: Action[] = isLive(container) ? [{ do: stop(name, service.stopGraceMs) }] : [];
  return [
    {
      id: startId(service.name),
      service: service.name,
      title: `start ${service.name}`,
      cause: startCause(its, container),
      after: [...portsFreed, ...dependencies(want)],
      actions: [...putBack, ...halt, ...putInPlace(delivery), { do: start(name) }],
    },
    ready(its, "just started", [startId(service.name)]),
  ];
}

function startCause({ want, delivery, putBack }: Case, container: ObservedContainer): string {
  if (putBack.length > 0) return "its replacement was interrupted";
  if (container.state === "created") return "created but not started";
  if (want.oneShot && hasCompleted(container) && delivery !== undefined) return delivery.cause;
  return `is ${container.state}: ${container.statusText}`;
}

/** Waits until the service answers; new code that does not answer makes way for the last that did. */
function ready({ want, delivery }: Case, cause: string, after: readonly StepId[]): Step {
  const service = want.service.name;
  return {
    id: readyId(service),
    service,
    title: `wait for ${service}`,
    cause,
    after,
    actions: [{ do: untilReady(want), undo: fallBack(want, delivery) }, ...commit(delivery)],
  };
}

const untilReady = ({ service, readyWhen }: DesiredService): Operation => ({
  kind: "await",
  service: service.name,
  condition: readyWhen,
});

/** The last good code, and its process started; what runs once to its end is not run again unasked. */
function fallBack({ service, oneShot }: DesiredService, delivery: Delivery | undefined): Operation[] {
  const back = wayBack(delivery);
  return back.length === 0 || oneShot ? back : [...back, { kind: "restartProcess", service: service.name }];
}

/** A dependency that is replaced or updated starts and answers in one step; what is not in the plan falls away later. */
const stepsToWaitFor = ({ service, condition }: Dependency): StepId[] =>
  condition === "service_started" ? [startId(service)] : [startId(service), readyId(service)];

const dependencies = ({ service }: DesiredService): StepId[] => service.dependsOn.flatMap(stepsToWaitFor);

function replaceCause({ want, observed, groundMoved }: Case, container: ObservedContainer): string | undefined {
  if (container.hash !== want.spec.labels[LABEL.hash]) return "its definition changed";
  if (groundMoved !== undefined) return groundMoved;
  const image = observed.images.get(want.image.name);
  return image !== undefined && image.id !== container.imageId ? "its image changed" : undefined;
}

/**
 * Replace under a temporary name, and only this container: the old one is kept aside until the new one answers, and
 * comes back, with its code, when it does not. It is removed by a step of its own, because a removal that fails must
 * not take back a replacement that succeeded.
 */
function replace(its: Case, old: ObservedContainer, cause: string): Step[] {
  const { want, delivery, ground, portsFreed, putBack, others, isInterrupted } = its;
  const { service, containerName: name, spec } = want;
  const [fresh, aside] = [freshName(name), asideName(name)];
  // Its code first: the old one must not start with the new one's.
  const revive = [...wayBack(delivery), start(name)];
  const stopOld: Action[] = isLive(old) ? [{ do: stop(name, service.stopGraceMs), undo: revive }] : [];
  const wasStoppedEarlier = isInterrupted && !isLive(old) && !want.oneShot;
  const step: Step = {
    id: startId(service.name),
    service: service.name,
    title: `replace ${service.name}`,
    cause,
    after: [...ground, ...portsFreed, ...dependencies(want)],
    actions: [
      ...putBack,
      ...others.map((other) => ({ do: remove(other.name) })),
      ...putInPlace(delivery),
      { do: { kind: "create", name: fresh, spec }, undo: [remove(fresh)] },
      ...stopOld,
      { do: rename(name, aside), undo: [rename(aside, name), ...(wasStoppedEarlier ? revive : [])] },
      { do: rename(fresh, name), undo: [rename(name, fresh)] },
      { do: start(name), undo: [stop(name, service.stopGraceMs)] },
      { do: untilReady(want) },
      ...commit(delivery),
    ],
  };
  return [step, removal(its, aside, "replaced", [startId(service.name)])];
}

/** A running container whose code moved on: only its process is restarted. */
function takeUp({ want }: Case, delivery: Delivery): Step {
  const service = want.service.name;
  return {
    id: startId(service),
    service,
    title: `update ${service}`,
    cause: delivery.cause,
    after: dependencies(want),
    actions: [
      ...putInPlace(delivery),
      { do: { kind: "restartProcess", service }, undo: fallBack(want, delivery) },
      { do: untilReady(want) },
      ...commit(delivery),
    ],
  };
}

/** Removes what an interrupted replacement left behind, once the service itself is well. */
const clear = (its: Case, others: readonly ObservedContainer[]): Step[] => {
  const { name } = its.want.service;
  const after = [startId(name), readyId(name)];
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
