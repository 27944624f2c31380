import { type ImageSetting, prepareBaseImages, prepareImage } from "../docker/base-image.ts";
import type { Daemon } from "../docker/daemon.ts";
import { importEmptyImage } from "../docker/empty-image.ts";
import { provideFiles } from "../docker/provide.ts";
import type { Release } from "../model/artifact.ts";
import { LABEL } from "../model/container.ts";
import { type DeliveryRecord, type ObservedDelivery, settlingRelease } from "../model/delivery.ts";
import { EXIT, type Failure } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { Operation } from "../model/operation.ts";
import type { Profile, Service } from "../model/profile.ts";
import type { Perform, StepProgress } from "./apply.ts";
import type { CiChoice } from "./ci-release.ts";
import type { Cluster } from "./cluster.ts";
import { fetchRelease } from "./fetch-release.ts";
import { makeHostFolders } from "./host-folders.ts";
import type { Machine } from "./machine.ts";
import type { ProvidedContents } from "./secrets.ts";
import { ServiceContainer } from "./service-container.ts";

/** What operations take from elsewhere than the daemon; a plan that only takes down needs none of it. */
export interface Supplies {
  /** What CI offers, and what brings it into the store. */
  readonly ci?: Pick<CiChoice, "ci" | "downloads">;
  readonly contents?: ProvidedContents;
  /** Has the relay lead what the modes want. */
  readonly lead?: () => Promise<void>;
}

/** The executor's hands: each operation of the plan as one call. */
export function performer(profile: Profile, cluster: Cluster, supplies: Supplies, machine: Machine): Perform {
  const { daemon } = cluster;
  const services = new Map(profile.services.map((service) => [service.name, service]));
  return async (operation, progress, signal, undoing) => {
    switch (operation.kind) {
      case "createNetwork":
        return daemon.createNetwork(operation.name, operation.network, operation.labels);
      case "createVolume":
        return daemon.createVolume(operation.name, operation.volume, operation.labels);
      case "removeNetwork":
        return daemon.removeNetwork(operation.name);
      case "removeVolume":
        return daemon.removeVolume(operation.name);
      case "create":
        await makeHostFolders(operation.spec.mounts);
        await daemon.create(operation.name, operation.spec);
        return;
      case "connect":
        if (operation.again) await daemon.disconnectNetwork(operation.container, operation.endpoint.network);
        return daemon.connectNetwork(operation.container, operation.endpoint);
      case "provide":
        return provide(operation, daemon, supplies.contents);
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
        return deliver(operation, known(services, operation.service), {
          ...{ cluster, machine, progress, signal, undoing },
          ci: expectCi(supplies),
        });
      case "relay":
        return lead(supplies);
      case "commit":
        return cluster.mount.record({ service: operation.service, good: operation.release });
      case "restartProcess":
        return withContainer(operation, services, cluster, machine, async (container) => {
          await container.restart({ isReconfigured: operation.isReconfigured });
          // Only who heard the restart knows which of its lines came after it; the wait that follows finds one of them.
          if (container.service.ready?.kind === "log")
            await container.expectReady(undoing === undefined ? signal : machine.signal);
        });
      case "await":
        return unlessAborted(
          signal,
          withContainer(operation, services, cluster, machine, (container) =>
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
  { service, replica }: { readonly service: ServiceName; readonly replica?: number | undefined },
  services: ReadonlyMap<ServiceName, Service>,
  cluster: Cluster,
  machine: Machine,
  body: (container: ServiceContainer) => Promise<void>,
): Promise<void> {
  const container = new ServiceContainer(known(services, service), cluster, machine, replica);
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
      return prepareImage(operation.image, setting, progress, signal, operation.platform);
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

async function lead({ lead: leadAll }: Supplies): Promise<void> {
  if (leadAll === undefined) throw new Error("nobody said where the relay is to lead");
  await leadAll();
}

async function provide(
  { container, service, files, volumes }: Extract<Operation, { kind: "provide" }>,
  daemon: Daemon,
  contents: ProvidedContents | undefined,
): Promise<void> {
  if (contents === undefined) throw new Error(`nobody read the files of ${service}`);
  const filled = files.map((file) => ({ ...file, content: contents.of(service, file.target) }));
  await provideFiles(daemon, container, filled, volumes);
}

function expectCi({ ci }: Supplies): NonNullable<Supplies["ci"]> {
  if (ci === undefined) throw new Error("nobody said where code comes from");
  return ci;
}

interface DeliverContext {
  readonly cluster: Cluster;
  readonly machine: Machine;
  readonly ci: NonNullable<Supplies["ci"]>;
  readonly progress: StepProgress;
  readonly signal: AbortSignal;
  /** Why it is put back, where it takes the place of code that did not come up. */
  readonly undoing: Failure | undefined;
}

async function deliver(
  operation: Extract<Operation, { kind: "deliver" }>,
  service: Service,
  { cluster, machine, ci: { ci, downloads }, progress, signal, undoing }: DeliverContext,
): Promise<void> {
  const { release } = operation;
  if (undoing !== undefined && isInPlace(release, cluster.mount.observe([service.name]).get(service.name))) return;
  const { platform } = cluster.endpoint;
  const { store } = machine;
  await fetchRelease(service, release, { platform, builds: ci.builds, downloads, store, progress, signal });
  await cluster.mount.record(recordOf(operation, new Date(machine.clock.now()).toISOString(), undoing));
  await cluster.mount.point(service.name, release);
}

/** Whether nothing was moved, so that there is nothing to take back: a download failed, say. */
function isInPlace({ artifact, config }: Release, there: ObservedDelivery | undefined): boolean {
  if (there?.record === undefined) return false;
  // What a delivery puts on trial has not answered yet: this is what settled before it, and it still does.
  if (settlingRelease(there.record) !== undefined) return true;
  return there.record.trial === undefined && there.artifact === artifact.digest && there.config === config;
}

/** What the journal says of code that is put in place. An interrupted `up` shows nothing about the code it took back. */
function recordOf(
  { service, release, good, rolledBack: from }: Extract<Operation, { kind: "deliver" }>,
  now: string,
  undoing: Failure | undefined,
): DeliveryRecord {
  if (good !== undefined) return { service, good, trial: { release, since: now } };
  if (from === undefined || undoing === undefined || undoing.exitCode === EXIT.interrupted)
    return { service, good: release };
  return { service, good: release, rolledBack: { from, reason: undoing.message, at: now } };
}
