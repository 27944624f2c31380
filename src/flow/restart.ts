import type { ServiceName } from "../model/names.ts";
import type { Profile, Service } from "../model/profile.ts";
import { type Cluster, findCluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";
import { ServiceContainer } from "./service-container.ts";
import { namedServices } from "./services.ts";

export interface Restarted {
  readonly service: ServiceName;
  /** From the order to the first answer, in milliseconds. */
  readonly ms: number;
}

/**
 * `devenv restart`: each named service takes its code up anew in its own container, in the way its profile names.
 * @throws Failure when one does not answer after it (exit code 1), with its last lines.
 */
export async function restart(profile: Profile, names: readonly string[], machine: Machine): Promise<Restarted[]> {
  const services = namedServices(profile, names);
  const cluster = await findCluster(profile, machine);
  try {
    return await Promise.all(services.map((service) => restartOne(service, cluster, machine)));
  } finally {
    cluster.daemon.close();
  }
}

async function restartOne(service: Service, cluster: Cluster, machine: Machine): Promise<Restarted> {
  const begun = machine.clock.monotonic();
  const container = new ServiceContainer(service, cluster, machine);
  try {
    await container.restart();
    await container.expectReady(machine.signal);
    machine.signal.throwIfAborted();
    return { service: service.name, ms: machine.clock.monotonic() - begun };
  } finally {
    container.close();
  }
}
