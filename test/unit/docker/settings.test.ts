import { expect, test } from "vitest";
import { expectApi, needsOf, needsOfNetwork } from "../../../src/docker/api-needs.ts";
import { networkBody } from "../../../src/docker/network-body.ts";
import { containerBody } from "../../../src/docker/spec.ts";
import type { ContainerSettings } from "../../../src/model/container-settings.ts";
import { clusterName } from "../../../src/model/names.ts";
import { bridge, containerSpec } from "../../harness/container-spec.ts";

const bare = containerSpec(clusterName("library"));
const hostConfig = (settings: ContainerSettings) => containerBody({ ...bare, settings }).HostConfig ?? {};

/** Every setting that stands in HostConfig, with what the API calls it. */
const SETTINGS: readonly [ContainerSettings, object][] = [
  [{ extraHosts: ["db:10.0.0.1"] }, { ExtraHosts: ["db:10.0.0.1"] }],
  [
    { dns: ["9.9.9.9"], dnsSearch: ["lan"], dnsOptions: ["ndots:1"] },
    { Dns: ["9.9.9.9"], DnsSearch: ["lan"], DnsOptions: ["ndots:1"] },
  ],
  [
    { capAdd: ["NET_ADMIN"], capDrop: ["ALL"] },
    { CapAdd: ["NET_ADMIN"], CapDrop: ["ALL"] },
  ],
  [{ privileged: true }, { Privileged: true }],
  [{ securityOpt: ["no-new-privileges"] }, { SecurityOpt: ["no-new-privileges"] }],
  [{ groupAdd: ["audio"] }, { GroupAdd: ["audio"] }],
  [
    { devices: [{ source: "/dev/null", target: "/dev/x", permissions: "rw" }] },
    { Devices: [{ PathOnHost: "/dev/null", PathInContainer: "/dev/x", CgroupPermissions: "rw" }] },
  ],
  [{ deviceCgroupRules: ["c 1:3 mr"] }, { DeviceCgroupRules: ["c 1:3 mr"] }],
  [
    { deviceRequests: [{ driver: undefined, count: -1, deviceIds: [], capabilities: ["gpu"], options: {} }] },
    { DeviceRequests: [{ Driver: "", Count: -1, Capabilities: [["gpu"]], Options: {} }] },
  ],
  [{ ulimits: [{ name: "nofile", soft: 1, hard: 2 }] }, { Ulimits: [{ Name: "nofile", Soft: 1, Hard: 2 }] }],
  [{ sysctls: { "net.core.somaxconn": "1024" } }, { Sysctls: { "net.core.somaxconn": "1024" } }],
  [{ shmSizeBytes: 1 }, { ShmSize: 1 }],
  [{ readOnly: true }, { ReadonlyRootfs: true }],
  [
    { ipc: "host", pid: "host", uts: "host", usernsMode: "host" },
    { IpcMode: "host", PidMode: "host", UTSMode: "host", UsernsMode: "host" },
  ],
  [
    { cgroup: "private", cgroupParent: "/x" },
    { CgroupnsMode: "private", CgroupParent: "/x" },
  ],
  [
    { runtime: "runc", isolation: "default" },
    { Runtime: "runc", Isolation: "default" },
  ],
  [{ storageOptions: { size: "1G" } }, { StorageOpt: { size: "1G" } }],
  [{ volumesFrom: ["library-web-1:ro"] }, { VolumesFrom: ["library-web-1:ro"] }],
  [
    { memoryBytes: 1, memoryReservationBytes: 2, memorySwapBytes: -1, memorySwappiness: 0 },
    { Memory: 1, MemoryReservation: 2, MemorySwap: -1, MemorySwappiness: 0 },
  ],
  [
    { nanoCpus: 1, cpuShares: 2, cpuPeriodMicros: 3, cpuQuotaMicros: 4, cpuset: "0" },
    { NanoCpus: 1, CpuShares: 2, CpuPeriod: 3, CpuQuota: 4, CpusetCpus: "0" },
  ],
  [
    { cpuCount: 1, cpuPercent: 2, cpuRealtimePeriodMicros: 3, cpuRealtimeRuntimeMicros: 4 },
    { CpuCount: 1, CpuPercent: 2, CpuRealtimePeriod: 3, CpuRealtimeRuntime: 4 },
  ],
  [
    { pidsLimit: 5, oomKillDisable: true, oomScoreAdjustment: -5 },
    { PidsLimit: 5, OomKillDisable: true, OomScoreAdj: -5 },
  ],
  [
    { logging: { driver: "local", options: { "max-size": "1m" } } },
    { LogConfig: { Type: "local", Config: { "max-size": "1m" } } },
  ],
  [{ annotations: { a: "b" } }, { Annotations: { a: "b" } }],
  [
    {
      blockIo: {
        weight: 10,
        weightDevice: [{ path: "/dev/sda", weight: 20 }],
        deviceReadBps: [{ path: "/dev/sda", rate: 1 }],
        deviceWriteBps: [{ path: "/dev/sda", rate: 2 }],
        deviceReadIops: [{ path: "/dev/sda", rate: 3 }],
        deviceWriteIops: [{ path: "/dev/sda", rate: 4 }],
      },
    },
    {
      BlkioWeight: 10,
      BlkioWeightDevice: [{ Path: "/dev/sda", Weight: 20 }],
      BlkioDeviceReadBps: [{ Path: "/dev/sda", Rate: 1 }],
      BlkioDeviceWriteBps: [{ Path: "/dev/sda", Rate: 2 }],
      BlkioDeviceReadIOps: [{ Path: "/dev/sda", Rate: 3 }],
      BlkioDeviceWriteIOps: [{ Path: "/dev/sda", Rate: 4 }],
    },
  ],
];

/** The compiler sees to it that this list is complete. */
const EVERY: Record<keyof ContainerSettings, true> = {
  domainname: true,
  macAddress: true,
  extraHosts: true,
  dns: true,
  dnsSearch: true,
  dnsOptions: true,
  tty: true,
  stdinOpen: true,
  capAdd: true,
  capDrop: true,
  privileged: true,
  securityOpt: true,
  groupAdd: true,
  devices: true,
  deviceCgroupRules: true,
  ulimits: true,
  sysctls: true,
  shmSizeBytes: true,
  readOnly: true,
  ipc: true,
  pid: true,
  uts: true,
  usernsMode: true,
  cgroup: true,
  cgroupParent: true,
  runtime: true,
  isolation: true,
  storageOptions: true,
  volumesFrom: true,
  memoryBytes: true,
  memoryReservationBytes: true,
  memorySwapBytes: true,
  memorySwappiness: true,
  nanoCpus: true,
  cpuShares: true,
  cpuPeriodMicros: true,
  cpuQuotaMicros: true,
  cpuset: true,
  pidsLimit: true,
  oomKillDisable: true,
  oomScoreAdjustment: true,
  cpuCount: true,
  cpuPercent: true,
  cpuRealtimePeriodMicros: true,
  cpuRealtimeRuntimeMicros: true,
  blockIo: true,
  deviceRequests: true,
  annotations: true,
  logging: true,
  platform: true,
};

test.each(SETTINGS)("%j is what Docker calls %j", (settings, expected) => {
  expect(hostConfig(settings)).toEqual({ ...hostConfig({}), ...expected });
});

test("every setting but those beside HostConfig has its place there", () => {
  const elsewhere = ["domainname", "macAddress", "tty", "stdinOpen", "platform"];
  const covered = [...SETTINGS.flatMap(([settings]) => Object.keys(settings)), ...elsewhere];
  expect(covered.toSorted()).toEqual(Object.keys(EVERY).toSorted());
});

test("settings beside HostConfig stand at the top of the body, the hardware address at the first network, too", () => {
  const settings = { domainname: "lan", macAddress: "02:42:ac:11:00:02", tty: true, stdinOpen: true };
  const body = containerBody({ ...bare, settings });
  expect(body).toMatchObject({ Domainname: "lan", MacAddress: "02:42:ac:11:00:02", Tty: true, OpenStdin: true });
  expect(body.NetworkingConfig).toEqual({
    EndpointsConfig: { library: { Aliases: ["web"], MacAddress: "02:42:ac:11:00:02" } },
  });
});

test("of several networks only the first is in the body, because a daemon before API 1.44 takes no more", () => {
  const second = { network: "back", aliases: [], ipv4: undefined, ipv6: undefined };
  const first = {
    network: "front",
    aliases: ["web"],
    ipv4: "10.1.0.9",
    ipv6: "fd00::9",
    linkLocalIps: ["169.254.1.1"],
  };
  const body = containerBody({ ...bare, network: { kind: "networks", endpoints: [first, second] } });
  expect(body.HostConfig?.NetworkMode).toBe("front");
  expect(body.NetworkingConfig).toEqual({
    EndpointsConfig: {
      front: {
        Aliases: ["web"],
        IPAMConfig: { IPv4Address: "10.1.0.9", IPv6Address: "fd00::9", LinkLocalIPs: ["169.254.1.1"] },
      },
    },
  });
});

test.each([
  [{ kind: "networks", endpoints: [] }, "none"],
  [{ kind: "host" }, "host"],
  [{ kind: "container", container: "library-db-1" }, "container:library-db-1"],
] as const)("without a network of its own, %j, a container has the mode %s and no endpoints", (network, mode) => {
  const body = containerBody({ ...bare, network });
  expect(body.HostConfig?.NetworkMode).toBe(mode);
  expect(body).not.toHaveProperty("NetworkingConfig");
});

test("mounts carry what Docker lets one say of each kind; those to be relabelled are binds", () => {
  const mounts = [
    { kind: "bind", source: "/a", target: "/a", readOnly: true, propagation: "rslave", nonRecursive: true },
    { kind: "bind", source: "/b", target: "/b", readOnly: false, selinux: "Z" },
    { kind: "volume", source: undefined, target: "/c", readOnly: false, noCopy: true, subpath: "x" },
    { kind: "tmpfs", target: "/d", readOnly: false, sizeBytes: 4096, mode: 0o1777 },
  ] as const;
  const { Mounts, Binds } = containerBody({ ...bare, mounts }).HostConfig ?? {};
  expect(Binds).toEqual(["/b:/b:rw,Z"]);
  expect(Mounts).toEqual([
    {
      Type: "bind",
      Source: "/a",
      Target: "/a",
      ReadOnly: true,
      BindOptions: { Propagation: "rslave", NonRecursive: true },
    },
    { Type: "volume", Source: "", Target: "/c", ReadOnly: false, VolumeOptions: { NoCopy: true, Subpath: "x" } },
    { Type: "tmpfs", Source: "", Target: "/d", ReadOnly: false, TmpfsOptions: { SizeBytes: 4096, Mode: 0o1777 } },
  ]);
});

test("a range of the host's ports is one binding out of which the daemon takes a free port", () => {
  const range = {
    hostAddress: "127.0.0.1",
    hostPort: 8000,
    hostPortEnd: 8009,
    containerPort: 53,
    protocol: "sctp",
  } as const;
  const body = containerBody({ ...bare, ports: [range] });
  expect(body.ExposedPorts).toEqual({ "53/sctp": {} });
  expect(body.HostConfig?.PortBindings).toEqual({ "53/sctp": [{ HostIp: "127.0.0.1", HostPort: "8000-8009" }] });
});

test("a network's body has its definition and asks for a name of its own", () => {
  const pool = {
    subnet: "10.1.0.0/16",
    ipRange: "10.1.5.0/24",
    gateway: "10.1.0.1",
    auxAddresses: { router: "10.1.0.2" },
  };
  const wanted = bridge("library", {
    driver: "macvlan",
    driverOptions: { parent: "eth0" },
    internal: true,
    attachable: true,
    enableIpv6: true,
    ipam: { driver: undefined, options: { a: "b" }, pools: [pool, { ...pool, subnet: undefined, auxAddresses: {} }] },
  });
  expect(networkBody("library", wanted, { team: "books" })).toEqual({
    Name: "library",
    CheckDuplicate: true,
    Driver: "macvlan",
    Options: { parent: "eth0" },
    Internal: true,
    Attachable: true,
    EnableIPv6: true,
    Labels: { team: "books" },
    IPAM: {
      Driver: "default",
      Options: { a: "b" },
      Config: [
        {
          Subnet: "10.1.0.0/16",
          IPRange: "10.1.5.0/24",
          Gateway: "10.1.0.1",
          AuxiliaryAddresses: { router: "10.1.0.2" },
        },
        { IPRange: "10.1.5.0/24", Gateway: "10.1.0.1" },
      ],
    },
  });
});

test("what an older daemon would leave out without a word is refused, and says what it needs", () => {
  const mounts = [{ kind: "volume", source: "a", target: "/a", readOnly: false, subpath: "x" }] as const;
  const needs = needsOf({ ...bare, mounts });
  expect(() => expectApi(needs, "v1.44")).toThrow("`subpath` of a volume needs Docker API 1.45, and 1.44 is spoken");
  expect(() => expectApi(needs, "v1.45")).not.toThrow();
  const endpoints = [{ network: "a", aliases: [], ipv4: undefined, ipv6: undefined, macAddress: "02:42:ac:11:00:02" }];
  expect(() => expectApi(needsOf({ ...bare, network: { kind: "networks", endpoints } }), "v1.43")).toThrow("1.44");
  expect(() => expectApi(needsOfNetwork(bridge("a", { enableIpv4: false })), "v1.46")).toThrow("`enable_ipv4`");
  expect(needsOf(bare)).toEqual([]);
});
