import { containerPlatformHere } from "../artifact/platforms.ts";
import { openMount } from "../delivery/mount.ts";
import { clusterFolder } from "../host/folders.ts";
import type { Platform } from "../model/artifact.ts";
import type { ObservedDelivery } from "../model/delivery.ts";
import { Failure } from "../model/failure.ts";
import { effectiveMode, type ModeChoices, modeText } from "../model/mode.ts";
import type { ServiceName } from "../model/names.ts";
import type { Profile, Service } from "../model/profile.ts";
import { releaseInPlace } from "../state/service-status.ts";
import { type Cluster, findCluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";
import { readModes } from "./modes.ts";

/** Where what is fetched is to go. */
export interface FetchPlace {
  /** To be closed; undefined where nothing of it runs. */
  readonly cluster: Cluster | undefined;
  /** The daemon's; this machine's where none answers. */
  readonly platform: Platform;
  /** The services that have a running container of their own. */
  readonly running: ReadonlySet<ServiceName>;
}

export async function findPlace(profile: Profile, machine: Machine): Promise<FetchPlace> {
  try {
    const cluster = await findCluster(profile, machine);
    const { containers } = await cluster.daemon.observe(profile.name);
    const running = containers.filter(({ state, isForwarder }) => state === "running" && !isForwarder);
    const { platform } = cluster.endpoint;
    if (running.length > 0) return { cluster, platform, running: new Set(running.map(({ service }) => service)) };
    cluster.daemon.close();
    return { cluster: undefined, platform, running: new Set() };
  } catch (thrown) {
    if (!(thrown instanceof Failure && thrown.class === "environment")) throw thrown;
    return { cluster: undefined, platform: containerPlatformHere(), running: new Set() };
  }
}

/** What lies in the mount of a cluster, whether it runs or not. */
export function deliveriesOf(profile: Profile, { folders, store }: Machine): Map<ServiceName, ObservedDelivery> {
  const mount = openMount(clusterFolder(folders, profile.name), store);
  return mount.observe(profile.services.map(({ name }) => name));
}

export interface Leaving {
  readonly place: FetchPlace;
  readonly choices: ModeChoices;
  readonly deliveries: ReadonlyMap<ServiceName, ObservedDelivery>;
}

/** As it is at this moment. */
export const leavingOf = (profile: Profile, place: FetchPlace, machine: Machine): Leaving => ({
  place,
  choices: readModes(clusterFolder(machine.folders, profile.name)),
  deliveries: deliveriesOf(profile, machine),
});

/** Why CI's build of a service is not swapped in though it is there; undefined where it is. */
export function whyLeft(service: Service, { place, choices, deliveries }: Leaving): string | undefined {
  const { mode } = effectiveMode(service, choices);
  if (mode !== undefined && mode.kind !== "ci") return `it is in mode ${modeText(mode)}`;
  const build = releaseInPlace(deliveries.get(service.name))?.artifact.build;
  if (mode === undefined && build?.startsWith("local:"))
    return `it runs ${build}; \`devenv use ${service.name}=ci\` takes CI's`;
  if (place.cluster === undefined) return "the cluster does not run";
  return place.running.has(service.name) ? undefined : "it does not run";
}
