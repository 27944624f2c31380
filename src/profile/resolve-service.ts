import { dirname } from "node:path";
import { serviceName } from "../model/names.ts";
import type {
  Builder,
  Dependency,
  Healthcheck,
  ImageBuild,
  ReadyProbe,
  RestartPolicy,
  Service,
  SwapRestart,
} from "../model/profile.ts";
import type { VolumeMount } from "../model/volume.ts";
import { type Checked, containerPorts } from "./checks.ts";
import type { ServiceData } from "./compose-schema.ts";
import { inFolder } from "./place.ts";
import type { ReadOptions } from "./read-options.ts";
import type { TextMap } from "./schema-parts.ts";
import { valueAt } from "./schema-problems.ts";
import { variablesOf } from "./secrets.ts";
import type { Variables } from "./variables.ts";
import type { Path } from "./yaml-source.ts";

/** All that a service's entry is resolved against. */
export interface Surroundings
  extends Pick<ReadOptions, "workspace" | "home" | "readFile">,
    Pick<Variables, "lookup">,
    Pick<Checked, "problems" | "raw"> {
  readonly file: string;
  readonly cluster: string;
  /** The value of CLUSTER_ENV. */
  readonly clusterEnvironment: string;
}

/** Compose's default. */
const STOP_GRACE_MS = 10_000;
const READY_WITHIN_MS = 10_000;

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
    ports: (data.ports ?? []).flat(),
    expose: (data.expose ?? []).flat().map((port) => ({ port, protocol: "tcp" })),
    volumes: volumesOf(data, around),
    provided: [],
    attachments: {
      kind: "networks",
      networks: [{ network: "default", aliases: [], ipv4: undefined, ipv6: undefined }],
    },
    containerName: undefined,
    replicas: 1,
    pullPolicy: "missing",
    settings: {},
    tmpfs: Object.fromEntries(data.tmpfs ?? []),
    dependsOn: dependsOn(data),
    healthcheck: healthcheck(data),
    workingDir: data.working_dir,
    user: data.user,
    hostname: data.hostname,
    labels: withValues(data.labels ?? {}, () => ""),
    restart: restartPolicy(data.restart ?? "no"),
    init: data.init ?? false,
    stopSignal: data.stop_signal,
    stopGraceMs: data.stop_grace_period ?? STOP_GRACE_MS,
    repo: extension.repo === undefined ? undefined : inFolder(around.workspace, extension.repo, around.home),
    build: builder(extension.build),
    artifact: extension.artifact ?? "file",
    ready: readyProbe(data),
    swapRestart: swapRestart(data),
    mode: undefined,
  };
}

function imageBuild({ build }: ServiceData, { file, home, lookup }: Surroundings): ImageBuild | undefined {
  if (build === undefined) return undefined;
  const written = typeof build === "string" ? { context: build } : build;
  return {
    context: inFolder(dirname(file), written.context ?? ".", home),
    dockerfile: written.dockerfile ?? "Dockerfile",
    target: written.target,
    args: withValues(written.args ?? {}, lookup),
    network: written.network,
  };
}

/** CLUSTER_ENV, then the files of `env_file` in their order, then `environment`: the later wins. */
async function environmentOf(name: string, data: ServiceData, around: Surroundings): Promise<Record<string, string>> {
  const values: Record<string, string> = { CLUSTER_ENV: around.clusterEnvironment };
  for (const [index, written] of (data.env_file ?? []).entries()) {
    const file = inFolder(dirname(around.file), written, around.home);
    try {
      Object.assign(values, variablesOf(await around.readFile(file)));
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code === "ENOENT" ? "is not there" : "cannot be read";
      around.problems.at(envFilePath(name, index, around), `the env_file ${file} ${reason}`);
    }
  }
  return { ...values, ...withValues(data.environment ?? {}, around.lookup) };
}

/** The place of one of possibly many: `env_file: one` and `env_file: [one, two]` are both allowed. */
function envFilePath(name: string, index: number, { raw }: Surroundings): Path {
  const path = ["services", name, "env_file"];
  return Array.isArray(valueAt(raw, path)) ? [...path, index] : path;
}

/** Fills the values that were left out; what has none then is left out, too. */
function withValues(map: TextMap, missing: (key: string) => string | undefined): Record<string, string> {
  const filled = Object.entries(map).map(([key, value]) => [key, value ?? missing(key)] as const);
  return Object.fromEntries(filled.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

const volumesOf = ({ volumes = [] }: ServiceData, { file, home }: Surroundings): VolumeMount[] =>
  volumes.map((volume) =>
    volume.kind === "bind" ? { ...volume, source: inFolder(dirname(file), volume.source, home) } : volume,
  ) as VolumeMount[];

function dependsOn({ depends_on = [] }: ServiceData): Dependency[] {
  if (Array.isArray(depends_on)) {
    return depends_on.map((name) => ({ service: serviceName(name), condition: "service_started", required: true }));
  }
  return Object.entries(depends_on).map(([name, { condition, required = true }]) => ({
    service: serviceName(name),
    condition,
    required,
  }));
}

function healthcheck({ healthcheck: written }: ServiceData): Healthcheck | undefined {
  if (written === undefined) return undefined;
  return {
    test: written.disable ? ["NONE"] : (written.test ?? ["NONE"]),
    intervalMs: written.interval,
    timeoutMs: written.timeout,
    startPeriodMs: written.start_period,
    retries: written.retries,
  };
}

function restartPolicy(written: string): RestartPolicy {
  const [kind, retries] = written.split(":");
  if (kind === "on-failure") return { kind, maxRetries: Number(retries ?? 0) };
  return { kind: kind as "no" | "always" | "unless-stopped" };
}

function builder(written: { go?: string | undefined; command?: string | undefined } | undefined): Builder | undefined {
  if (written?.go !== undefined) return { kind: "go", package: written.go };
  return written?.command === undefined ? undefined : { kind: "command", command: written.command };
}

function readyProbe(data: ServiceData): ReadyProbe | undefined {
  const ready = data["x-devenv"]?.ready;
  if (ready === undefined) return undefined;
  const port = ready.port ?? containerPorts(data)[0] ?? 0;
  const withinMs = ready.within ?? READY_WITHIN_MS;
  return ready.http === undefined
    ? { kind: "tcp", port, withinMs }
    : { kind: "http", path: ready.http, port, withinMs };
}

/** By default the process where devenv's supervisor can start it, else the container. */
function swapRestart(data: ServiceData): SwapRestart {
  const written = data["x-devenv"]?.restart;
  if (typeof written === "object") return { kind: "signal", signal: written.signal };
  return { kind: written ?? (data.command == null ? "container" : "process") };
}
