import { dirname } from "node:path";
import { serviceName } from "../model/names.ts";
import type { Dependency, Healthcheck, PullPolicy, RestartPolicy, Service } from "../model/profile.ts";
import type { VolumeMount } from "../model/volume.ts";
import type { Selection } from "./active.ts";
import { publishedPorts } from "./checks-ports.ts";
import type { ServiceData } from "./compose-schema.ts";
import { dependenciesOf } from "./dependencies.ts";
import { inFolder } from "./place.ts";
import { serviceArtifacts } from "./resolve-artifacts.ts";
import { imageBuild } from "./resolve-build.ts";
import { artifactKind, builder } from "./resolve-builder.ts";
import { environmentOf, labelsOf } from "./resolve-environment.ts";
import { hooks } from "./resolve-hooks.ts";
import { attachmentsOf } from "./resolve-networks.ts";
import { providedFiles } from "./resolve-provided.ts";
import { readyProbe, swapRestart } from "./resolve-ready.ts";
import { settingsOf } from "./resolve-settings.ts";
import type { Surroundings } from "./resolve-surroundings.ts";
import { RESTART_OF_CONDITION } from "./schema-deploy.ts";

/** Compose's default. */
const STOP_GRACE_MS = 10_000;
const SETTLE_MS = 10_000;

/** One entry under `services:` with its defaults, every path absolute. */
export async function resolveService(name: string, data: ServiceData, around: Surroundings): Promise<Service> {
  const extension = data["x-devenv"] ?? {};
  return {
    name: serviceName(name),
    image: data.image ?? `${around.cluster}-${name}`,
    imageBuild: imageBuild(data, around),
    entrypoint: data.entrypoint ?? undefined,
    command: data.command ?? undefined,
    environment: await environmentOf(name, data, around),
    ports: publishedPorts(data).flat(),
    expose: (data.expose ?? []).flat(),
    volumes: volumesOf(data, around),
    provided: providedFiles(data, around),
    attachments: attachmentsOf(name, data, around.selection),
    containerName: data.container_name,
    replicas: data.scale ?? data.deploy?.replicas ?? 1,
    pullPolicy: pullPolicy(data),
    settings: settingsOf(data),
    tmpfs: Object.fromEntries(data.tmpfs ?? []),
    dependsOn: dependsOn(data, around.selection),
    healthcheck: healthcheck(data),
    workingDir: data.working_dir,
    user: data.user,
    hostname: data.hostname,
    labels: await labelsOf(name, data, around),
    restart: restartPolicy(data),
    init: data.init ?? false,
    stopSignal: data.stop_signal || undefined,
    stopGraceMs: data.stop_grace_period ?? STOP_GRACE_MS,
    repo: extension.repo === undefined ? undefined : inFolder(around.workspace, extension.repo, around.home),
    build: builder(extension),
    ignore: extension.ignore,
    artifact: artifactKind(extension),
    ci: serviceArtifacts(name, extension.ci, around.data["x-devenv"] ?? {}, around),
    ready: readyProbe(data),
    swapRestart: swapRestart(data),
    settleMs: extension.settle ?? SETTLE_MS,
    hooks: hooks(data),
    mode: extension.mode,
  };
}

const volumesOf = ({ volumes = [] }: ServiceData, { file, home }: Surroundings): VolumeMount[] =>
  volumes.map((volume) =>
    volume.kind === "bind" ? { ...volume, source: inFolder(dirname(file), volume.source, home) } : volume,
  );

const pullPolicy = ({ pull_policy: written = "missing" }: ServiceData): PullPolicy =>
  written === "if_not_present" ? "missing" : written;

/** Without those that are left out, which are not required: else it would have been told. */
const dependsOn = (data: ServiceData, { isActive }: Selection): Dependency[] =>
  dependenciesOf(data)
    .filter(({ target }) => isActive(target))
    .map(({ target, condition, required, restart }) => ({
      service: serviceName(target),
      condition,
      required,
      ...(restart !== undefined && { restart }),
    }));

/** Undefined where it says no more than the image does. */
function healthcheck({ healthcheck: written }: ServiceData): Healthcheck | undefined {
  if (written === undefined) return undefined;
  const { disable = false, test = [], start_interval: startIntervalMs, ...times } = written;
  if (!disable && test.length === 0 && Object.keys({ ...times }).length === 0 && startIntervalMs === undefined) {
    return undefined;
  }
  return {
    test: disable ? ["NONE"] : test,
    intervalMs: times.interval,
    timeoutMs: times.timeout,
    startPeriodMs: times.start_period,
    ...(startIntervalMs !== undefined && { startIntervalMs }),
    retries: times.retries,
  };
}

/** `restart`, else what `deploy.restart_policy` says in other words. */
function restartPolicy({ restart, deploy }: ServiceData): RestartPolicy {
  const policy = deploy?.restart_policy;
  if (!restart && policy !== undefined) {
    const kind = RESTART_OF_CONDITION[policy.condition ?? "any"];
    return kind === "on-failure" ? { kind, maxRetries: policy.max_attempts ?? 0 } : { kind };
  }
  const [kind, retries] = (restart || "no").split(":");
  if (kind === "on-failure") return { kind, maxRetries: Number(retries ?? 0) };
  return { kind: kind as "no" | "always" | "unless-stopped" };
}
