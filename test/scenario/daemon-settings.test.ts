import { expect, inject, test } from "vitest";
import { systemProcesses } from "../../src/host/process.ts";
import { serviceName } from "../../src/model/names.ts";
import { bridge, containerSpec, labelsOf } from "../harness/container-spec.ts";
import { createContainer, testDaemon } from "../harness/docker.ts";
import { programs } from "../harness/programs.ts";

const { daemon, newCluster } = await testDaemon();
const { folder } = await programs();
const mounts = [{ kind: "bind", source: folder, target: "/programs", readOnly: true }] as const;

/** What Docker's own client says of a container. */
async function inspected(id: string) {
  const env = { DOCKER_HOST: `unix://${inject("dockerSocket")}` };
  const { stdout } = await systemProcesses.run("docker", ["inspect", id], { env });
  return JSON.parse(stdout)[0];
}

test("a container with everything that Docker lets one say is made, started, and says all of it", async () => {
  const cluster = newCluster();
  const network = bridge(cluster, {
    ipam: {
      driver: undefined,
      options: {},
      pools: [{ subnet: "10.254.9.0/24", ipRange: undefined, gateway: undefined, auxAddresses: {} }],
    },
  });
  await daemon.createNetwork(cluster, network, labelsOf(cluster));
  const id = await createContainer(
    daemon,
    containerSpec(cluster, {
      command: ["/programs/speaks", "waits"],
      mounts: [
        ...mounts,
        {
          kind: "bind",
          source: folder,
          target: "/again",
          readOnly: false,
          propagation: "rprivate",
          nonRecursive: true,
        },
        { kind: "volume", source: undefined, target: "/anonymous", readOnly: false, noCopy: true },
        { kind: "tmpfs", target: "/memory", readOnly: false, sizeBytes: 65_536, mode: 0o1770 },
      ],
      tmpfs: { "/run": "size=1m,mode=755" },
      ports: [
        { hostAddress: "127.0.0.1", hostPort: 0, containerPort: 53, protocol: "udp" },
        { hostAddress: "127.0.0.1", hostPort: 42_100, hostPortEnd: 42_199, containerPort: 80, protocol: "tcp" },
      ],
      expose: [{ port: 9999, protocol: "sctp" }],
      healthcheck: {
        test: ["NONE"],
        intervalMs: undefined,
        timeoutMs: undefined,
        startPeriodMs: undefined,
        startIntervalMs: 500,
        retries: undefined,
      },
      init: true,
      network: {
        kind: "networks",
        endpoints: [{ network: cluster, aliases: ["web", "shop"], ipv4: "10.254.9.77", ipv6: undefined }],
      },
      settings: {
        domainname: "lan",
        macAddress: "02:42:0a:fe:09:4d",
        extraHosts: ["db:10.0.0.1"],
        dns: ["9.9.9.9"],
        dnsSearch: ["lan"],
        dnsOptions: ["ndots:1"],
        tty: true,
        stdinOpen: true,
        capAdd: ["NET_ADMIN"],
        capDrop: ["MKNOD"],
        securityOpt: ["no-new-privileges"],
        groupAdd: ["100"],
        devices: [{ source: "/dev/null", target: "/dev/nothing", permissions: "r" }],
        deviceCgroupRules: ["c 1:3 mr"],
        ulimits: [{ name: "nofile", soft: 1024, hard: 2048 }],
        sysctls: { "net.core.somaxconn": "512" },
        shmSizeBytes: 1_048_576,
        readOnly: true,
        ipc: "private",
        memoryBytes: 67_108_864,
        memoryReservationBytes: 33_554_432,
        cpuShares: 512,
        nanoCpus: 500_000_000,
        cpuset: "0",
        pidsLimit: 50,
        oomScoreAdjustment: 100,
        logging: { driver: "json-file", options: { "max-size": "1m", "max-file": "2" } },
      },
    }),
  );
  await daemon.start(id);
  const { Config, HostConfig, NetworkSettings, Mounts } = await inspected(id);
  expect(Config).toMatchObject({ Domainname: "lan", Tty: true, OpenStdin: true, ExposedPorts: { "9999/sctp": {} } });
  expect(HostConfig).toMatchObject({
    ExtraHosts: ["db:10.0.0.1"],
    Dns: ["9.9.9.9"],
    DnsSearch: ["lan"],
    DnsOptions: ["ndots:1"],
    CapAdd: ["NET_ADMIN"],
    CapDrop: ["MKNOD"],
    SecurityOpt: ["no-new-privileges"],
    GroupAdd: ["100"],
    Devices: [{ PathOnHost: "/dev/null", PathInContainer: "/dev/nothing", CgroupPermissions: "r" }],
    DeviceCgroupRules: ["c 1:3 mr"],
    Ulimits: [{ Name: "nofile", Soft: 1024, Hard: 2048 }],
    Sysctls: { "net.core.somaxconn": "512" },
    ShmSize: 1_048_576,
    ReadonlyRootfs: true,
    IpcMode: "private",
    Memory: 67_108_864,
    MemoryReservation: 33_554_432,
    CpuShares: 512,
    NanoCpus: 500_000_000,
    CpusetCpus: "0",
    PidsLimit: 50,
    OomScoreAdj: 100,
    Init: true,
    Tmpfs: { "/run": "size=1m,mode=755" },
    LogConfig: { Type: "json-file", Config: { "max-size": "1m", "max-file": "2" } },
  });
  expect(NetworkSettings.MacAddress || NetworkSettings.Networks[cluster].MacAddress).toBe("02:42:0a:fe:09:4d");
  expect(NetworkSettings.Networks[cluster].IPAddress).toBe("10.254.9.77");
  const published = (await daemon.observe(cluster)).containers[0]?.ports ?? [];
  expect(published.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`).toSorted()).toEqual([
    "53/udp",
    "80/tcp",
  ]);
  const ranged = published.find(({ containerPort }) => containerPort === 80)?.hostPort ?? 0;
  expect(ranged >= 42_100 && ranged <= 42_199).toBe(true);
  const kinds = (Mounts as { Destination: string; Type: string }[]).map(
    ({ Destination, Type }) => `${Destination} ${Type}`,
  );
  expect(kinds.toSorted()).toEqual(["/again bind", "/anonymous volume", "/memory tmpfs", "/programs bind"]);
});

test("a program with a terminal has its words in the log and on the attached stream, line by line", async () => {
  const command = ["/programs/speaks", "says", "one", "two", "--", "three"];
  const spec = containerSpec(newCluster(), { mounts, command, settings: { tty: true } });
  const id = await createContainer(daemon, spec);
  const attached = await daemon.attach(id, serviceName("web"), new AbortController().signal);
  await daemon.start(id);
  const heard: string[] = [];
  for await (const batch of attached) heard.push(...batch.map(({ text }) => text));
  expect(heard).toEqual(["one", "two", "three"]);
  await daemon.wait(id); // the log is whole
  const logged: [string, boolean][] = [];
  for await (const { text, time } of daemon.logs(id, serviceName("web"), { follow: false }))
    logged.push([text, time !== undefined]);
  expect(logged).toEqual([
    ["one", true],
    ["two", true],
    ["three", true],
  ]);
});

test("what this daemon's API does not have is refused before the container is made", async () => {
  const cluster = newCluster();
  const { apiVersion } = await daemon.info();
  const endpoints = [{ network: cluster, aliases: [], ipv4: undefined, ipv6: undefined, gatewayPriority: 1 }];
  const making = createContainer(daemon, containerSpec(cluster, { network: { kind: "networks", endpoints } }));
  await expect(making).rejects.toThrow(
    `needs Docker API 1.48, and 1.${Math.min(47, Number(apiVersion.split(".")[1]))} is spoken`,
  );
  expect((await daemon.observe(cluster)).containers).toEqual([]);
});
