import type { ObservedContainer } from "../model/container.ts";
import { failed } from "../model/failure.ts";
import { effectiveMode, isForwarded, type ModeChoices, modeText } from "../model/mode.ts";
import type { ServiceName } from "../model/names.ts";
import type { Profile, Service } from "../model/profile.ts";
import { type Cluster, findCluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";
import { readModes } from "./modes.ts";
import { ServiceContainers } from "./service-containers.ts";
import { containersOf, namedServices } from "./services.ts";

export interface Restarted {
  readonly service: ServiceName;
  /** From the order to the first answer, in milliseconds. */
  readonly ms: number;
}

/**
 * `devenv restart`: each named service takes its code up anew in its own container, in the way its profile names; after
 * them those that asked to be restarted with them (`depends_on: { restart: true }`), each after what it depends on.
 * @throws Failure when one does not answer after it (exit code 1), with its last lines.
 */
export async function restart(profile: Profile, names: readonly string[], machine: Machine): Promise<Restarted[]> {
  const services = namedServices(profile, names);
  const cluster = await findCluster(profile, machine);
  try {
    const choices = readModes(cluster.folder);
    for (const service of services) refuseForwarded(service, choices);
    const restarted: Restarted[] = [];
    for (let wave = services; wave.length > 0; ) {
      restarted.push(...(await Promise.all(wave.map((service) => restartOne(service, cluster, machine)))));
      const done = new Set(restarted.map(({ service }) => service));
      const { containers } = await cluster.daemon.observe(cluster.name);
      const runs = (service: Service) =>
        !isForwarded(effectiveMode(service, choices).mode) &&
        containersOf(cluster, service, containers).some(isRunning);
      wave = followers(profile, wave).filter((service) => !done.has(service.name) && runs(service));
    }
    return restarted;
  } finally {
    cluster.daemon.close();
  }
}

/** @throws Failure (exit code 1) for a service whose program is not in its container. */
function refuseForwarded(service: Service, choices: ModeChoices): void {
  const { mode } = effectiveMode(service, choices);
  if (!isForwarded(mode)) return;
  throw failed(`${service.name} is in mode ${modeText(mode)}: there is no process of it here to restart`, {
    hint: `Restart it where it runs, or bring it back with \`devenv use ${service.name}=ci\`.`,
  });
}

const isRunning = ({ state }: ObservedContainer): boolean => state === "running";

/** The services that are to be restarted after one of these. */
function followers({ services }: Profile, moved: readonly Service[]): Service[] {
  const names = new Set(moved.map(({ name }) => name));
  return services.filter(({ dependsOn }) => dependsOn.some(({ service, restart }) => restart && names.has(service)));
}

async function restartOne(service: Service, cluster: Cluster, machine: Machine): Promise<Restarted> {
  const begun = machine.clock.monotonic();
  const container = new ServiceContainers(service, cluster, machine);
  try {
    await container.restart();
    await container.expectReady(machine.signal);
    machine.signal.throwIfAborted();
    return { service: service.name, ms: machine.clock.monotonic() - begun };
  } finally {
    container.close();
  }
}
