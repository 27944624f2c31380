import type { Action, Operation, Step, StepId } from "../model/operation.ts";
import type { Dependency } from "../model/profile.ts";
import type { Desired, DesiredContainer, DesiredService } from "./desired.ts";
import { type Found, remove } from "./found.ts";
import type { Observed } from "./observed.ts";
import { type Delivery, wayBack } from "./plan-delivery.ts";
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

/** The head of a step: "replace books", or "replace books 2" of several. */
export function stepOf(its: Case, kind: "create" | "start" | "ready", verb: string, cause: string) {
  const { service } = its.want;
  const { number } = its.made;
  const id = { create: createId, start: startId, ready: readyId }[kind](service.name, number);
  const which = its.isSeveral ? `${service.name} ${number}` : service.name;
  return { id, service: service.name, title: `${verb} ${which}`, cause };
}

/** The container under a name, on all of its networks, with its files in it. */
export function making(its: Case, name: string, undo?: readonly Operation[]): Action[] {
  const { want, made } = its;
  const { network } = made.spec;
  const further = network.kind === "networks" ? network.endpoints.slice(1) : [];
  return [
    { do: { kind: "create", name, spec: made.spec }, ...(undo && { undo }) },
    ...further.map((endpoint): Action => ({ do: { kind: "connect", container: name, endpoint } })),
    ...provide(want.service, name, made.spec).map((operation) => ({ do: operation })),
  ];
}

const replica = ({ isSeveral, made }: Case) => (isSeveral ? { replica: made.number } : {});

export const untilReady = (its: Case): Operation => {
  const { service, readyWhen } = its.want;
  return { kind: "await", service: service.name, ...replica(its), condition: readyWhen };
};

export const restartProcess = (its: Case): Operation => ({
  kind: "restartProcess",
  service: its.want.service.name,
  ...replica(its),
  ...(its.delivery?.isReconfigured && { isReconfigured: true }),
});

/** The last good code, its process started and waited for; what runs once to its end is not run again unasked. */
export function fallBack(its: Case): Operation[] {
  const back = wayBack(its.delivery);
  return back.length === 0 || its.want.oneShot ? back : [...back, restartProcess(its), untilReady(its)];
}

/** Steps that are waited for: some must have ended well, others only have ended. */
export interface Waits {
  readonly required: readonly StepId[];
  readonly attempted: readonly StepId[];
}

/** A dependency that is replaced or updated starts and answers in one step; what is not in the plan falls away later. */
export function dependencies({ want, desired }: Case): Waits {
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

/** A step that removes a container. */
export const removal = ({ want }: Case, container: string, cause: string, after: readonly StepId[]): Step => ({
  id: `remove:${container}`,
  service: want.service.name,
  title: `remove ${container}`,
  cause,
  after,
  actions: [{ do: remove(container) }],
});
