import type { ObservedContainer } from "../model/container.ts";
import type { Action, Step, StepId } from "../model/operation.ts";
import {
  type Case,
  dependencies,
  fallBack,
  making,
  removal,
  restartProcess,
  stepOf,
  untilReady,
  type Waits,
} from "./container-case.ts";
import { hasCompleted, isLive, isLost, isReady, remove, start, stop } from "./found.ts";
import { type Delivery, wayBack } from "./plan-delivery.ts";
import { replace, replaceCause } from "./plan-replace.ts";
import { createId, readyId, startId } from "./step-ids.ts";

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

/** Docker ties a container to the very one whose network, processes or memory it shares: that one has to be there. */
const sharedContainers = ({ want: { shares } }: Case): StepId[] =>
  shares.flatMap((service) => [createId(service), startId(service)]);

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
