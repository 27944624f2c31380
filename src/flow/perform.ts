import type { ServiceOffers } from "../artifact/source.ts";
import { type ImageSetting, prepareBaseImages, prepareImage } from "../docker/base-image.ts";
import { importEmptyImage } from "../docker/empty-image.ts";
import { LABEL } from "../model/container.ts";
import type { ServiceName } from "../model/names.ts";
import type { Operation } from "../model/operation.ts";
import type { Profile, Service } from "../model/profile.ts";
import type { Perform, StepProgress } from "./apply.ts";
import type { Cluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";
import { fetchRelease } from "./releases.ts";
import { ServiceContainer } from "./service-container.ts";

/** The executor's hands: each operation of the plan as one call. */
export function performer(
  profile: Profile,
  cluster: Cluster,
  offers: ReadonlyMap<ServiceName, ServiceOffers>,
  machine: Machine,
): Perform {
  const { daemon } = cluster;
  const services = new Map(profile.services.map((service) => [service.name, service]));
  return async (operation, progress, signal) => {
    switch (operation.kind) {
      case "createNetwork":
        return daemon.createNetwork(operation.name, operation.labels);
      case "createVolume":
        return daemon.createVolume(operation.name, operation.labels);
      case "removeNetwork":
        return daemon.removeNetwork(operation.name);
      case "removeVolume":
        return daemon.removeVolume(operation.name);
      case "create":
        await daemon.create(operation.name, operation.spec);
        return;
      case "start":
        return daemon.start(operation.container);
      case "stop":
        return daemon.stop(operation.container, operation.graceMs);
      case "rename":
        return daemon.rename(operation.container, operation.name);
      case "remove":
        return daemon.remove(operation.container);
      case "emptyImage":
      case "pullImage":
      case "buildImage":
        return image(operation, cluster, machine, progress, signal);
      case "deliver":
        return deliver(operation, known(services, operation.service), cluster, offers, machine, progress);
      case "commit":
        return cluster.mount.record({ service: operation.service, good: operation.release });
      case "restartProcess":
        return withContainer(known(services, operation.service), cluster, machine, (container) => container.restart());
      case "await":
        return unlessAborted(
          signal,
          withContainer(known(services, operation.service), cluster, machine, (container) =>
            operation.condition === "service_completed_successfully"
              ? container.expectCompleted(signal)
              : container.expectReady(signal),
          ),
        );
      default:
        return operation satisfies never;
    }
  };
}

/**
 * A wait that is cut short has shown nothing: its step has to go back, not to pass. And a daemon that says nothing any
 * more must not hold up the one who ends the waiting.
 */
async function unlessAborted(signal: AbortSignal, waiting: Promise<void>): Promise<void> {
  const cut = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  await (signal.aborted ? undefined : Promise.race([waiting, cut]));
  waiting.catch(() => undefined);
  signal.throwIfAborted();
}

function known(services: ReadonlyMap<ServiceName, Service>, name: ServiceName): Service {
  const service = services.get(name);
  if (service === undefined) throw new Error(`the plan names ${name}, which is not in the profile`);
  return service;
}

async function withContainer(
  service: Service,
  cluster: Cluster,
  machine: Machine,
  body: (container: ServiceContainer) => Promise<void>,
): Promise<void> {
  const container = new ServiceContainer(service, cluster, machine);
  try {
    await body(container);
  } finally {
    container.close();
  }
}

type ImageOperation = Extract<Operation, { kind: "emptyImage" | "pullImage" | "buildImage" }>;

async function image(
  operation: ImageOperation,
  cluster: Cluster,
  machine: Machine,
  progress: StepProgress,
  signal: AbortSignal,
): Promise<void> {
  const { daemon } = cluster;
  const setting: ImageSetting = { daemon, processes: machine.processes, platform: cluster.endpoint.platform };
  switch (operation.kind) {
    case "emptyImage":
      return importEmptyImage(daemon);
    case "pullImage":
      return prepareImage(operation.image, setting, progress, signal);
    case "buildImage":
      await prepareBaseImages(operation.build, setting, progress, signal);
      return daemon.buildImage(
        operation.image,
        operation.build,
        { [LABEL.context]: operation.context },
        progress,
        signal,
      );
  }
}

async function deliver(
  operation: Extract<Operation, { kind: "deliver" }>,
  service: Service,
  cluster: Cluster,
  offers: ReadonlyMap<ServiceName, ServiceOffers>,
  machine: Machine,
  progress: StepProgress,
): Promise<void> {
  const { release, good } = operation;
  const { platform } = cluster.endpoint;
  await fetchRelease(service, release, platform, offers, machine.store, (note) => progress({ note }));
  const { name } = service;
  const trial = { release, since: new Date(machine.clock.now()).toISOString() };
  await cluster.mount.record(good === undefined ? { service: name, good: release } : { service: name, good, trial });
  await cluster.mount.point(name, release);
}
