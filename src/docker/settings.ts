import type { ContainerCreateOptions, HostConfig } from "dockerode";
import type { BlockIo, ContainerSettings, DeviceRate, DeviceRequest, Logging } from "../model/container-settings.ts";

/** The settings that Docker keeps beside `HostConfig`; what a profile does not say is absent. */
export function configSettings(settings: ContainerSettings): Partial<ContainerCreateOptions> {
  return stated({
    Domainname: settings.domainname,
    MacAddress: settings.macAddress,
    Tty: settings.tty,
    OpenStdin: settings.stdinOpen,
  });
}

/** The settings in `HostConfig`; what a profile does not say is absent, and so Docker's default. */
export function hostSettings(settings: ContainerSettings): Partial<HostConfig> {
  const { blockIo } = settings;
  const parts = { ...isolation(settings), ...resources(settings), ...surroundings(settings) };
  return stated({ ...parts, ...(blockIo && blockIoBody(blockIo)) }) as Partial<HostConfig>;
}

/** What a container may do, and what of the machine it shares. */
const isolation = (settings: ContainerSettings) => ({
  CapAdd: settings.capAdd,
  CapDrop: settings.capDrop,
  Privileged: settings.privileged,
  SecurityOpt: settings.securityOpt,
  GroupAdd: settings.groupAdd,
  ReadonlyRootfs: settings.readOnly,
  IpcMode: settings.ipc,
  PidMode: settings.pid,
  UTSMode: settings.uts,
  UsernsMode: settings.usernsMode,
  CgroupnsMode: settings.cgroup,
  CgroupParent: settings.cgroupParent,
  Isolation: settings.isolation,
  Runtime: settings.runtime,
});

const resources = (settings: ContainerSettings) => ({
  Memory: settings.memoryBytes,
  MemoryReservation: settings.memoryReservationBytes,
  MemorySwap: settings.memorySwapBytes,
  MemorySwappiness: settings.memorySwappiness,
  NanoCpus: settings.nanoCpus,
  CpuShares: settings.cpuShares,
  CpuPeriod: settings.cpuPeriodMicros,
  CpuQuota: settings.cpuQuotaMicros,
  CpusetCpus: settings.cpuset,
  CpuCount: settings.cpuCount,
  CpuPercent: settings.cpuPercent,
  CpuRealtimePeriod: settings.cpuRealtimePeriodMicros,
  CpuRealtimeRuntime: settings.cpuRealtimeRuntimeMicros,
  PidsLimit: settings.pidsLimit,
  OomKillDisable: settings.oomKillDisable,
  OomScoreAdj: settings.oomScoreAdjustment,
  ShmSize: settings.shmSizeBytes,
  Ulimits: settings.ulimits?.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
});

const surroundings = (settings: ContainerSettings) => ({
  ExtraHosts: settings.extraHosts,
  Dns: settings.dns,
  DnsSearch: settings.dnsSearch,
  DnsOptions: settings.dnsOptions,
  Devices: settings.devices?.map(({ source, target, permissions }) => ({
    PathOnHost: source,
    PathInContainer: target,
    CgroupPermissions: permissions,
  })),
  DeviceCgroupRules: settings.deviceCgroupRules,
  DeviceRequests: settings.deviceRequests?.map(deviceRequestBody),
  Sysctls: settings.sysctls,
  StorageOpt: settings.storageOptions,
  VolumesFrom: settings.volumesFrom,
  LogConfig: settings.logging && logBody(settings.logging),
  Annotations: settings.annotations,
});

const deviceRequestBody = ({ driver, count, deviceIds, capabilities, options }: DeviceRequest) => ({
  Driver: driver ?? "",
  ...(count !== undefined && { Count: count }),
  ...(deviceIds.length > 0 && { DeviceIDs: deviceIds }),
  // A list of alternatives, of which a profile names one.
  Capabilities: [capabilities],
  Options: { ...options },
});

const blockIoBody = (io: BlockIo) => ({
  BlkioWeight: io.weight,
  BlkioWeightDevice: io.weightDevice.map(({ path, weight }) => ({ Path: path, Weight: weight })),
  BlkioDeviceReadBps: io.deviceReadBps.map(rateBody),
  BlkioDeviceWriteBps: io.deviceWriteBps.map(rateBody),
  BlkioDeviceReadIOps: io.deviceReadIops.map(rateBody),
  BlkioDeviceWriteIOps: io.deviceWriteIops.map(rateBody),
});

const rateBody = ({ path, rate }: DeviceRate) => ({ Path: path, Rate: rate });

const logBody = ({ driver, options }: Logging) => ({ Type: driver ?? "", Config: { ...options } });

const stated = <T extends object>(settings: T): T =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as T;
