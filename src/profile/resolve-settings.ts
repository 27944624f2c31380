import type { BlockIo, ContainerSettings, DeviceRequest, Logging } from "../model/container-settings.ts";
import type { ServiceData } from "./compose-schema.ts";

const NANO = 1e9;

/** What of a service goes to Docker as it is. `deploy.resources` says what the service's own keys do not. */
export function settingsOf(data: ServiceData): ContainerSettings {
  const settings: ContainerSettings = { ...isolation(data), ...surroundings(data), ...limits(data) };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

/** What a container may do, and what of the machine it shares. */
const isolation = (data: ServiceData): ContainerSettings => ({
  privileged: data.privileged,
  readOnly: data.read_only,
  capAdd: data.cap_add,
  capDrop: data.cap_drop,
  securityOpt: data.security_opt,
  groupAdd: data.group_add,
  ipc: data.ipc,
  pid: data.pid,
  uts: data.uts,
  usernsMode: data.userns_mode,
  cgroup: data.cgroup,
  cgroupParent: data.cgroup_parent,
  isolation: data.isolation,
  runtime: data.runtime,
});

const surroundings = (data: ServiceData): ContainerSettings => ({
  platform: data.platform,
  domainname: data.domainname,
  macAddress: data.mac_address,
  extraHosts: data.extra_hosts,
  dns: data.dns,
  dnsOptions: data.dns_opt,
  dnsSearch: data.dns_search,
  tty: data.tty,
  stdinOpen: data.stdin_open,
  sysctls: data.sysctls,
  storageOptions: data.storage_opt,
  volumesFrom: data.volumes_from,
  annotations: data.annotations,
  logging: logging(data),
  deviceCgroupRules: data.device_cgroup_rules,
  ...devices(data),
});

const logging = ({ logging: written }: ServiceData): Logging | undefined =>
  written && { driver: written.driver, options: written.options ?? {} };

type Devices = Pick<ContainerSettings, "devices" | "deviceRequests">;

/** Devices of the machine; and those that a driver gives, in whichever of its three places a profile asks for them. */
function devices(data: ServiceData): Devices {
  const listed = data.devices ?? [];
  const plain = listed.flatMap((entry) => ("device" in entry ? entry.device : []));
  const requests = [
    ...listed.flatMap((entry) => ("request" in entry ? entry.request : [])),
    // `gpus` means the capability of that name, whatever else it names.
    ...(data.gpus ?? []).map((gpu) => request({ ...gpu, capabilities: ["gpu", ...(gpu.capabilities ?? [])] })),
    ...(data.deploy?.resources?.reservations?.devices ?? []).map(request),
  ];
  return {
    ...(plain.length > 0 && { devices: plain }),
    ...(requests.length > 0 && { deviceRequests: requests }),
  };
}

type WrittenRequest = Omit<NonNullable<ServiceData["gpus"]>[number], "capabilities"> & {
  readonly capabilities: readonly string[];
};

const request = ({
  driver,
  count,
  device_ids: ids = [],
  capabilities,
  options = {},
}: WrittenRequest): DeviceRequest => ({
  driver,
  count: ids.length > 0 ? undefined : (count ?? -1),
  deviceIds: ids,
  capabilities: [...new Set(capabilities)],
  options,
});

function limits(data: ServiceData): ContainerSettings {
  const { limits: most, reservations: least } = data.deploy?.resources ?? {};
  const cpus = data.cpus ?? most?.cpus;
  return {
    memoryBytes: data.mem_limit ?? most?.memory,
    memoryReservationBytes: data.mem_reservation ?? least?.memory,
    memorySwapBytes: data.memswap_limit,
    memorySwappiness: data.mem_swappiness,
    nanoCpus: cpus && Math.round(cpus * NANO),
    cpuShares: data.cpu_shares,
    cpuPeriodMicros: data.cpu_period,
    cpuQuotaMicros: data.cpu_quota,
    cpuRealtimePeriodMicros: data.cpu_rt_period,
    cpuRealtimeRuntimeMicros: data.cpu_rt_runtime,
    cpuCount: data.cpu_count,
    cpuPercent: data.cpu_percent,
    cpuset: data.cpuset,
    pidsLimit: data.pids_limit ?? most?.pids,
    oomKillDisable: data.oom_kill_disable,
    oomScoreAdjustment: data.oom_score_adj,
    shmSizeBytes: data.shm_size,
    ulimits: data.ulimits,
    blockIo: data.blkio_config && blockIo(data.blkio_config),
  };
}

const blockIo = (written: NonNullable<ServiceData["blkio_config"]>): BlockIo => ({
  weight: written.weight,
  weightDevice: written.weight_device ?? [],
  deviceReadBps: written.device_read_bps ?? [],
  deviceWriteBps: written.device_write_bps ?? [],
  deviceReadIops: written.device_read_iops ?? [],
  deviceWriteIops: written.device_write_iops ?? [],
});
