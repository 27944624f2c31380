import type { Daemon } from "../docker/daemon.ts";
import { describeListener, whoListens } from "../host/ports.ts";
import { portBindings } from "../model/debugger.ts";
import { environmentFailure, type Problem } from "../model/failure.ts";
import type { Plan } from "../model/operation.ts";
import type { PortBinding, Profile, Service } from "../model/profile.ts";
import type { Observed } from "../plan/observed.ts";
import { untilLed } from "../provider/endpoint-link.ts";
import { appearing, appears } from "./appearing.ts";
import type { Cluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";

/**
 * Says which ports are taken, by what, and which service wanted them, before anything is started. Only where published
 * ports appear on this machine; a port that the cluster itself holds is not taken.
 */
export async function checkPorts(plan: Plan, profile: Profile, observed: Observed, cluster: Cluster): Promise<void> {
  if (cluster.endpoint.publishedOn !== "127.0.0.1") return;
  const ours = observed.containers.filter(({ state }) => state === "running").flatMap(({ ports }) => ports);
  const taken = await takenPorts(
    plannedPorts(plan, profile).map((each) => ({ ...each, port: appearing(cluster.endpoint, each.port) })),
    ours,
    cluster.daemon,
  );
  if (taken.length === 0) return;
  throw environmentFailure(taken.length === 1 ? (taken[0]?.message ?? "") : `${taken.length} ports are taken`, {
    problems: taken.length === 1 ? [] : taken,
    hint: TAKEN_HINT,
  });
}

/**
 * Waits until what is published where a link forwards it appears on this machine: that is a moment after its container has
 * started, and not every probe goes through a published port. Of a container that ends meanwhile nothing appears, and one
 * that cannot appear is told by `status`.
 */
export async function portsAppear({ endpoint, daemon, name }: Cluster, { clock, signal }: Machine): Promise<void> {
  if (!endpoint.publishedByForward) return;
  const published = async (): Promise<number[]> => {
    const { containers } = await daemon.observe(name);
    const ports = containers.filter(({ state }) => state === "running").flatMap((container) => container.ports);
    return ports.filter((port) => port.hostPort !== 0 && appears(endpoint, port)).map(({ hostPort }) => hostPort);
  };
  await untilLed(endpoint, published, clock, signal);
}

export const TAKEN_HINT = "End what holds it, or change the first number of that entry under `ports:` in the profile.";

/**
 * What is wrong with each port that cannot be had.
 * @param ours ports that the cluster itself holds
 * @param daemon whose containers are named where one of them holds it
 */
export async function takenPorts(
  wanted: readonly WantedPort[],
  ours: readonly PortBinding[],
  daemon: Pick<Daemon, "observe"> | undefined,
): Promise<Problem[]> {
  const others = wanted.filter(({ port }) => !ours.some((own) => isSamePort(own, port)));
  const problems = await Promise.all(others.map((one) => problemOf(one, daemon)));
  return problems.filter((problem) => problem !== undefined);
}

/** A port of this machine that a service wants. */
export interface WantedPort {
  readonly service: string;
  readonly port: PortBinding;
}

/** The ports of every service that is about to be started, also of one whose container has been there all the time. */
function plannedPorts(plan: Plan, { services }: Profile): WantedPort[] {
  const started = new Set(
    plan.steps.flatMap(({ service, actions }) => (actions.some(({ do: { kind } }) => kind === "start") ? service : [])),
  );
  return fixedPorts(services.filter(({ name }) => started.has(name)));
}

/** The TCP ports that services want, where it has to be that very one: out of a range the daemon takes one that is free. */
export const fixedPorts = (services: readonly Service[]): WantedPort[] =>
  services.flatMap((service) =>
    portBindings(service)
      .filter(({ hostPort, hostPortEnd, protocol }) => hostPort > 0 && hostPortEnd === undefined && protocol === "tcp")
      .map((port) => ({ service: service.name, port })),
  );

const isSamePort = (a: PortBinding, b: PortBinding): boolean => a.hostPort === b.hostPort && a.protocol === b.protocol;

async function problemOf(
  { service, port }: WantedPort,
  daemon: Pick<Daemon, "observe"> | undefined,
): Promise<Problem | undefined> {
  const state = await whoListens(port.hostPort, port.hostAddress);
  if (state.free) return undefined;
  if (state.reason !== "taken")
    return { message: `${service} wants ${port.hostAddress}:${port.hostPort}: ${state.reason}` };
  const by = (daemon && (await otherCluster(port, daemon))) ?? describeListener(state.by);
  return { message: `port ${port.hostPort}, which ${service} wants, is taken by ${by}` };
}

/** What listens for a container is Docker's proxy, which tells nobody anything: its container is named instead. */
async function otherCluster(port: PortBinding, daemon: Pick<Daemon, "observe">): Promise<string | undefined> {
  const { containers } = await daemon.observe();
  const holder = containers.find(
    ({ state, ports }) => state === "running" && ports.some((other) => isSamePort(other, port)),
  );
  return holder && `container ${holder.name} of the devenv workspace ${holder.workspace}`;
}
