import type { ContainerDetail, ObservedContainer } from "../model/container.ts";
import type { ObservedDelivery } from "../model/delivery.ts";
import type { Profile, Service } from "../model/profile.ts";
import type { ClusterStatus, ServiceStatus } from "../model/status.ts";
import { combined } from "../state/replicas.ts";
import { serviceStatus } from "../state/service-status.ts";
import type { Cluster } from "./cluster.ts";
import { answersNow } from "./observe.ts";
import { containersOf } from "./services.ts";

/** `devenv status`: what the daemon, the mount and the probes say at this moment; nothing is remembered. */
export async function status(profile: Profile, cluster: Cluster): Promise<ClusterStatus> {
  const [{ containers }, deliveries] = await Promise.all([
    cluster.daemon.observe(profile.name),
    cluster.mount.observe(profile.services.map(({ name }) => name)),
  ]);
  const services = await Promise.all(
    profile.services.map((service) => row(service, containers, deliveries.get(service.name), cluster)),
  );
  const [first] = containers;
  return {
    cluster: profile.name,
    provider: cluster.endpoint.provider,
    environment: first?.environment ?? profile.environment,
    services,
  };
}

async function row(
  service: Service,
  containers: readonly ObservedContainer[],
  delivery: ObservedDelivery | undefined,
  cluster: Cluster,
): Promise<ServiceStatus> {
  const there = containersOf(cluster, service, containers);
  const nothing = { service, container: undefined, detail: undefined, delivery, answers: undefined };
  const missing = Array.from({ length: Math.max(service.replicas - there.length, 0) }, () => serviceStatus(nothing));
  const rows = await Promise.all(
    there.map(async (container) => {
      const [detail, answers] = await Promise.all([
        inspect(container, cluster),
        service.ready === undefined ? undefined : answersNow(service, container, cluster),
      ]);
      return serviceStatus({ service, container, detail, delivery, answers });
    }),
  );
  const [first = serviceStatus(nothing), ...others] = [...rows, ...missing];
  return combined([first, ...others]);
}

/** A container can vanish between the list and the look at it: then its row says what the list said. */
async function inspect(container: ObservedContainer, cluster: Cluster): Promise<ContainerDetail | undefined> {
  try {
    return await cluster.daemon.inspect(container.id);
  } catch {
    return undefined;
  }
}
