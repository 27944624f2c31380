import { withLock } from "../host/lock.ts";
import type { ServiceName } from "../model/names.ts";
import type { Profile } from "../model/profile.ts";
import { bringNamed, NotBrought } from "./bring-named.ts";
import { type Cluster, clusterLock } from "./cluster.ts";
import type { Machine } from "./machine.ts";
import { wantedOf } from "./wanted.ts";

/**
 * Brings the containers of these services to what the profile says, by the plan of `up`: makes those that are missing
 * and starts those that do not run. Their code stays as the pointers have it, whether it is on trial or good.
 * @throws Failure that names the steps that failed.
 */
export async function remake(
  services: readonly ServiceName[],
  profile: Profile,
  cluster: Cluster,
  machine: Machine,
): Promise<void> {
  const lock = { wait: true, command: `devenv watch ${profile.name}`, signal: machine.signal };
  const named = new Set(services);
  try {
    await withLock(clusterLock(cluster), lock, () =>
      bringNamed(wantedOf(profile, machine), cluster, { only: named, kept: named, note: () => {} }, machine),
    );
  } catch (thrown) {
    throw thrown instanceof NotBrought ? thrown.cause : thrown;
  }
}

/** Whether anything of the cluster is there: after a `devenv down` no container of it is wanted. */
export async function isUp({ daemon, name }: Cluster): Promise<boolean> {
  const { containers, networks } = await daemon.observe(name);
  return containers.length + networks.length > 0;
}
