import type { ContainerSettings } from "../../../src/model/container-settings.ts";
import type { Attachments, Network } from "../../../src/model/network.ts";
import type { Healthcheck, PortBinding, Profile, RestartPolicy, Service } from "../../../src/model/profile.ts";
import type { ProvidedFile } from "../../../src/model/provided.ts";
import type { Volume, VolumeMount } from "../../../src/model/volume.ts";
import type { ServiceView, View } from "./view.ts";

/** What devenv made of a profile, without what is devenv's own (CLUSTER_ENV, `x-devenv`). */
export function viewOfProfile(profile: Profile): View {
  return {
    services: Object.fromEntries(profile.services.map((service) => [service.name, viewOfService(service, profile)])),
    networks: Object.fromEntries(profile.networks.map((network) => [network.key, viewOfNetwork(network)])),
    volumes: Object.fromEntries(profile.volumes.map((volume) => [volume.key, viewOfVolume(volume)])),
  };
}

function viewOfService(service: Service, { name }: Profile): ServiceView {
  const { CLUSTER_ENV: _ours, ...environment } = service.environment;
  const isDefaultImage = service.imageBuild !== undefined && service.image === `${name}-${service.name}`;
  return {
    image: isDefaultImage ? undefined : service.image,
    build: viewOfBuild(service),
    command: listed(service.command),
    entrypoint: listed(service.entrypoint),
    environment,
    ports: service.ports.map(portText).toSorted(),
    expose: service.expose.map(({ port, protocol }) => `${port}/${protocol}`).toSorted(),
    volumes: service.volumes.map(mount).toSorted(byTarget),
    tmpfs: Object.entries(service.tmpfs).map(([target, options]) => (options ? `${target}:${options}` : target)),
    secrets: provided(service, "secret"),
    configs: provided(service, "config"),
    ...attachments(service.attachments),
    container_name: service.containerName,
    replicas: service.replicas === 1 ? undefined : String(service.replicas),
    pull_policy: service.pullPolicy === "missing" ? undefined : service.pullPolicy,
    depends_on: Object.fromEntries(
      service.dependsOn.map(({ service: target, condition, required, restart }) => [
        target,
        { condition, optional: !required, restart },
      ]),
    ),
    healthcheck: healthcheck(service.healthcheck),
    working_dir: service.workingDir,
    user: service.user,
    hostname: service.hostname,
    labels: service.labels,
    restart: restart(service.restart),
    init: service.init,
    stop_signal: service.stopSignal,
    stop_grace_period: service.stopGraceMs === 10_000 ? undefined : service.stopGraceMs,
    ...settings(service.settings),
  };
}

/** An empty list is not the same as none: it clears the image's own. */
const listed = (words: readonly string[] | undefined): readonly string[] | string | undefined =>
  words?.length === 0 ? "cleared" : words;

const byTarget = (a: { target: string }, b: { target: string }) => (a.target < b.target ? -1 : 1);

const portText = ({ hostAddress, hostPort, hostPortEnd, containerPort, protocol }: PortBinding): string => {
  const host = hostPortEnd === undefined || hostPortEnd === hostPort ? hostPort || "" : `${hostPort}-${hostPortEnd}`;
  return `${hostAddress}:${host}:${containerPort}/${protocol}`;
};

function viewOfBuild({ imageBuild: build }: Service) {
  if (build === undefined) return undefined;
  return {
    context: build.context,
    dockerfile: build.dockerfileInline === undefined ? build.dockerfile : undefined,
    dockerfile_inline: build.dockerfileInline,
    target: build.target,
    args: build.args,
    labels: build.labels,
    network: build.network,
    tags: build.tags,
    no_cache: build.noCache,
    pull: build.pull,
    shm_size: build.shmSizeBytes,
  };
}

function mount(volume: VolumeMount) {
  const { kind, target, readOnly } = volume;
  const place = { type: kind, target, read_only: readOnly };
  if (kind === "tmpfs") return { ...place, size: volume.sizeBytes, mode: volume.mode };
  if (kind === "volume") {
    return { ...place, source: volume.source, nocopy: volume.noCopy, subpath: volume.subpath };
  }
  return { ...place, source: volume.source, propagation: volume.propagation, selinux: volume.selinux };
}

const provided = (service: Service, wanted: ProvidedFile["kind"]) =>
  service.provided
    .filter(({ kind }) => kind === wanted)
    .map(({ name, target, uid, gid, mode }) => ({ source: name, target, uid, gid, mode }))
    .toSorted(byTarget);

function attachments(to: Attachments) {
  if (to.kind === "service") return { network_mode: `service:${to.service}` };
  if (to.kind === "container") return { network_mode: `container:${to.container}` };
  if (to.kind !== "networks") return { network_mode: to.kind };
  const entries = to.networks.map(({ network, aliases, ipv4, ipv6, macAddress }) => [
    network,
    { on: true, aliases: aliases.toSorted(), ipv4_address: ipv4, ipv6_address: ipv6, mac_address: macAddress },
  ]);
  return { networks: Object.fromEntries(entries) };
}

function healthcheck(written: Healthcheck | undefined) {
  if (written === undefined) return undefined;
  if (written.test?.[0] === "NONE") return { test: ["NONE"] };
  return {
    test: written.test,
    interval: written.intervalMs,
    timeout: written.timeoutMs,
    start_period: written.startPeriodMs,
    start_interval: written.startIntervalMs,
    retries: written.retries,
  };
}

function restart(policy: RestartPolicy): string | undefined {
  if (policy.kind === "no") return undefined;
  return policy.kind === "on-failure" && policy.maxRetries > 0 ? `on-failure:${policy.maxRetries}` : policy.kind;
}

function settings(of: ContainerSettings): ServiceView {
  return {
    domainname: of.domainname,
    mac_address: of.macAddress,
    extra_hosts: of.extraHosts?.map((host) => host.replace(":", "=")).toSorted(),
    dns: of.dns,
    dns_search: of.dnsSearch,
    dns_opt: of.dnsOptions,
    tty: of.tty,
    stdin_open: of.stdinOpen,
    cap_add: of.capAdd,
    cap_drop: of.capDrop,
    privileged: of.privileged,
    security_opt: of.securityOpt,
    group_add: of.groupAdd,
    devices: of.devices?.map(({ source, target, permissions }) => `${source}:${target}:${permissions}`),
    ulimits: Object.fromEntries((of.ulimits ?? []).map(({ name, soft, hard }) => [name, `${soft}:${hard}`])),
    sysctls: of.sysctls,
    shm_size: of.shmSizeBytes,
    read_only: of.readOnly,
    ipc: of.ipc,
    pid: of.pid,
    uts: of.uts,
    userns_mode: of.usernsMode,
    cgroup: of.cgroup,
    cgroup_parent: of.cgroupParent,
    runtime: of.runtime,
    volumes_from: of.volumesFrom,
    mem_limit: of.memoryBytes,
    mem_reservation: of.memoryReservationBytes,
    memswap_limit: of.memorySwapBytes,
    cpus: of.nanoCpus,
    cpu_shares: of.cpuShares,
    cpu_quota: of.cpuQuotaMicros,
    cpuset: of.cpuset,
    pids_limit: of.pidsLimit,
    oom_kill_disable: of.oomKillDisable,
    oom_score_adj: of.oomScoreAdjustment,
    platform: of.platform,
    logging: of.logging && { driver: of.logging.driver, options: of.logging.options },
  };
}

const viewOfNetwork = (network: Network) => ({
  name: network.name,
  external: network.external,
  driver: network.driver,
  driver_opts: network.driverOptions,
  labels: network.labels,
  internal: network.internal,
  attachable: network.attachable,
  enable_ipv6: network.enableIpv6,
  subnets: network.ipam?.pools.map(({ subnet }) => subnet),
});

const viewOfVolume = (volume: Volume) => ({
  name: volume.name,
  external: volume.external,
  driver: volume.driver,
  driver_opts: volume.driverOptions,
  labels: volume.labels,
});
