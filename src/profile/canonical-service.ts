import type { Attachment, Attachments } from "../model/network.ts";
import type {
  Dependency,
  ExposedPort,
  Healthcheck,
  ImageBuild,
  ModeChoice,
  PortBinding,
  RestartPolicy,
  Service,
} from "../model/profile.ts";
import type { ProvidedFile } from "../model/provided.ts";
import type { VolumeMount } from "../model/volume.ts";
import { canonicalArtifacts } from "./canonical-artifacts.ts";
import { canonicalBuilder } from "./canonical-builder.ts";
import { canonicalHooks } from "./canonical-hooks.ts";
import {
  bytesText,
  durationText,
  modeText,
  onlyTrue,
  optionalDuration,
  type Plain,
  present,
  unlessEmpty,
} from "./canonical-parts.ts";
import { canonicalReady, canonicalRestart } from "./canonical-ready.ts";
import { canonicalSettings, ulimitMap } from "./canonical-settings.ts";

/** Compose's own, which is not written. */
const STOP_GRACE_MS = 10_000;
/** Ours, likewise. */
const SETTLE_MS = 10_000;

/** A service as one entry under `services:`, in Compose's long forms, without what is Compose's default anyway. */
export function canonicalService(service: Service): Plain {
  return present({
    container_name: service.containerName,
    image: service.image,
    build: service.imageBuild && imageBuild(service.imageBuild),
    pull_policy: service.pullPolicy === "missing" ? undefined : service.pullPolicy,
    entrypoint: service.entrypoint,
    command: service.command,
    environment: unlessEmpty(service.environment),
    ports: list(service.ports.map(port)),
    expose: list(service.expose.map(exposed)),
    volumes: list(service.volumes.map(volume)),
    tmpfs: list(Object.entries(service.tmpfs).map(([target, options]) => (options ? `${target}:${options}` : target))),
    secrets: list(service.provided.filter(({ kind }) => kind === "secret").map(provided)),
    configs: list(service.provided.filter(({ kind }) => kind === "config").map(provided)),
    ...attachments(service.attachments),
    depends_on: unlessEmpty(Object.fromEntries(service.dependsOn.map(dependency))),
    healthcheck: service.healthcheck && healthcheck(service.healthcheck),
    hostname: service.hostname,
    user: service.user,
    working_dir: service.workingDir,
    labels: unlessEmpty(service.labels),
    restart: restart(service.restart),
    init: onlyTrue(service.init),
    scale: service.replicas === 1 ? undefined : service.replicas,
    stop_signal: service.stopSignal,
    stop_grace_period: service.stopGraceMs === STOP_GRACE_MS ? undefined : durationText(service.stopGraceMs),
    ...canonicalSettings(service.settings),
    "x-devenv": unlessEmpty(extension(service)),
  });
}

const list = <Item>(items: readonly Item[]): readonly Item[] | undefined => (items.length === 0 ? undefined : items);

const imageBuild = (build: ImageBuild): Plain =>
  present({
    context: build.context,
    dockerfile: build.dockerfileInline === undefined ? build.dockerfile : undefined,
    dockerfile_inline: build.dockerfileInline,
    target: build.target,
    args: unlessEmpty(build.args),
    labels: build.labels && unlessEmpty(build.labels),
    network: build.network,
    extra_hosts: build.extraHosts,
    shm_size: bytesText(build.shmSizeBytes),
    platforms: build.platform === undefined ? undefined : [build.platform],
    tags: build.tags,
    no_cache: build.noCache,
    pull: build.pull,
    cache_from: build.cacheFrom,
    ulimits: build.ulimits && ulimitMap(build.ulimits),
  });

const port = ({ hostAddress, hostPort, hostPortEnd, containerPort, protocol }: PortBinding): Plain =>
  present({
    mode: "ingress",
    host_ip: hostAddress,
    target: containerPort,
    published: hostPort === 0 ? undefined : `${hostPort}${hostPortEnd === undefined ? "" : `-${hostPortEnd}`}`,
    protocol,
  });

const exposed = ({ port: number, protocol }: ExposedPort): string =>
  protocol === "tcp" ? String(number) : `${number}/${protocol}`;

function volume(mount: VolumeMount): Plain {
  const { kind, target, readOnly } = mount;
  const place = { target, read_only: onlyTrue(readOnly) };
  switch (mount.kind) {
    case "bind": {
      const { source, createHostPath, propagation, selinux, nonRecursive } = mount;
      const recursive = nonRecursive ? "disabled" : undefined;
      const bind = unlessEmpty(present({ create_host_path: createHostPath, propagation, selinux, recursive }));
      return present({ type: kind, source, ...place, bind });
    }
    case "volume": {
      const { source, noCopy: nocopy, subpath } = mount;
      return present({ type: kind, source, ...place, volume: unlessEmpty(present({ nocopy, subpath })) });
    }
    case "tmpfs": {
      const { sizeBytes, mode } = mount;
      const tmpfs = present({ size: bytesText(sizeBytes), mode: mode === undefined ? undefined : modeText(mode) });
      return present({ type: kind, ...place, tmpfs: unlessEmpty(tmpfs) });
    }
  }
}

const provided = ({ name, target, uid, gid, mode }: ProvidedFile): Plain => ({
  source: name,
  target,
  uid: String(uid),
  gid: String(gid),
  mode: modeText(mode),
});

function attachments(attached: Attachments): Plain {
  switch (attached.kind) {
    case "networks":
      return { networks: Object.fromEntries(attached.networks.map((each) => [each.network, attachment(each)])) };
    case "service":
      return { network_mode: `service:${attached.service}` };
    case "container":
      return { network_mode: `container:${attached.container}` };
    default:
      return { network_mode: attached.kind };
  }
}

function attachment(attached: Attachment): Plain | null {
  const written = present({
    aliases: list(attached.aliases),
    ipv4_address: attached.ipv4,
    ipv6_address: attached.ipv6,
    link_local_ips: attached.linkLocalIps,
    driver_opts: attached.driverOptions,
    mac_address: attached.macAddress,
    gw_priority: attached.gatewayPriority,
    use_service_name_alias: attached.serviceAlias,
  });
  return unlessEmpty(written) ?? null;
}

const dependency = ({ service, condition, required, restart: restarts }: Dependency): [string, Plain] => [
  service,
  present({ condition, required, restart: restarts }),
];

const healthcheck = ({ test, ...times }: Healthcheck): Plain =>
  present({
    test: list(test),
    interval: optionalDuration(times.intervalMs),
    timeout: optionalDuration(times.timeoutMs),
    retries: times.retries,
    start_period: optionalDuration(times.startPeriodMs),
    start_interval: optionalDuration(times.startIntervalMs),
  });

function restart(policy: RestartPolicy): string | undefined {
  if (policy.kind === "no") return undefined;
  const retries = policy.kind === "on-failure" && policy.maxRetries > 0 ? `:${policy.maxRetries}` : "";
  return `${policy.kind}${retries}`;
}

/** `x-devenv` of a service. */
function extension(service: Service): Plain {
  const { repo, build, ignore, artifact, ci, ready, swapRestart, settleMs, command, mode } = service;
  const usual = command === undefined ? "container" : "process";
  return present({
    repo,
    build: build && canonicalBuilder(build),
    ignore,
    artifact: artifact === "file" ? undefined : artifact,
    ci: ci && canonicalArtifacts(ci),
    ready: ready && canonicalReady(ready),
    restart: swapRestart.kind === usual ? undefined : canonicalRestart(swapRestart),
    settle: settleMs === SETTLE_MS ? undefined : durationText(settleMs),
    before_build: canonicalHooks(service, "before_build"),
    after_swap: canonicalHooks(service, "after_swap"),
    mode: mode && modeName(mode),
  });
}

/** As `x-devenv.mode` and `devenv use` write it. */
function modeName(mode: ModeChoice): string {
  if (mode.kind === "host") return `host:${mode.port}`;
  return mode.kind === "remote" ? `remote:${mode.url}` : mode.kind;
}
