import { Failure } from "../model/failure.ts";
import type { Profile } from "../model/profile.ts";
import { type Cluster, findCluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";

/** The cluster where something of it runs, to be closed; undefined where nothing does, or no daemon answers. */
export async function runningCluster(profile: Profile, machine: Machine): Promise<Cluster | undefined> {
  try {
    const cluster = await findCluster(profile, machine);
    const { containers } = await cluster.daemon.observe(profile.name);
    if (containers.some(({ state }) => state === "running")) return cluster;
    cluster.daemon.close();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Failure && thrown.class === "environment") return undefined;
    throw thrown;
  }
}
