import type { ContainerInfo, Port } from "dockerode";
import { type ContainerState, type Health, LABEL, type ObservedContainer } from "../model/container.ts";
import { type ClusterName, type ContainerId, containerId, serviceName } from "../model/names.ts";
import type { PortBinding, Protocol } from "../model/profile.ts";
import type { Client } from "./client.ts";
import type { Daemon } from "./daemon.ts";

/** What is there: one list call a kind, in parallel, filtered by our label in the daemon. */
export function observeCalls(client: Client): Pick<Daemon, "observe"> {
  return {
    observe: (cluster) =>
      client.call("list what runs", async (docker) => {
        const filters = { label: [labelFilter(cluster)] };
        const [containers, networks, volumes] = await Promise.all([
          docker.listContainers({ all: true, filters }),
          docker.listNetworks({ filters }),
          docker.listVolumes({ filters }),
        ]);
        const helpers = containers.filter(isHelper);
        return {
          containers: containers.filter((container) => !isHelper(container)).map(observed),
          ...(helpers.length > 0 && { helpers: helpers.map(observed) }),
          networks: networks.map(({ Name, Id, Labels }) => ({ name: Name, id: Id, hash: Labels?.[LABEL.hash] })),
          // The daemon writes null where there are none.
          volumes: (volumes.Volumes ?? []).map(({ Name, Driver, Labels, Options }) => ({
            name: Name,
            driver: Driver,
            driverOptions: Options ?? {},
            labels: Labels ?? {},
          })),
        };
      }),
  };
}

const isHelper = ({ Labels: labels }: ContainerInfo): boolean => LABEL.helper in labels;

/** The filter for everything of one cluster, or of all of ours. */
export const labelFilter = (cluster: ClusterName | undefined): string =>
  cluster === undefined ? LABEL.cluster : `${LABEL.cluster}=${cluster}`;

/** An entry of the daemon's list, its labels parsed once. */
export function observed(info: ContainerInfo): ObservedContainer {
  const label = (name: string): string => info.Labels[name] ?? "";
  return {
    id: containerId(info.Id),
    name: (info.Names[0] ?? "").replace(/^\//, ""),
    service: serviceName(label(LABEL.service)),
    number: Number(label(LABEL.number)) || 1,
    hash: label(LABEL.hash),
    provider: label(LABEL.provider),
    environment: label(LABEL.environment),
    workspace: label(LABEL.workspace),
    image: info.Image,
    imageId: info.ImageID,
    state: info.State as ContainerState,
    health: healthIn(info.Status),
    statusText: info.Status,
    address: addressIn(info.NetworkSettings?.Networks),
    networks: identities(info.NetworkSettings?.Networks ?? {}),
    networkOf: networkOf(info.HostConfig.NetworkMode),
    ...(LABEL.forwarder in info.Labels && { isForwarder: true }),
    ports: bindings(info.Ports ?? []),
  };
}

const networkOf = (mode: string | undefined): ContainerId | undefined =>
  mode?.startsWith("container:") ? containerId(mode.slice("container:".length)) : undefined;

/** The list gives health only inside of its words: `Up 3 minutes (healthy)`, `Up 2 seconds (health: starting)`. */
export function healthIn(statusText: string): Health {
  const [, word] = /\((?:health: )?(healthy|unhealthy|starting)\)$/.exec(statusText) ?? [];
  return (word as Health | undefined) ?? "none";
}

const identities = (networks: Readonly<Record<string, { NetworkID?: string }>>): Record<string, string> =>
  Object.fromEntries(Object.entries(networks).map(([name, { NetworkID = "" }]) => [name, NetworkID]));

/** The first address that a network gave. */
export function addressIn(networks: Readonly<Record<string, { IPAddress: string }>> | undefined): string | undefined {
  return Object.values(networks ?? {})
    .map((network) => network.IPAddress)
    .find((address) => address);
}

/** Published ports only. `::` beside `0.0.0.0` is the same binding, told a second time. */
function bindings(ports: readonly Port[]): PortBinding[] {
  const published = ports.filter((port) => port.PublicPort);
  const onEvery = new Set(published.filter((port) => port.IP === "0.0.0.0").map(keyOf));
  return published
    .filter((port) => port.IP !== "::" || !onEvery.has(keyOf(port)))
    .map((port) => ({
      hostAddress: port.IP,
      hostPort: port.PublicPort,
      containerPort: port.PrivatePort,
      protocol: port.Type as Protocol,
    }));
}

const keyOf = (port: Port): string => `${port.PublicPort}:${port.PrivatePort}/${port.Type}`;
