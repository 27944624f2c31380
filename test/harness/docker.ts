import { randomBytes } from "node:crypto";
import { afterAll, afterEach, inject } from "vitest";
import { connect } from "../../src/docker/connect.ts";
import type { Daemon } from "../../src/docker/daemon.ts";
import { importEmptyImage } from "../../src/docker/empty-image.ts";
import { type ContainerSpec, LABEL } from "../../src/model/container.ts";
import type { Endpoint } from "../../src/model/endpoint.ts";
import { type ClusterName, type ContainerId, clusterName } from "../../src/model/names.ts";
import { bridge } from "./container-spec.ts";

export interface TestDaemon {
  readonly daemon: Daemon;
  readonly endpoint: Endpoint;
  /** A name that no other test has; what the test makes under it is removed when the test has ended. */
  newCluster(word?: string): ClusterName;
  /** Removes every container, network and volume of a cluster. */
  sweep(cluster: ClusterName): Promise<void>;
}

/** The scenarios' daemon. Called once at the top of a test file: it hooks its sweeping into the file's tests. */
export async function testDaemon(): Promise<TestDaemon> {
  const address = { kind: "unix", path: inject("dockerSocket") } as const;
  const daemon = connect(address);
  const { platform, version } = await daemon.info();
  const clusters = new Set<ClusterName>();
  const sweep = (cluster: ClusterName) => sweepCluster(daemon, cluster);
  afterEach(async () => {
    await Promise.all([...clusters].map(sweep));
    clusters.clear();
  });
  afterAll(() => daemon.close());
  return {
    daemon,
    endpoint: {
      provider: "docker",
      address,
      platform,
      mountsHostFolders: true,
      reachesContainers: true,
      sharesSockets: true,
      publishedOn: "127.0.0.1",
      version,
    },
    newCluster(word = "test") {
      const cluster = clusterName(`${word}-${randomBytes(4).toString("hex")}`);
      clusters.add(cluster);
      return cluster;
    },
    sweep,
  };
}

async function sweepCluster(daemon: Daemon, cluster: ClusterName): Promise<void> {
  const { containers, networks, volumes } = await daemon.observe(cluster);
  await Promise.all(containers.map(({ id }) => daemon.remove(id)));
  await Promise.all([
    ...networks.map(({ name }) => daemon.removeNetwork(name)),
    ...volumes.map(({ name }) => daemon.removeVolume(name)),
  ]);
}

/** A container that is created but not started, with its cluster's network under the cluster's name. */
export async function createContainer(daemon: Daemon, spec: ContainerSpec): Promise<ContainerId> {
  const cluster = clusterName(spec.labels[LABEL.cluster] ?? "");
  await importEmptyImage(daemon);
  const { networks } = await daemon.observe(cluster);
  const [first] = spec.network.kind === "networks" ? spec.network.endpoints : [];
  if (first !== undefined && !networks.some(({ name }) => name === first.network)) {
    await daemon.createNetwork(first.network, bridge(first.network), { [LABEL.cluster]: cluster });
  }
  return daemon.create(`${cluster}-${spec.service}`, spec);
}
