import { isSameRelease, type Release } from "../model/artifact.ts";
import { LABEL, type ObservedContainer } from "../model/container.ts";
import type { ObservedDelivery } from "../model/delivery.ts";
import type { Action, Operation, Step, StepId } from "../model/operation.ts";
import type { Dependency, DependencyCondition } from "../model/profile.ts";
import type { Desired, DesiredService } from "./desired.ts";
import type { Observed } from "./observed.ts";

interface Circumstances {
  readonly desired: Desired;
  readonly observed: Observed;
  /** Steps of the network, the volumes and the image, where there are any. */
  readonly ground: readonly StepId[];
  /** The container under the service's own name. */
  readonly container: ObservedContainer | undefined;
  /** Its image is made anew in this plan. */
  readonly imageChanged: boolean;
}

const createId = (service: string): StepId => `create:${service}`;
const startId = (service: string): StepId => `start:${service}`;
const readyId = (service: string): StepId => `ready:${service}`;

/** The steps of one service, none when it is as the profile wants it. */
export function planService(want: DesiredService, around: Circumstances): Step[] {
  const leftovers = leftoverSteps(want, around);
  const { container } = around;
  if (container === undefined) return [...create(want, around), ...leftovers];
  const cause = replaceCause(want, container, around);
  if (cause !== undefined) return [...replace(want, container, cause, around), ...leftovers];
  if (want.oneShot && hasCompleted(container)) return leftovers;
  if (container.state !== "running") return [...startAgain(want, container, around), ...leftovers];
  return [...update(want, around), ...leftovers];
}

/** Docker tells the exit code of an ended container in its status text only, unless each one is inspected. */
const hasCompleted = (container: ObservedContainer): boolean =>
  container.state === "exited" && container.statusText.startsWith("Exited (0)");

function create(want: DesiredService, around: Circumstances): Step[] {
  const { service, containerName, spec } = want;
  const delivery = deliveryActions(want, around);
  return [
    {
      id: createId(service.name),
      service: service.name,
      title: `create ${service.name}`,
      cause: "no container yet",
      after: around.ground,
      actions: [...delivery, { do: { kind: "create", name: containerName, spec } }],
    },
    start(want, "just created", [createId(service.name)]),
    ready(want, "just started"),
  ];
}

/** A container that is what the profile wants but does not run: what is to run is put in place, then it is started. */
function startAgain(want: DesiredService, container: ObservedContainer, around: Circumstances): Step[] {
  const cause =
    container.state === "created" ? "created but not started" : `is ${container.state}: ${container.statusText}`;
  const step = start(want, cause, []);
  return [{ ...step, actions: [...deliveryActions(want, around), ...step.actions] }, ready(want, "just started")];
}

function start(want: DesiredService, cause: string, after: readonly StepId[]): Step {
  const { service, containerName } = want;
  return {
    id: startId(service.name),
    service: service.name,
    title: `start ${service.name}`,
    cause,
    after: [...after, ...service.dependsOn.flatMap(stepsToWaitFor)],
    actions: [{ do: { kind: "start", container: containerName } }],
  };
}

function ready(want: DesiredService, cause: string): Step {
  const { service } = want;
  return {
    id: readyId(service.name),
    service: service.name,
    title: `wait for ${service.name}`,
    cause,
    after: [startId(service.name)],
    actions: [{ do: { kind: "await", service: service.name, condition: conditionOf(want) } }],
  };
}

/** Ready means healthy where health can be told, else that it runs; dependents that want a completed run say so. */
function conditionOf(want: DesiredService): DependencyCondition {
  if (want.oneShot) return "service_completed_successfully";
  const tellsHealth = want.service.ready !== undefined || want.service.healthcheck !== undefined;
  return tellsHealth ? "service_healthy" : "service_started";
}

/** A replacement starts and awaits in one step, so both are named; those that are not in the plan fall away. */
const stepsToWaitFor = ({ service, condition }: Dependency): StepId[] =>
  condition === "service_started" ? [startId(service)] : [startId(service), readyId(service)];

/** Puts the release in place before a start. What was there before, if anything, comes back with a failed replacement. */
function deliveryActions(want: DesiredService, around: Circumstances): Action[] {
  const { release, service } = want;
  if (release === undefined) return [];
  const there = around.observed.deliveries.get(service.name);
  if (pointsAt(there, release) && there?.record?.trial === undefined) return [];
  const deliver: Operation = { kind: "deliver", service: service.name, release, good: undefined };
  return [{ do: deliver, undo: wayBack(want, release, there?.record?.good) }];
}

function wayBack({ service }: DesiredService, release: Release, good: Release | undefined): Operation[] {
  if (good === undefined || isSameRelease(good, release)) return [];
  return [{ kind: "deliver", service: service.name, release: good, good: undefined }];
}

const pointsAt = (there: ObservedDelivery | undefined, release: Release): boolean =>
  there !== undefined &&
  there.artifact === release.artifact.digest &&
  there.config === release.config &&
  there.record !== undefined;

function replaceCause(want: DesiredService, container: ObservedContainer, around: Circumstances): string | undefined {
  if (container.hash !== want.spec.labels[LABEL.hash]) return "its definition changed";
  const image = around.observed.images.get(want.image.name);
  if (around.imageChanged) return "its image is made anew";
  return image !== undefined && image.id !== container.imageId ? "its image changed" : undefined;
}

/**
 * Replace under a temporary name, and only this container: the old one is kept aside until the new one answers, and
 * comes back when it does not (the cluster always answers).
 */
function replace(want: DesiredService, old: ObservedContainer, cause: string, around: Circumstances): Step[] {
  const { service, containerName: name, spec } = want;
  const fresh = `${name}.new`;
  const aside = `${name}.old`;
  const wasRunning = old.state === "running";
  const stopOld: Action = { do: stop(name, service.stopGraceMs), undo: [{ kind: "start", container: name }] };
  const step: Step = {
    id: startId(service.name),
    service: service.name,
    title: `replace ${service.name}`,
    cause,
    after: [...around.ground, ...service.dependsOn.flatMap(stepsToWaitFor)],
    actions: [
      ...clearNames([fresh, aside], around),
      ...deliveryActions(want, around),
      { do: { kind: "create", name: fresh, spec }, undo: [{ kind: "remove", container: fresh }] },
      ...(wasRunning ? [stopOld] : []),
      { do: rename(name, aside), undo: [rename(aside, name)] },
      { do: rename(fresh, name), undo: [rename(name, fresh)] },
      { do: { kind: "start", container: name }, undo: [stop(name, service.stopGraceMs)] },
      { do: { kind: "await", service: service.name, condition: conditionOf(want) } },
      { do: { kind: "remove", container: aside } },
    ],
  };
  return [step];
}

const stop = (container: string, graceMs: number): Operation => ({ kind: "stop", container, graceMs });
const rename = (container: string, name: string): Operation => ({ kind: "rename", container, name });

const clearNames = (names: readonly string[], around: Circumstances): Action[] =>
  around.observed.containers
    .filter((container) => names.includes(container.name))
    .map((container) => ({ do: { kind: "remove", container: container.name } }));

/** A running container that is what the profile wants: perhaps its code moved on, perhaps it does not answer yet. */
function update(want: DesiredService, around: Circumstances): Step[] {
  const { service, release } = want;
  const there = around.observed.deliveries.get(service.name);
  if (release !== undefined) {
    const cause = updateCause(there, release);
    if (cause !== undefined) return [takeUp(want, release, there?.record?.good, cause)];
  }
  if (around.observed.ready.has(service.name)) return [];
  return [{ ...ready(want, "does not answer yet"), after: [] }];
}

function updateCause(there: ObservedDelivery | undefined, release: Release): string | undefined {
  if (there?.record?.trial !== undefined) return "a swap was interrupted";
  if (pointsAt(there, release)) return undefined;
  return isSameRelease(there?.record?.good, release) ? "its code was moved away" : `${release.artifact.build} is there`;
}

function takeUp(want: DesiredService, release: Release, good: Release | undefined, cause: string): Step {
  const service = want.service.name;
  const restart: Operation = { kind: "restartProcess", service };
  const back = wayBack(want, release, good);
  return {
    id: startId(service),
    service,
    title: `update ${service}`,
    cause,
    after: [],
    actions: [
      { do: { kind: "deliver", service, release, good }, undo: back.length > 0 ? [...back, restart] : [] },
      { do: restart },
      { do: { kind: "await", service, condition: conditionOf(want) } },
      { do: { kind: "commit", service, release } },
    ],
  };
}

/** What an interrupted replacement left behind under its temporary names. */
function leftoverSteps(want: DesiredService, around: Circumstances): Step[] {
  const willReplace = around.container !== undefined && replaceCause(want, around.container, around) !== undefined;
  if (willReplace) return [];
  return around.observed.containers
    .filter((other) => other.service === want.service.name && other.name !== want.containerName)
    .map((other) => ({
      id: `remove:${other.name}`,
      service: want.service.name,
      title: `remove ${other.name}`,
      cause: "left behind by an interrupted replacement",
      after: [readyId(want.service.name)],
      actions: [{ do: { kind: "remove", container: other.name } }],
    }));
}
