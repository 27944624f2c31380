import { join } from "node:path";
import { type Mount, openMount } from "../delivery/mount.ts";
import type { Daemon } from "../docker/daemon.ts";
import { clusterFolder } from "../host/folders.ts";
import type { Endpoint } from "../model/endpoint.ts";
import { environmentFailure } from "../model/failure.ts";
import type { ClusterName } from "../model/names.ts";
import type { Profile } from "../model/profile.ts";
import { findEndpoints } from "../provider/choose.ts";
import type { Machine } from "./machine.ts";

/** One cluster with the daemon it is on: what most flows begin with. */
export interface Cluster {
  readonly name: ClusterName;
  readonly endpoint: Endpoint;
  readonly daemon: Daemon;
  readonly mount: Mount;
  /** Where its mount, its delivery records and its locks lie. */
  readonly folder: string;
}

/** Connects to a cluster on a daemon that is known. */
export async function openCluster(name: ClusterName, endpoint: Endpoint, machine: Machine): Promise<Cluster> {
  const folder = clusterFolder(machine.folders, name);
  const daemon = await machine.connect(endpoint.address);
  return { name, endpoint, daemon, mount: openMount(folder, machine.store), folder };
}

/**
 * Finds the daemon that a cluster is on. Which one that is, is kept in no file: it is the answering daemon that has
 * objects with the cluster's label, else the first that the profile's provider allows.
 * @throws Failure (environment) when no daemon answers.
 */
export async function findCluster(profile: Profile, machine: Machine): Promise<Cluster> {
  const candidates = await findEndpoints(machine, machine.signal);
  const clusters = await Promise.all(candidates.map((endpoint) => openCluster(profile.name, endpoint, machine)));
  const [only] = clusters;
  if (only !== undefined && clusters.length === 1) return only;
  for (const cluster of clusters) {
    const { containers } = await cluster.daemon.observe(profile.name);
    if (containers.length > 0) return closeOthers(cluster, clusters);
  }
  if (only !== undefined) return closeOthers(only, clusters);
  throw environmentFailure(`no Docker daemon answers, so cluster ${profile.name} is not running`, {
    hint: `Bring it up with \`devenv up ${profile.name}\`.`,
  });
}

function closeOthers(chosen: Cluster, all: readonly Cluster[]): Cluster {
  for (const cluster of all) if (cluster !== chosen) cluster.daemon.close();
  return chosen;
}

/** The lock that a swap of one service holds from its delivery to its commit. */
export const swapLock = (cluster: Cluster, service: string): string => join(cluster.folder, "locks", service);

/** The lock that `up`, `down` and `reset` of a cluster hold. */
export const clusterLock = (cluster: Cluster): string => join(cluster.folder, "locks", "_cluster");
