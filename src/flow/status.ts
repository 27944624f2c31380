import { debuggerNow } from "../delivery/debugger.ts";
import { askRelay } from "../delivery/relay/control.ts";
import type { ContainerDetail, ObservedContainer } from "../model/container.ts";
import { type Debugger, isDebugged } from "../model/debugger.ts";
import type { ObservedDelivery } from "../model/delivery.ts";
import { Failure, type Problem } from "../model/failure.ts";
import type { LinkPort } from "../model/link.ts";
import { effectiveMode, type ForwardedMode, isForwarded } from "../model/mode.ts";
import type { Pins } from "../model/pin.ts";
import type { ModeChoice, PortBinding, Profile, Service } from "../model/profile.ts";
import type { RelayState, RelayTarget } from "../model/relay.ts";
import type { ClusterStatus, ServiceStatus } from "../model/status.ts";
import { readPins } from "../profile/pins.ts";
import { missingPorts } from "../provider/endpoint-link.ts";
import { forwardedStatus } from "../state/forwarded-status.ts";
import { combined } from "../state/replicas.ts";
import { serviceStatus } from "../state/service-status.ts";
import { withAppearing } from "./appearing.ts";
import type { Cluster } from "./cluster.ts";
import { readModes } from "./modes.ts";
import { answersNow } from "./observe.ts";
import { containersOf } from "./services.ts";

/** `devenv status`: what the daemon, the mount and the probes say at this moment; nothing is remembered. */
export async function status(profile: Profile, cluster: Cluster): Promise<ClusterStatus> {
  const choices = readModes(cluster.folder);
  const modes = new Map(profile.services.map((service) => [service.name, effectiveMode(service, choices).mode]));
  const [observed, deliveries, relay, { pins, warnings }, missing] = await Promise.all([
    cluster.daemon.observe(profile.name),
    cluster.mount.observe(profile.services.map(({ name }) => name)),
    askRelay(cluster.folder),
    pinsOf(profile),
    missingPorts(cluster.endpoint),
  ]);
  // Who has the port of a container here instead would be asked how it is.
  const isHere = ({ hostPort }: PortBinding) => missing.every(({ port }) => port !== hostPort);
  const containers = observed.containers
    .map((container) => withAppearing(cluster.endpoint, container))
    .map((container) => ({ ...container, ports: container.ports.filter(isHere) }));
  const services = await Promise.all(
    profile.services.map((written) => {
      const service = withAppearing(cluster.endpoint, written);
      const mode = modes.get(service.name);
      const led = forwardedMode(service, mode, containers, relay, cluster);
      if (led !== undefined) return forwardedRow({ service, mode: led, containers, relay }, cluster);
      return ownRow({ service, mode, containers, delivery: deliveries.get(service.name) }, cluster);
    }),
  );
  const [first] = containers;
  return {
    cluster: profile.name,
    provider: cluster.endpoint.provider,
    environment: first?.environment ?? profile.environment,
    services: services.map((row) => withPin(row, pins)),
    ...(warnings.length + missing.length > 0 && { warnings: [...warnings, ...missing.map(missingPort)] }),
  };
}

const missingPort = ({ container, problem }: LinkPort): Problem => ({
  message: `${container} does not appear here: ${problem}`,
});

/** A pins file with a mistake hides nothing of what runs. */
async function pinsOf({ workspace }: Profile): Promise<{ pins: Pins; warnings: readonly Problem[] }> {
  try {
    return { pins: await readPins(workspace), warnings: [] };
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    const { message, hint, problems } = thrown;
    return { pins: new Map(), warnings: problems.length > 0 ? problems : [{ message, ...(hint && { hint }) }] };
  }
}

function withPin(row: ServiceStatus, pins: Pins): ServiceStatus {
  const pinned = pins.get(row.name)?.build;
  return pinned === undefined ? row : { ...row, pinned };
}

/**
 * Where a service is led to, if it is: what there is of it says so. What the profile says now, or a person chose while
 * the cluster was down, is what an `up` will bring.
 */
function forwardedMode(
  service: Service,
  mode: ModeChoice | undefined,
  containers: readonly ObservedContainer[],
  relay: RelayState | undefined,
  cluster: Cluster,
): ForwardedMode | undefined {
  const [container] = containersOf(cluster, { ...service, replicas: 1 }, containers);
  if (isForwarded(mode)) return container === undefined || container.isForwarder ? mode : undefined;
  const route = relay?.routes.find((one) => one.route.service === service.name)?.route;
  return container?.isForwarder && route !== undefined ? modeOf(route.target) : undefined;
}

/** The mode that led to this target. */
function modeOf(target: RelayTarget): ForwardedMode {
  if (target.kind === "http") return { kind: "remote", url: target.url };
  if (target.kind === "tcp" && target.host === "127.0.0.1") return { kind: "host", port: target.port };
  return { kind: "remote", url: `${target.kind}://${target.host}:${target.port}` };
}

/** One service, and the containers of the whole cluster. */
interface RowFacts {
  readonly service: Service;
  readonly containers: readonly ObservedContainer[];
}

interface ForwardedRowFacts extends RowFacts {
  readonly mode: ForwardedMode;
  readonly relay: RelayState | undefined;
}

async function forwardedRow({ service, mode, containers, relay }: ForwardedRowFacts, cluster: Cluster) {
  const [container] = containersOf(cluster, { ...service, replicas: 1 }, containers);
  if (container === undefined)
    return forwardedStatus({ service, mode, relay, container, detail: undefined, answers: undefined });
  const [detail, answers] = await Promise.all([
    inspect(container, cluster),
    // A forwarder takes every connection: only what is answered says something.
    service.ready?.kind === "http" ? answersNow(service, container, cluster) : undefined,
  ]);
  return forwardedStatus({ service, mode, relay, container, detail, answers });
}

interface OwnRowFacts extends RowFacts {
  readonly mode: ModeChoice | undefined;
  readonly delivery: ObservedDelivery | undefined;
}

async function ownRow({ service, mode, containers, delivery }: OwnRowFacts, cluster: Cluster): Promise<ServiceStatus> {
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
  const [container] = there;
  const debug = container && (await debuggerOf(service, container, cluster));
  const own = { ...combined([first, ...others]), ...(debug !== undefined && { debugger: debug }) };
  // What runs says what it is; of what does not, the choice says what it will be.
  if (mode?.kind === "off" && there.length === 0) return { ...own, mode: "off", build: null };
  return there.length === 0 && mode !== undefined ? { ...own, mode: mode.kind } : own;
}

/** The debugger of a container that runs, where its service is to have one. */
function debuggerOf(service: Service, container: ObservedContainer, cluster: Cluster): Promise<Debugger> | undefined {
  if (!isDebugged(service) || container.state !== "running") return undefined;
  return debuggerNow({ ...cluster, service: service.name, container });
}

/** A container can vanish between the list and the look at it: then its row says what the list said. */
async function inspect(container: ObservedContainer, cluster: Cluster): Promise<ContainerDetail | undefined> {
  try {
    return await cluster.daemon.inspect(container.id);
  } catch {
    return undefined;
  }
}
