import { join } from "node:path";
import { type Artifacts, type Mount, openMount } from "../delivery/mount.ts";
import { openPush } from "../delivery/push/push.ts";
import { loadLibrary } from "../docker/client.ts";
import type { Daemon } from "../docker/daemon.ts";
import { clusterFolder } from "../host/folders.ts";
import { describeHolder, type LockOptions, lockHolder, takeLock, withLock } from "../host/lock.ts";
import type { Endpoint } from "../model/endpoint.ts";
import { environmentFailure, type Failure } from "../model/failure.ts";
import type { ClusterName, ServiceName } from "../model/names.ts";
import type { Profile } from "../model/profile.ts";
import { clusterLabels } from "../plan/desired.ts";
import { triedInVain } from "../provider/choose.ts";
import { deliveryOn } from "./capabilities.ts";
import { type LearningDaemon, learningSecrets } from "./container-secrets.ts";
import { daemonsFor } from "./daemons.ts";
import type { Machine } from "./machine.ts";
import { upCommand } from "./up-command.ts";

/** One cluster with the daemon it is on: what most flows begin with. */
export interface Cluster {
  readonly name: ClusterName;
  readonly endpoint: Endpoint;
  readonly daemon: LearningDaemon;
  readonly mount: Mount;
  /** Where its mount, its delivery records and its locks lie. */
  readonly folder: string;
}

/** Connects to a cluster on a daemon that is known. */
export async function openCluster(profile: Profile, endpoint: Endpoint, machine: Machine): Promise<Cluster> {
  const { name, services } = profile;
  const folder = clusterFolder(machine.folders, name);
  const connected = await machine.connect(endpoint.address);
  const mount = mountFor(profile, { daemon: connected, endpoint, folder, artifacts: machine.store });
  const close = () => {
    mount.close();
    connected.close();
  };
  const daemon = learningSecrets({ ...connected, close }, services, machine.secrets);
  return { name, endpoint, daemon, mount, folder };
}

interface MountSetting {
  readonly daemon: Daemon;
  readonly endpoint: Endpoint;
  /** The cluster's. */
  readonly folder: string;
  readonly artifacts: Artifacts;
}

/** What brings artifacts to the containers of a cluster, as its profile wants it or else as its daemon can. */
function mountFor(profile: Profile, { daemon, endpoint, folder, artifacts }: MountSetting): Mount {
  const local = openMount(folder, artifacts);
  if (deliveryOn(endpoint, profile.delivery) === "mount") return local;
  const isBusy = async (service: string) => {
    const holder = await lockHolder(swapLock({ folder }, service));
    return holder !== undefined && holder.pid !== process.pid;
  };
  const labels = clusterLabels(profile, endpoint.provider);
  return openPush(local, { daemon, cluster: profile.name, labels, artifacts, isBusy });
}

/**
 * Finds the daemon that a cluster is on. Which one that is, is kept in no file: it is the answering daemon that has
 * objects with the cluster's label, else the first that the profile's provider allows.
 * @throws Failure (environment) that says what was tried when no daemon answers, and that of a daemon that answers no
 *   more where none of the others has the cluster: it may be there.
 */
export async function findCluster(profile: Profile, machine: Machine): Promise<Cluster> {
  void loadLibrary(); // while the daemons are asked
  const candidates = await daemonsFor(profile, machine);
  const clusters = await Promise.all(candidates.map((endpoint) => openCluster(profile, endpoint, machine)));
  const [first] = clusters;
  if (first === undefined) throw await nowhere(profile, machine);
  if (clusters.length === 1) return first;
  const home = await homeAmong(clusters);
  if (home !== undefined) return closeOthers(home, clusters);
  const allowed = clusters.find(({ endpoint }) => endpoint.provider === profile.provider);
  return closeOthers(allowed ?? first, clusters);
}

async function homeAmong(clusters: readonly Cluster[]): Promise<Cluster | undefined> {
  const failures: unknown[] = [];
  for (const cluster of clusters) {
    const seen = await cluster.daemon.observe(cluster.name).catch((thrown: unknown) => void failures.push(thrown));
    if (seen && seen.containers.length + seen.networks.length + seen.volumes.length > 0) return cluster;
  }
  if (failures.length === 0) return undefined;
  for (const { daemon } of clusters) daemon.close();
  throw failures[0];
}

async function nowhere(profile: Profile, machine: Machine): Promise<Failure> {
  return environmentFailure(`no Docker daemon answers, so cluster ${profile.name} is not running`, {
    problems: (await triedInVain(machine, machine.signal)).map(({ what, outcome }) => ({
      message: `${what}: ${outcome}`,
    })),
    hint: `Start Docker, or bring the cluster up with \`${upCommand(profile)}\`.`,
  });
}

function closeOthers(chosen: Cluster, all: readonly Cluster[]): Cluster {
  for (const cluster of all) if (cluster !== chosen) cluster.daemon.close();
  return chosen;
}

/** The lock that a swap of one service holds from its delivery to its commit. */
export const swapLock = (cluster: Pick<Cluster, "folder">, service: string): string =>
  join(cluster.folder, "locks", service);

/** The lock that `up`, `use`, `down` and `reset` of a cluster hold. */
export const clusterLock = (cluster: Pick<Cluster, "folder">): string => join(cluster.folder, "locks", "_cluster");

/**
 * Runs the body with the swap locks of these services and the cluster's, which is the last: a swap that has begun comes
 * to its end first, and may itself wait for that one.
 */
export async function withSwapLocks<T>(
  cluster: Pick<Cluster, "folder">,
  services: readonly ServiceName[],
  options: LockOptions,
  body: () => Promise<T>,
): Promise<T> {
  const locks = [...services].sort().map((name) => swapLock(cluster, name));
  const inside = locks.reduceRight<() => Promise<T>>(
    (rest, lock) => () => withLock(lock, options, rest),
    () => withLock(clusterLock(cluster), options, body),
  );
  return inside();
}

/** The lock of those who change the modes that were chosen: held while they are read and written, and no longer. */
export const modesLock = (cluster: Pick<Cluster, "folder">): string => join(cluster.folder, "locks", "_modes");

/** The lock of the one `devenv watch` of a cluster: a second one would restart every service twice for one save. */
export const watchLock = (cluster: Pick<Cluster, "folder">): string => join(cluster.folder, "locks", "_watch");

/** The lock that the one relay of a cluster holds as long as it lives. */
export const relayLock = (cluster: Pick<Cluster, "folder">): string => join(cluster.folder, "locks", "_relay");

/** Resolves when no `up`, `down` or `reset` of the cluster is under way; who is waited for is told. */
export async function clusterIsFree(cluster: Cluster, { bus, clock, signal }: Machine): Promise<void> {
  const holder = await lockHolder(clusterLock(cluster));
  if (holder === undefined) return;
  bus.dispatch({ type: "paused", at: clock.now(), reason: `waiting for ${describeHolder(holder)}` });
  const release = await takeLock(clusterLock(cluster), { wait: true, signal });
  release();
  bus.dispatch({ type: "resumed", at: clock.now() });
}
