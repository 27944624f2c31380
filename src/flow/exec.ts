import type { ExecOptions } from "../docker/daemon.ts";
import type { Profile } from "../model/profile.ts";
import { findCluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";
import { namedService, runningContainer } from "./services.ts";

/**
 * `devenv exec`: runs a program in a service's container and gives its exit code.
 * @param number which of its containers, from 1 on; the first that runs when undefined
 */
export async function exec(
  profile: Profile,
  name: string,
  number: number | undefined,
  machine: Machine,
  options: ExecOptions,
): Promise<number> {
  const service = namedService(profile, name);
  const cluster = await findCluster(profile, machine);
  try {
    const container = await runningContainer(profile, service, cluster, number);
    return await cluster.daemon.exec(container.id, { ...options, signal: machine.signal });
  } finally {
    cluster.daemon.close();
  }
}
