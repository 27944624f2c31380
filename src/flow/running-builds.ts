import { containerPlatformHere } from "../artifact/platforms.ts";
import { openMount } from "../delivery/mount.ts";
import { clusterFolder } from "../host/folders.ts";
import type { BuildName, Platform, Release } from "../model/artifact.ts";
import type { DeliveryRecord } from "../model/delivery.ts";
import { Failure } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { Profile } from "../model/profile.ts";
import { releaseInPlace } from "../state/service-status.ts";
import { findCluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";

/** What there is of a cluster's code, whether it runs or not. */
export interface BuildsHere {
  /** The daemon's; where none answers, what one of this machine would be. */
  readonly platform: Platform;
  /** The services that have a running container, with the build in it; none for code that nobody has a name for. */
  readonly running: ReadonlyMap<ServiceName, BuildName>;
  /** The releases that the journal knows, what is newest to it first. */
  readonly known: ReadonlyMap<ServiceName, readonly Release[]>;
}

/** Looks at the daemon, as far as one answers, and at the journal. */
export async function buildsHere(profile: Profile, machine: Machine): Promise<BuildsHere> {
  const deliveries = openMount(clusterFolder(machine.folders, profile.name), machine.store).observe(
    profile.services.map(({ name }) => name),
  );
  const { platform, services } = await runningServices(profile, machine);
  const running = [...deliveries].flatMap(([name, delivery]) => {
    const release = services.has(name) ? releaseInPlace(delivery) : undefined;
    return release === undefined ? [] : [[name, release.artifact.build] as const];
  });
  const known = [...deliveries].map(([name, { record }]) => [name, releasesOf(record)] as const);
  return { platform, running: new Map(running), known: new Map(known) };
}

async function runningServices(profile: Profile, machine: Machine) {
  try {
    const { daemon, endpoint } = await findCluster(profile, machine);
    try {
      const { containers } = await daemon.observe(profile.name);
      const own = containers.filter(({ state, isForwarder }) => state === "running" && !isForwarder);
      return { platform: endpoint.platform, services: new Set(own.map(({ service }) => service)) };
    } finally {
      daemon.close();
    }
  } catch (thrown) {
    if (thrown instanceof Failure && thrown.class === "environment")
      return { platform: containerPlatformHere(), services: new Set() };
    throw thrown;
  }
}

/** Each build once. */
function releasesOf(record: DeliveryRecord | undefined): Release[] {
  const releases = [record?.trial?.release, record?.good, record?.previous, record?.rolledBack?.from];
  const byBuild = new Map<BuildName, Release>();
  for (const release of releases) {
    if (release !== undefined && !byBuild.has(release.artifact.build)) byBuild.set(release.artifact.build, release);
  }
  return [...byBuild.values()];
}
