import type { BlockIo, ContainerSettings, DeviceRequest, Ulimit } from "../model/container-settings.ts";
import { bytesText, type Plain, present, unlessEmpty } from "./canonical-parts.ts";

type Settings = Required<ContainerSettings>;

/** One that a compiler error reminds of every setting that joins the model. */
type Writers = { readonly [Key in keyof Settings]: (value: NonNullable<Settings[Key]>) => Plain };

/** Under Compose's key as it is. */
const as =
  (key: string) =>
  (value: unknown): Plain => ({ [key]: value });

/** Sizes are texts of bytes. */
const asBytes =
  (key: string) =>
  (bytes: number): Plain => ({ [key]: bytesText(bytes) });

const asMicros =
  (key: string) =>
  (micros: number): Plain => ({ [key]: `${micros}us` });

const NANO = 1e9;

const WRITERS: Writers = {
  domainname: as("domainname"),
  macAddress: as("mac_address"),
  extraHosts: as("extra_hosts"),
  dns: as("dns"),
  dnsSearch: as("dns_search"),
  dnsOptions: as("dns_opt"),
  tty: as("tty"),
  stdinOpen: as("stdin_open"),
  capAdd: as("cap_add"),
  capDrop: as("cap_drop"),
  privileged: as("privileged"),
  securityOpt: as("security_opt"),
  groupAdd: as("group_add"),
  devices: as("devices"),
  deviceCgroupRules: as("device_cgroup_rules"),
  ulimits: (ulimits) => ({ ulimits: ulimitMap(ulimits) }),
  sysctls: as("sysctls"),
  shmSizeBytes: asBytes("shm_size"),
  readOnly: as("read_only"),
  ipc: as("ipc"),
  pid: as("pid"),
  uts: as("uts"),
  usernsMode: as("userns_mode"),
  cgroup: as("cgroup"),
  cgroupParent: as("cgroup_parent"),
  runtime: as("runtime"),
  isolation: as("isolation"),
  storageOptions: as("storage_opt"),
  volumesFrom: as("volumes_from"),
  memoryBytes: asBytes("mem_limit"),
  memoryReservationBytes: asBytes("mem_reservation"),
  memorySwapBytes: asBytes("memswap_limit"),
  memorySwappiness: as("mem_swappiness"),
  nanoCpus: (nano) => ({ cpus: nano / NANO }),
  cpuShares: as("cpu_shares"),
  cpuPeriodMicros: as("cpu_period"),
  cpuQuotaMicros: as("cpu_quota"),
  cpuset: as("cpuset"),
  pidsLimit: as("pids_limit"),
  oomKillDisable: as("oom_kill_disable"),
  oomScoreAdjustment: as("oom_score_adj"),
  cpuCount: as("cpu_count"),
  cpuPercent: as("cpu_percent"),
  cpuRealtimePeriodMicros: asMicros("cpu_rt_period"),
  cpuRealtimeRuntimeMicros: asMicros("cpu_rt_runtime"),
  blockIo: (blockIo) => ({ blkio_config: blockIoConfig(blockIo) }),
  deviceRequests: (requests) => ({
    deploy: { resources: { reservations: { devices: requests.map(deviceReservation) } } },
  }),
  annotations: as("annotations"),
  logging: ({ driver, options }) => ({ logging: present({ driver, options: unlessEmpty(options) }) }),
  platform: as("platform"),
};

/** A container's settings under Compose's keys, in long forms. */
export function canonicalSettings(settings: ContainerSettings): Plain {
  const written = Object.entries(settings).flatMap(([key, value]) => {
    const write = WRITERS[key as keyof Settings] as (value: unknown) => Plain;
    return value === undefined ? [] : [write(value)];
  });
  return Object.assign({}, ...written);
}

export const ulimitMap = (ulimits: readonly Ulimit[]): Plain =>
  Object.fromEntries(ulimits.map(({ name, soft, hard }) => [name, { soft, hard }]));

function blockIoConfig(blockIo: BlockIo): Plain {
  const list = <Item>(items: readonly Item[]) => (items.length === 0 ? undefined : items);
  return present({
    weight: blockIo.weight,
    weight_device: list(blockIo.weightDevice),
    device_read_bps: list(blockIo.deviceReadBps),
    device_write_bps: list(blockIo.deviceWriteBps),
    device_read_iops: list(blockIo.deviceReadIops),
    device_write_iops: list(blockIo.deviceWriteIops),
  });
}

function deviceReservation({ driver, count, deviceIds, capabilities, options }: DeviceRequest): Plain {
  return present({
    driver,
    count: count === -1 ? "all" : count,
    device_ids: deviceIds.length === 0 ? undefined : deviceIds,
    capabilities,
    options: unlessEmpty(options),
  });
}
