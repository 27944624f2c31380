import type { ObservedContainer } from "../model/container.ts";
import type { ServiceName } from "../model/names.ts";
import type { Action, Plan, Step, StepId } from "../model/operation.ts";
import type { Desired, DesiredImage, DesiredService } from "./desired.ts";
import { isLive, remove, stop } from "./found.ts";
import type { Observed } from "./observed.ts";
import { planService } from "./plan-service.ts";

export interface PlanScope {
  /** Plan for these services alone, and for what they stand on; all others, orphans too, are left as they are. */
  readonly only?: ReadonlySet<ServiceName>;
}

/**
 * What to do so that the observed becomes the desired: a graph of steps, each with its cause. Pure; an empty plan means
 * that nothing is to be done. Containers are created at once and started as soon as what they depend on is there.
 */
export function planUp(desired: Desired, observed: Observed, { only }: PlanScope = {}): Plan {
  const wanted = desired.services.filter(({ service }) => only === undefined || only.has(service.name));
  const networks = networkSteps(desired, observed);
  const volumes = volumeSteps(desired, wanted, observed);
  const images = imageSteps(wanted, observed);
  const services = wanted.flatMap((want) => {
    const image = images.filter(({ id }) => id === imageStepId(want.image.name));
    return planService(want, {
      observed,
      ground: [...networks, ...volumes, ...image].map(({ id }) => id),
      portsFreed: orphansInTheWay(want, desired, observed).map(orphanStepId),
      groundMoved: groundMoved(networks, image),
    });
  });
  const orphans = only === undefined ? orphansOf(desired, observed).map(orphanStep) : [];
  return { steps: withExistingEdges([...networks, ...volumes, ...images, ...services, ...orphans]) };
}

/** A container stays bound to the network and the image that it was made with. */
function groundMoved(networks: readonly Step[], image: readonly Step[]): string | undefined {
  if (networks.length > 0) return "its network is made anew";
  return image.length > 0 ? "its image is made anew" : undefined;
}

function networkSteps({ network, labels }: Desired, observed: Observed): Step[] {
  if (observed.networks.includes(network)) return [];
  return [
    {
      id: "network",
      title: `create network ${network}`,
      cause: "no network yet",
      after: [],
      actions: [{ do: { kind: "createNetwork", name: network, labels } }],
    },
  ];
}

function volumeSteps(
  { volumes, labels, services }: Desired,
  wanted: readonly DesiredService[],
  observed: Observed,
): Step[] {
  const mounted = new Set(
    wanted.flatMap(({ spec }) => spec.mounts.map((mount) => (mount.kind === "volume" ? mount.source : undefined))),
  );
  return volumes
    .filter((name) => wanted.length === services.length || mounted.has(name))
    .filter((name) => !observed.volumes.includes(name))
    .map((name) => ({
      id: `volume:${name}`,
      title: `create volume ${name}`,
      cause: "no volume yet",
      after: [],
      actions: [{ do: { kind: "createVolume", name, labels } }],
    }));
}

const imageStepId = (name: string): StepId => `image:${name}`;

function imageSteps(wanted: readonly DesiredService[], observed: Observed): Step[] {
  const images = new Map(wanted.map(({ image }) => [image.name, image]));
  return [...images.values()].flatMap((image) => imageStep(image, observed));
}

function imageStep(image: DesiredImage, observed: Observed): Step[] {
  const there = observed.images.get(image.name);
  const upToDate = image.kind === "build" ? there?.context === image.context : there !== undefined;
  if (upToDate) return [];
  const cause = there === undefined ? "not on the daemon yet" : "its build context changed";
  return [{ id: imageStepId(image.name), cause, after: [], ...imageWork(image) }];
}

function imageWork(image: DesiredImage): Pick<Step, "title" | "actions"> {
  const { name } = image;
  switch (image.kind) {
    case "empty":
      return { title: "make the empty image", actions: [{ do: { kind: "emptyImage", image: name } }] };
    case "pull":
      return { title: `get image ${name}`, actions: [{ do: { kind: "pullImage", image: name } }] };
    case "build": {
      const { build, context } = image;
      return { title: `build image ${name}`, actions: [{ do: { kind: "buildImage", image: name, build, context } }] };
    }
  }
}

/** Grace of a container whose service nobody describes any more: Docker's own. */
const ORPHAN_GRACE_MS = 10_000;

/** Containers with our label whose service is no longer in the profile. */
function orphansOf(desired: Desired, observed: Observed): ObservedContainer[] {
  const wanted = new Set<ServiceName>(desired.services.map(({ service }) => service.name));
  return observed.containers.filter((container) => !wanted.has(container.service));
}

const orphanStepId = (orphan: ObservedContainer): StepId => `remove:${orphan.name}`;

function orphanStep(orphan: ObservedContainer): Step {
  const halt: Action[] = isLive(orphan) ? [{ do: stop(orphan.name, ORPHAN_GRACE_MS) }] : [];
  return {
    id: orphanStepId(orphan),
    service: orphan.service,
    title: `remove ${orphan.name}`,
    cause: `${orphan.service} is no longer in the profile`,
    after: [],
    actions: [...halt, { do: remove(orphan.name) }],
  };
}

/** A service that was renamed wants the port that its old self still holds. */
const orphansInTheWay = ({ service }: DesiredService, desired: Desired, observed: Observed): ObservedContainer[] =>
  orphansOf(desired, observed).filter(({ ports }) =>
    ports.some((held) => service.ports.some((port) => port.hostPort > 0 && port.hostPort === held.hostPort)),
  );

/** Drops edges to steps that turned out not to be needed: what needs no step is already as it shall be. */
function withExistingEdges(steps: readonly Step[]): Step[] {
  const ids = new Set(steps.map((step) => step.id));
  return steps.map((step) => ({ ...step, after: step.after.filter((id) => ids.has(id)) }));
}
