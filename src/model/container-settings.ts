/** The rest of a container's settings, each as Docker's API has it, in our units; undefined means Docker's default. */
export interface ContainerSettings {
  readonly domainname?: string | undefined;
  readonly macAddress?: string | undefined;
  readonly extraHosts?: readonly string[] | undefined;
  readonly dns?: readonly string[] | undefined;
  readonly dnsSearch?: readonly string[] | undefined;
  readonly dnsOptions?: readonly string[] | undefined;
  readonly tty?: boolean | undefined;
  readonly stdinOpen?: boolean | undefined;
  readonly capAdd?: readonly string[] | undefined;
  readonly capDrop?: readonly string[] | undefined;
  readonly privileged?: boolean | undefined;
  readonly securityOpt?: readonly string[] | undefined;
  readonly groupAdd?: readonly string[] | undefined;
  readonly devices?: readonly Device[] | undefined;
  readonly deviceCgroupRules?: readonly string[] | undefined;
  readonly ulimits?: readonly Ulimit[] | undefined;
  readonly sysctls?: Readonly<Record<string, string>> | undefined;
  readonly shmSizeBytes?: number | undefined;
  readonly readOnly?: boolean | undefined;
  readonly ipc?: string | undefined;
  readonly pid?: string | undefined;
  readonly uts?: string | undefined;
  readonly usernsMode?: string | undefined;
  readonly cgroup?: string | undefined;
  readonly cgroupParent?: string | undefined;
  readonly runtime?: string | undefined;
  readonly isolation?: string | undefined;
  readonly storageOptions?: Readonly<Record<string, string>> | undefined;
  readonly volumesFrom?: readonly string[] | undefined;
  readonly memoryBytes?: number | undefined;
  readonly memoryReservationBytes?: number | undefined;
  /** Memory and swap together; -1 is without limit. */
  readonly memorySwapBytes?: number | undefined;
  readonly memorySwappiness?: number | undefined;
  readonly nanoCpus?: number | undefined;
  readonly cpuShares?: number | undefined;
  readonly cpuPeriodMicros?: number | undefined;
  readonly cpuQuotaMicros?: number | undefined;
  readonly cpuset?: string | undefined;
  readonly pidsLimit?: number | undefined;
  readonly oomKillDisable?: boolean | undefined;
  readonly oomScoreAdjustment?: number | undefined;
  /** Of a daemon on Windows. */
  readonly cpuCount?: number | undefined;
  /** Of a daemon on Windows. */
  readonly cpuPercent?: number | undefined;
  readonly cpuRealtimePeriodMicros?: number | undefined;
  readonly cpuRealtimeRuntimeMicros?: number | undefined;
  readonly blockIo?: BlockIo | undefined;
  /** `gpus`, `deploy.resources.reservations.devices` and CDI devices. */
  readonly deviceRequests?: readonly DeviceRequest[] | undefined;
  /** Of the OCI runtime; the API has them from 1.43 on. */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly logging?: Logging | undefined;
  /** `linux/arm64`; the daemon's own when undefined. */
  readonly platform?: string | undefined;
}

export interface Device {
  readonly source: string;
  readonly target: string;
  /** Of r, w and m. */
  readonly permissions: string;
}

/** `HostConfig.DeviceRequests`. */
export interface DeviceRequest {
  readonly driver: string | undefined;
  /** -1 is all; undefined where `deviceIds` names them. */
  readonly count: number | undefined;
  readonly deviceIds: readonly string[];
  readonly capabilities: readonly string[];
  readonly options: Readonly<Record<string, string>>;
}

/** `blkio_config`: a weight of 10 to 1000, and limits a device, in bytes or operations a second. */
export interface BlockIo {
  readonly weight: number | undefined;
  readonly weightDevice: readonly { readonly path: string; readonly weight: number }[];
  readonly deviceReadBps: readonly DeviceRate[];
  readonly deviceWriteBps: readonly DeviceRate[];
  readonly deviceReadIops: readonly DeviceRate[];
  readonly deviceWriteIops: readonly DeviceRate[];
}

export interface DeviceRate {
  readonly path: string;
  readonly rate: number;
}

export interface Ulimit {
  readonly name: string;
  readonly soft: number;
  readonly hard: number;
}

export interface Logging {
  readonly driver: string | undefined;
  readonly options: Readonly<Record<string, string>>;
}
