import type { ObservedContainer } from "../model/container.ts";
import type { ServiceName } from "../model/names.ts";
import type { Plan, Step, StepId } from "../model/operation.ts";
import type { Desired, DesiredImage, DesiredService } from "./desired.ts";
import type { Observed } from "./observed.ts";
import { planService } from "./plan-service.ts";

/**
 * What to do so that the observed becomes the desired: a graph of steps, each with its cause. Pure; an empty plan means
 * that nothing is to be done. Containers are created at once and started as soon as what they depend on is there.
 */
export function planUp(desired: Desired, observed: Observed): Plan {
  const ground = [...networkSteps(desired, observed), ...volumeSteps(desired, observed)];
  const images = imageSteps(desired, observed);
  const planned = new Set([...ground, ...images].map((step) => step.id));
  const services = desired.services.flatMap((service) =>
    planService(service, {
      desired,
      observed,
      ground: [...ground.map((step) => step.id), ...[imageStepId(service.image.name)].filter((id) => planned.has(id))],
      container: canonicalContainer(service, observed),
      imageChanged: planned.has(imageStepId(service.image.name)),
    }),
  );
  return { steps: withExistingEdges([...ground, ...images, ...services, ...orphanSteps(desired, observed)]) };
}

const canonicalContainer = (service: DesiredService, observed: Observed): ObservedContainer | undefined =>
  observed.containers.find((container) => container.name === service.containerName);

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

function volumeSteps({ volumes, labels }: Desired, observed: Observed): Step[] {
  return volumes
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

function imageSteps(desired: Desired, observed: Observed): Step[] {
  const wanted = new Map(desired.services.map(({ image }) => [image.name, image]));
  return [...wanted.values()].flatMap((image) => imageStep(image, observed));
}

function imageStep(image: DesiredImage, observed: Observed): Step[] {
  const there = observed.images.get(image.name);
  const id = imageStepId(image.name);
  const cause = "not on the daemon yet";
  switch (image.kind) {
    case "empty":
      if (there) return [];
      return [
        {
          id,
          title: "make the empty image",
          cause,
          after: [],
          actions: [{ do: { kind: "emptyImage", image: image.name } }],
        },
      ];
    case "pull":
      if (there) return [];
      return [
        {
          id,
          title: `get image ${image.name}`,
          cause,
          after: [],
          actions: [{ do: { kind: "pullImage", image: image.name } }],
        },
      ];
    case "build":
      if (there?.context === image.context) return [];
      return [
        {
          id,
          title: `build image ${image.name}`,
          cause: there ? "its build context changed" : cause,
          after: [],
          actions: [{ do: { kind: "buildImage", image: image.name, build: image.build, context: image.context } }],
        },
      ];
  }
}

/** Containers with our label whose service is no longer in the profile. */
function orphanSteps(desired: Desired, observed: Observed): Step[] {
  const wanted = new Set<ServiceName>(desired.services.map(({ service }) => service.name));
  return observed.containers
    .filter((container) => !wanted.has(container.service))
    .map((container) => ({
      id: `remove:${container.name}`,
      service: container.service,
      title: `remove ${container.name}`,
      cause: `${container.service} is no longer in the profile`,
      after: [],
      actions: [{ do: { kind: "remove", container: container.name } }],
    }));
}

/** Drops edges to steps that turned out not to be needed: what needs no step is already as it shall be. */
function withExistingEdges(steps: readonly Step[]): Step[] {
  const ids = new Set(steps.map((step) => step.id));
  return steps.map((step) => ({ ...step, after: step.after.filter((id) => ids.has(id)) }));
}
