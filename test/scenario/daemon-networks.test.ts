import { expect, test } from "vitest";
import { type ContainerSpec, LABEL } from "../../src/model/container.ts";
import { type ClusterName, serviceName } from "../../src/model/names.ts";
import { bridge, containerSpec, labelsOf, on } from "../harness/container-spec.ts";
import { createContainer, testDaemon } from "../harness/docker.ts";
import { programs } from "../harness/programs.ts";

const { daemon, newCluster } = await testDaemon();
const { folder } = await programs();
const mounts = [{ kind: "bind", source: folder, target: "/programs", readOnly: true }] as const;

/** A container that answers on :8080, under a name of its own. */
function answering(cluster: ClusterName, name: string, differing: Partial<ContainerSpec> = {}): ContainerSpec {
  const environment = { VERSION: name };
  const own = { service: serviceName(name), mounts, command: ["/programs/answers"], environment };
  return containerSpec(cluster, { ...own, network: on(cluster, name), ...differing });
}

/** What a program in a container gets from a URL; asked again until it answers. */
async function asked(cluster: ClusterName, url: string, differing: Partial<ContainerSpec>): Promise<void> {
  const service = serviceName(`asks-${Math.random().toString(36).slice(2)}`);
  const restart = { kind: "on-failure", maxRetries: 50 } as const;
  const spec = containerSpec(cluster, {
    ...{ service, mounts, restart, command: ["/programs/speaks", "get", url] },
    ...differing,
  });
  const id = await createContainer(daemon, spec);
  await daemon.start(id);
  const texts = async () => {
    const found: string[] = [];
    for await (const { text } of daemon.logs(id, service, { follow: false })) found.push(text);
    return found;
  };
  const wanted = new URL(url).searchParams.get("is") ?? "";
  await expect.poll(texts, { timeout: 20_000 }).toContain(wanted);
}

test("a container is on several networks before it starts, under the names that each one gives it", async () => {
  const cluster = newCluster();
  const id = await createContainer(daemon, answering(cluster, "web"));
  await daemon.createNetwork(`${cluster}-back`, bridge(`${cluster}-back`), labelsOf(cluster));
  const endpoint = { network: `${cluster}-back`, aliases: ["web", "shop"], ipv4: undefined, ipv6: undefined };
  await daemon.connectNetwork(`${cluster}-web`, endpoint);
  await daemon.start(id);
  const [seen] = (await daemon.observe(cluster)).containers;
  expect(Object.keys(seen?.networks ?? {}).toSorted()).toEqual([cluster, `${cluster}-back`]);
  await asked(cluster, "http://shop:8080/?is=web", { network: on(`${cluster}-back`) });
});

test("a network is made as it is described, and its definition's hash is read from its label", async () => {
  const cluster = newCluster();
  const wanted = bridge(`${cluster}-net`, {
    internal: true,
    attachable: true,
    driverOptions: { "com.docker.network.bridge.enable_ip_masquerade": "false" },
    ipam: {
      driver: undefined,
      options: {},
      pools: [
        {
          subnet: "10.253.7.0/24",
          ipRange: "10.253.7.128/25",
          gateway: "10.253.7.9",
          auxAddresses: { a: "10.253.7.10" },
        },
      ],
    },
  });
  await daemon.createNetwork(wanted.name, wanted, { ...labelsOf(cluster), [LABEL.hash]: "abc" });
  expect((await daemon.observe(cluster)).networks).toEqual([
    { name: wanted.name, id: expect.any(String), hash: "abc" },
  ]);
  const fixed = { network: wanted.name, aliases: [], ipv4: "10.253.7.200", ipv6: undefined };
  const spec = answering(cluster, "web", { network: { kind: "networks", endpoints: [fixed] } });
  const id = await createContainer(daemon, spec);
  await daemon.start(id);
  expect((await daemon.inspect(id)).address).toBe("10.253.7.200");
});

test("a container in the network of another is tied to that very container, not to its name", async () => {
  const cluster = newCluster();
  const web = await createContainer(daemon, answering(cluster, "web"));
  await daemon.start(web);
  const network = { kind: "container", container: `${cluster}-web` } as const;
  await asked(cluster, "http://127.0.0.1:8080/?is=web", { network });
  const neighbour = answering(cluster, "neighbour", { network, command: ["/programs/speaks", "waits"] });
  const id = await createContainer(daemon, neighbour);
  await daemon.start(id);
  const seen = (await daemon.observe(cluster)).containers.find((container) => container.id === id);
  expect(seen?.networkOf).toBe(web);
  await daemon.remove(web);
  await daemon.start(await createContainer(daemon, answering(cluster, "web")));
  await daemon.stop(id, 1000);
  await expect(daemon.start(id)).rejects.toThrow(`No such container: ${web}`);
});

test("a container of a network that was made anew under its name starts once it is put on it again", async () => {
  const cluster = newCluster();
  const id = await createContainer(daemon, answering(cluster, "web"));
  await daemon.start(id);
  await daemon.stop(id, 1000);
  await daemon.removeNetwork(cluster);
  await daemon.createNetwork(cluster, bridge(cluster), labelsOf(cluster));
  await expect(daemon.start(id)).rejects.toThrow("not found");
  for (const _ of [1, 2]) await daemon.disconnectNetwork(id, cluster);
  await daemon.connectNetwork(id, { network: cluster, aliases: ["web"], ipv4: undefined, ipv6: undefined });
  await daemon.start(id);
  await asked(cluster, "http://web:8080/?is=web", {});
});

test.each([{ kind: "none" }, { kind: "host" }, { kind: "bridge" }] as const)(
  "a container's network can be $kind",
  async (network) => {
    const cluster = newCluster();
    const id = await createContainer(
      daemon,
      containerSpec(cluster, { mounts, network, command: ["/programs/speaks", "waits"] }),
    );
    await daemon.start(id);
    const { networks } = (await daemon.observe(cluster)).containers[0] ?? expect.unreachable();
    expect(Object.keys(networks)).toEqual([network.kind]);
  },
);

test("whether a network or a volume is there is told of anybody's", async () => {
  const cluster = newCluster();
  expect(await daemon.networkExists("bridge")).toBe(true);
  expect(await daemon.networkExists(`${cluster}-none`)).toBe(false);
  expect(await daemon.volumeExists(`${cluster}-none`)).toBe(false);
});
