import type { ArtifactKind } from "./artifact.ts";
import type { ProviderName } from "./endpoint.ts";
import type { ClusterName, ServiceName } from "./names.ts";

/** A profile that was read, interpolated, checked and resolved: every path is absolute, every default is in. */
export interface Profile {
  readonly name: ClusterName;
  /** Absolute path of the file. */
  readonly file: string;
  /** Absolute path of the workspace; `repo`, `artifacts` and `repos` are relative to it in the file. */
  readonly workspace: string;
  readonly provider: ProviderName | "auto";
  /** CLUSTER_ENV in every container. */
  readonly environment: string;
  readonly artifacts: ArtifactSource | undefined;
  readonly repos: readonly Repository[];
  /** The quiet window and the maximum wait of the save loop. */
  readonly watch: WatchTiming;
  /** In the order of the file. */
  readonly services: readonly Service[];
  /** Named volumes of the cluster. */
  readonly volumes: readonly string[];
  /** Values that must never be shown: from the `secrets` file. */
  readonly secrets: readonly string[];
}

export interface WatchTiming {
  readonly quietMs: number;
  readonly maxWaitMs: number;
}

/** Where CI's builds come from. Later kinds (https, jenkins, github, oci) join this union. */
export type ArtifactSource = { readonly kind: "file"; readonly folder: string };

export interface Repository {
  /** Absolute path of the work tree. */
  readonly path: string;
  readonly url: string | undefined;
}

/** One entry under `services:`. Durations are milliseconds. */
export interface Service {
  readonly name: ServiceName;
  /** The image's name; `scratch` means the empty image. */
  readonly image: string;
  readonly imageBuild: ImageBuild | undefined;
  readonly entrypoint: readonly string[] | undefined;
  readonly command: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly ports: readonly PortBinding[];
  readonly expose: readonly number[];
  readonly volumes: readonly VolumeMount[];
  /** Target path -> mount options. */
  readonly tmpfs: Readonly<Record<string, string>>;
  readonly dependsOn: readonly Dependency[];
  readonly healthcheck: Healthcheck | undefined;
  readonly workingDir: string | undefined;
  readonly user: string | undefined;
  readonly hostname: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly restart: RestartPolicy;
  readonly init: boolean;
  readonly stopSignal: string | undefined;
  readonly stopGraceMs: number;
  /** Absolute path of the work tree that holds its code. */
  readonly repo: string | undefined;
  /** How its artifact is built from `repo`; a service that has one can be hot-swapped. */
  readonly build: Builder | undefined;
  readonly artifact: ArtifactKind;
  readonly ready: ReadyProbe | undefined;
  readonly swapRestart: SwapRestart;
}

/** Compose's `build:`, the making of an image. */
export interface ImageBuild {
  readonly context: string;
  readonly dockerfile: string;
  readonly target: string | undefined;
  readonly args: Readonly<Record<string, string>>;
  readonly network: string | undefined;
}

/** `x-devenv.build`, the making of an artifact. */
export type Builder =
  | { readonly kind: "go"; readonly package: string }
  | { readonly kind: "command"; readonly command: string };

export interface PortBinding {
  /** 127.0.0.1 unless the profile names another. */
  readonly hostAddress: string;
  /** 0 lets the daemon choose. */
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: "tcp" | "udp";
}

export type VolumeMount =
  | { readonly kind: "bind"; readonly source: string; readonly target: string; readonly readOnly: boolean }
  | { readonly kind: "volume"; readonly source: string; readonly target: string; readonly readOnly: boolean };

export type DependencyCondition = "service_started" | "service_healthy" | "service_completed_successfully";

export interface Dependency {
  readonly service: ServiceName;
  readonly condition: DependencyCondition;
  readonly required: boolean;
}

/** Docker's own health check. `test` as Docker takes it: `["CMD", …]`, `["CMD-SHELL", "…"]` or `["NONE"]`. */
export interface Healthcheck {
  readonly test: readonly string[];
  readonly intervalMs: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly startPeriodMs: number | undefined;
  readonly retries: number | undefined;
}

export type RestartPolicy =
  | { readonly kind: "no" | "always" | "unless-stopped" }
  | { readonly kind: "on-failure"; readonly maxRetries: number };

/** Readiness as data: what is probed, and until when. */
export type ReadyProbe =
  | { readonly kind: "http"; readonly path: string; readonly port: number; readonly withinMs: number }
  | { readonly kind: "tcp"; readonly port: number; readonly withinMs: number };

/** How a service takes a new artifact up. */
export type SwapRestart =
  | { readonly kind: "process" | "container" | "none" }
  | { readonly kind: "signal"; readonly signal: string };

/** Whether devenv's supervisor is process 1: services that are hot-swapped by restarting their process. */
export const isSupervised = (service: Service): boolean =>
  service.build !== undefined && service.swapRestart.kind === "process" && service.command !== undefined;
