import type { ObservedContainer } from "../model/container.ts";
import type { Action, Step, StepId } from "../model/operation.ts";
import type { Case, Circumstances } from "./container-case.ts";
import type { DesiredContainer, DesiredService } from "./desired.ts";
import { find, isLive, remove, stop, surplus } from "./found.ts";
import type { Observed } from "./observed.ts";
import { planContainer } from "./plan-container.ts";
import { commit, type Delivery, planDelivery, putInPlace } from "./plan-delivery.ts";
import { createId, readyId, startId } from "./step-ids.ts";

/** The steps of one service, none when it is as the profile wants it. */
export function planService(want: DesiredService, around: Circumstances): Step[] {
  const delivery = planDelivery(want, around.observed);
  const { containers } = want;
  const isSeveral = containers.length > 1;
  // A build on trial goes to all containers or to none: what puts it in place, takes it up and notes it is one step.
  const isJoint = isSeveral && delivery?.good !== undefined;
  const cases = containers.map((made, index): Case => {
    const parts = isJoint || index > 0 ? { put: [], note: [] } : { put: putInPlace(delivery), note: commit(delivery) };
    return { ...around, ...find(want, made.name, around.observed), want, made, isSeveral, delivery, ...parts };
  });
  const steps = inTurn(cases);
  return [...(isJoint ? inOneStep(want, delivery, steps) : steps), ...clearSurplus(want, around.observed)];
}

/** One container after the other, so that the service answers all the time; new ones at once. */
function inTurn(cases: readonly Case[]): Step[] {
  const [first] = cases;
  return cases.flatMap((its, index) => {
    const steps = planContainer(its);
    const { name } = its.want.service;
    const number = its.made.number;
    const before = cases[index - 1];
    if (before === undefined) return steps;
    const takesTurns = its.container !== undefined ? [before.made.number] : [];
    const turn = takesTurns.flatMap((earlier) => [startId(name, earlier), readyId(name, earlier)]);
    // The first puts new code in place for all.
    const code = its.delivery === undefined || first === undefined ? [] : [createId(name, 1), startId(name, 1)];
    const mine = new Set([createId(name, number), startId(name, number), readyId(name, number)]);
    return steps.map((step) =>
      step.id === startId(name, number)
        ? { ...step, after: [...step.after, ...code, ...turn].filter((id) => !mine.has(id) || step.after.includes(id)) }
        : step,
    );
  });
}

/** The work on all containers in a row: when one does not take the new code, all go back. */
function inOneStep({ service }: DesiredService, delivery: Delivery, steps: readonly Step[]): Step[] {
  const isWork = ({ id }: Step) => !id.startsWith("remove:");
  const work = steps.filter(isWork);
  const ids = new Set(work.map(({ id }) => id));
  const outside = (after: readonly StepId[]) => after.filter((id) => !ids.has(id));
  const step: Step = {
    id: startId(service.name),
    service: service.name,
    title: `update ${service.name}`,
    cause: delivery.cause,
    after: outside(work.flatMap(({ after }) => after)),
    afterAttempt: outside(work.flatMap(({ afterAttempt = [] }) => afterAttempt)),
    actions: [...putInPlace(delivery), ...work.flatMap(({ actions }) => actions), ...commit(delivery)],
  };
  const removals = steps.filter((one) => !isWork(one)).map((one) => ({ ...one, after: [step.id] }));
  return [step, ...removals];
}

/** Removes the containers that a service has no more, once those that it has are well. */
function clearSurplus(want: DesiredService, observed: Observed): Step[] {
  const { service, containers } = want;
  const after = containers.flatMap(({ number }) => [startId(service.name, number), readyId(service.name, number)]);
  return surplus(want, observed).map((container): Step => {
    const halt: Action[] = isLive(container) ? [{ do: stop(container.name, service.stopGraceMs) }] : [];
    return {
      id: `remove:${container.name}`,
      service: service.name,
      title: `remove ${container.name}`,
      cause: surplusCause(container, containers),
      after,
      actions: [...halt, { do: remove(container.name) }],
    };
  });
}

function surplusCause({ number, name }: ObservedContainer, containers: readonly DesiredContainer[]): string {
  if (name.endsWith(".new") || name.endsWith(".old")) return "left behind by an interrupted replacement";
  return number > containers.length ? `scaled to ${containers.length}` : "its container has another name now";
}
