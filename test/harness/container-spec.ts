import { EMPTY_IMAGE } from "../../src/docker/empty-image.ts";
import { type ContainerNetwork, type ContainerSpec, LABEL } from "../../src/model/container.ts";
import { type ClusterName, serviceName } from "../../src/model/names.ts";
import { type Network, plainNetwork } from "../../src/model/network.ts";

/** A container of a cluster: the empty image, one service, nothing published; a test names what differs. */
export function containerSpec(cluster: ClusterName, differing: Partial<ContainerSpec> = {}): ContainerSpec {
  const service = differing.service ?? serviceName("web");
  return {
    service,
    image: EMPTY_IMAGE,
    entrypoint: undefined,
    command: undefined,
    environment: {},
    labels: labelsOf(cluster, service),
    user: undefined,
    workingDir: undefined,
    hostname: undefined,
    stopSignal: undefined,
    stopGraceMs: 1000,
    mounts: [],
    tmpfs: {},
    ports: [],
    expose: [],
    network: on(cluster, service),
    restart: { kind: "no" },
    init: false,
    healthcheck: undefined,
    settings: {},
    ...differing,
  };
}

/** On one network, under these names. */
export const on = (network: string, ...aliases: string[]): ContainerNetwork => ({
  kind: "networks",
  endpoints: [{ network, aliases, ipv4: undefined, ipv6: undefined }],
});

/** A network as Docker makes it where nothing else is said. */
export const bridge = (name: string, differing: Partial<Network> = {}): Network => ({
  ...plainNetwork(name, name),
  ...differing,
});

export const labelsOf = (cluster: ClusterName, service = "web"): Record<string, string> => ({
  [LABEL.cluster]: cluster,
  [LABEL.service]: service,
  [LABEL.hash]: "0000",
  [LABEL.provider]: "docker",
  [LABEL.environment]: "local",
  [LABEL.workspace]: "/nowhere",
});
