import { isFor } from "../model/artifact.ts";
import type { Action, Step, StepId } from "../model/operation.ts";
import type { Desired, DesiredImage, DesiredService } from "./desired.ts";
import type { DesiredNetwork } from "./desired-networks.ts";
import { isLive, stop } from "./found.ts";
import type { Observed } from "./observed.ts";

export const networkStepId = (name: string): StepId => `network:${name}`;
export const imageStepId = (name: string): StepId => `image:${name}`;

/** The services that are planned for, and whether these are all of the cluster. */
interface Part {
  readonly wanted: readonly DesiredService[];
  readonly isWhole: boolean;
}

/**
 * Makes the networks that are missing, and makes those anew whose definition changed, as Compose does; the latter only
 * where the whole cluster is planned for, because everything on such a network goes down with it.
 */
export function networkSteps(desired: Desired, { wanted, isWhole }: Part, observed: Observed): Step[] {
  const used = new Set(
    wanted.flatMap(({ containers }) =>
      containers.flatMap(({ spec: { network: on } }) =>
        on.kind === "networks" ? on.endpoints.map(({ network }) => network) : [],
      ),
    ),
  );
  return desired.networks
    .filter(({ network }) => isWhole || used.has(network.name))
    .flatMap((wanted) => {
      const there = observed.networks.find(({ name }) => name === wanted.network.name);
      if (there === undefined) return [createNetwork(wanted)];
      const isChanged = there.hash !== undefined && there.hash !== wanted.hash;
      return isChanged && isWhole ? [recreateNetwork(wanted, desired, observed)] : [];
    });
}

const createAction = ({ network, labels }: DesiredNetwork): Action => ({
  do: { kind: "createNetwork", name: network.name, network, labels },
});

const createNetwork = (wanted: DesiredNetwork): Step => ({
  id: networkStepId(wanted.network.name),
  title: `create network ${wanted.network.name}`,
  cause: "no network yet",
  after: [],
  actions: [createAction(wanted)],
});

/** A network that containers run on cannot be removed. They are replaced once it is there again. */
function recreateNetwork(wanted: DesiredNetwork, desired: Desired, observed: Observed): Step {
  const { name } = wanted.network;
  const graces = new Map(desired.services.map(({ service }) => [service.name, service.stopGraceMs]));
  const running = observed.containers.filter((container) => isLive(container) && name in container.networks);
  return {
    id: networkStepId(name),
    title: `make network ${name} anew`,
    cause: "its definition changed",
    after: [],
    actions: [
      ...running.map((container) => ({ do: stop(container.name, graces.get(container.service) ?? 10_000) })),
      { do: { kind: "removeNetwork", name } },
      createAction(wanted),
    ],
  };
}

/** Makes the volumes that are missing. One that is there is never removed, whatever the profile says of it now. */
export function volumeSteps(desired: Desired, { wanted, isWhole }: Part, observed: Observed): Step[] {
  const mounted = new Set(
    wanted.flatMap(({ containers }) =>
      containers.flatMap(({ spec }) => spec.mounts.map((mount) => mount.kind === "volume" && mount.source)),
    ),
  );
  return desired.volumes
    .filter(({ name }) => isWhole || mounted.has(name))
    .filter(({ name }) => !observed.volumes.some((there) => there.name === name))
    .map((volume) => ({
      id: `volume:${volume.name}`,
      title: `create volume ${volume.name}`,
      cause: "no volume yet",
      after: [],
      actions: [
        { do: { kind: "createVolume", name: volume.name, volume, labels: { ...volume.labels, ...desired.labels } } },
      ],
    }));
}

/** Gets the images that are missing on the daemon, and builds those whose build context changed. */
export function imageSteps(wanted: readonly DesiredService[], observed: Observed): Step[] {
  const needed = wanted.filter(({ containers }) => containers.length > 0);
  const images = new Map(needed.map(({ image }) => [image.name, image]));
  return [...images.values()].flatMap((image) => imageStep(image, observed));
}

function imageStep(image: DesiredImage, observed: Observed): Step[] {
  const cause = imageCause(image, observed);
  return cause === undefined ? [] : [{ id: imageStepId(image.name), cause, after: [], ...imageWork(image) }];
}

function imageCause(image: DesiredImage, observed: Observed): string | undefined {
  const there = observed.images.get(image.name);
  if (there === undefined) return "not on the daemon yet";
  if (image.kind === "build") return there.context === image.context ? undefined : "its build context changed";
  if (image.kind === "empty" || there.platform === undefined || isFor(there.platform, image.platform)) return undefined;
  return `the one on the daemon is for ${there.platform.os}/${there.platform.arch}`;
}

function imageWork(image: DesiredImage): Pick<Step, "title" | "actions"> {
  const { name } = image;
  switch (image.kind) {
    case "empty":
      return { title: "make the empty image", actions: [{ do: { kind: "emptyImage", image: name } }] };
    case "pull": {
      const platform = image.platform === undefined ? {} : { platform: image.platform };
      return { title: `get image ${name}`, actions: [{ do: { kind: "pullImage", image: name, ...platform } }] };
    }
    case "build": {
      const { build, context } = image;
      return { title: `build image ${name}`, actions: [{ do: { kind: "buildImage", image: name, build, context } }] };
    }
  }
}
