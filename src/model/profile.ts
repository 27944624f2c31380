import type { ArtifactKind } from "./artifact.ts";
import type { Artifacts } from "./artifact-source.ts";
import type { Builder } from "./builder.ts";
import type { ContainerSettings, Ulimit } from "./container-settings.ts";
import type { Delivery } from "./delivery.ts";
import type { ProviderName } from "./endpoint.ts";
import type { Problem } from "./failure.ts";
import type { MinikubeSettings } from "./minikube.ts";
import type { ClusterName, ServiceName } from "./names.ts";
import type { Attachments, Network } from "./network.ts";
import type { ProvidedFile, SecretSource, SecretVariable } from "./provided.ts";
import type { SshAddress } from "./ssh.ts";
import type { VmSettings } from "./vm.ts";
import type { Volume, VolumeMount } from "./volume.ts";

/** A profile that was read, interpolated, checked and resolved: every path is absolute, every default is in. */
export interface Profile {
  readonly name: ClusterName;
  /** Absolute path of the (first) file. */
  readonly file: string;
  /** Every file that the profile is made of, absolute: `-f`, `include`, `extends`, `env_file`, `.env`. Watched. */
  readonly files: readonly string[];
  /** Absolute path of the workspace; `repo`, `artifacts` and `repos` are relative to it in the file. */
  readonly workspace: string;
  readonly provider: ProviderName | "auto";
  /** The host of provider `ssh`. */
  readonly ssh?: SshAddress | undefined;
  /** What the machine of provider `vm` is to be; undefined where the profile says nothing of it. */
  readonly vm?: VmSettings | undefined;
  /** Likewise of provider `minikube`. */
  readonly minikube?: MinikubeSettings | undefined;
  /** How artifacts reach its containers; undefined leaves it to what the daemon can. */
  readonly delivery?: Delivery | undefined;
  /** CLUSTER_ENV in every container. */
  readonly environment: string;
  /** Where CI's builds come from, of every service that does not name another place. */
  readonly artifacts: Artifacts | undefined;
  readonly repos: readonly Repository[];
  /** How often `devenv watch` pulls the repositories; undefined for never. */
  readonly reposEveryMs?: number | undefined;
  /** The quiet window and the maximum wait of the save loop. */
  readonly watch: WatchTiming;
  /** In the order of the file. */
  readonly services: readonly Service[];
  /** Services that Compose's `profiles` leave out; their containers are not orphans. */
  readonly disabled: readonly ServiceName[];
  /** The networks that a service is on, `default` among them where one is. */
  readonly networks: readonly Network[];
  /** Named volumes of the cluster. */
  readonly volumes: readonly Volume[];
  /** Where the values of secrets come from that no file or variable of the Compose file gives. */
  readonly secretSource: SecretSource | undefined;
  /** Values that must never be shown: from the `secrets` file. */
  readonly secrets: readonly string[];
  /** What the profile's text takes from the secrets file; undefined when there is none. */
  readonly secretVariables?: readonly SecretVariable[] | undefined;
  /** What the reader shall know though it is no error: a variable that is not set, an obsolete key. */
  readonly warnings: readonly Problem[];
  /** How a command line means this profile; undefined where no command line did. */
  readonly naming?: ProfileNaming | undefined;
}

/** By its name, by files (`-f`, absolute), or by nothing: a command that names no profile means it. */
export type ProfileNaming =
  | { readonly by: "name"; readonly name: string }
  | { readonly by: "files"; readonly files: readonly string[] }
  | { readonly by: "default" };

export interface WatchTiming {
  readonly quietMs: number;
  readonly maxWaitMs: number;
  /** When more files of a repository change in one go, builds wait until it is over. */
  readonly pauseAt: number;
}

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
  readonly expose: readonly ExposedPort[];
  readonly volumes: readonly VolumeMount[];
  /** Compose's `secrets` and `configs`: files that are put into the container before it starts. */
  readonly provided: readonly ProvidedFile[];
  readonly attachments: Attachments;
  /** `container_name`; undefined for `<cluster>-<service>-<n>`. */
  readonly containerName: string | undefined;
  /** `scale` or `deploy.replicas`; 0 is none. */
  readonly replicas: number;
  readonly pullPolicy: PullPolicy;
  /** What goes to Docker as it is, without a meaning to devenv. */
  readonly settings: ContainerSettings;
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
  /** `x-devenv.ignore`: patterns as in a `.gitignore` at the top of `repo`; undefined for none. */
  readonly ignore?: readonly string[] | undefined;
  readonly artifact: ArtifactKind;
  /** `x-devenv.ci`: where CI's builds of it come from, in place of the profile's `artifacts`; complete in itself. */
  readonly ci?: Artifacts | undefined;
  readonly ready: ReadyProbe | undefined;
  readonly swapRestart: SwapRestart;
  /** How long a release that answers has to stay up until it counts as good. */
  readonly settleMs: number;
  /** `x-devenv.before_build` and `after_swap`, in the order in which they run; undefined for none. */
  readonly hooks?: readonly Hook[] | undefined;
  /** Its fresh containers run `container/bin/pre_setup.sh` first: found out by `up`, which looks for one. */
  readonly preSetup?: boolean | undefined;
  /** `x-devenv.mode`: where its code comes from unless a person chose otherwise; undefined leaves it to the work. */
  readonly mode: ModeChoice | undefined;
}

/**
 * Where a service's code comes from (DESIGN section 2), as a profile or a person says it. `host` and `remote` name
 * where the others are led to instead.
 */
export type ModeChoice =
  | { readonly kind: "ci" | "local" | "off" }
  | { readonly kind: "host"; readonly port: number }
  | { readonly kind: "remote"; readonly url: string };

export interface ExposedPort {
  readonly port: number;
  readonly protocol: Protocol;
}

export type Protocol = "tcp" | "udp" | "sctp";

/** `missing` is the default; `build` is for services with an image build. */
export type PullPolicy = "always" | "missing" | "never" | "build";

/** Compose's `build:`, the making of an image. */
export interface ImageBuild {
  readonly context: string;
  readonly dockerfile: string;
  /** The Dockerfile's text, where the profile has it in itself. */
  readonly dockerfileInline?: string | undefined;
  readonly target: string | undefined;
  readonly args: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly network: string | undefined;
  readonly extraHosts?: readonly string[] | undefined;
  readonly shmSizeBytes?: number | undefined;
  readonly platform?: string | undefined;
  /** Further names that the image gets. */
  readonly tags?: readonly string[] | undefined;
  readonly noCache?: boolean | undefined;
  /** Ask the registry for newer base images. */
  readonly pull?: boolean | undefined;
  /** Images whose layers may be used as a cache. */
  readonly cacheFrom?: readonly string[] | undefined;
  readonly ulimits?: readonly Ulimit[] | undefined;
}

export interface PortBinding {
  /** 127.0.0.1 unless the profile names another. */
  readonly hostAddress: string;
  /** 0 lets the daemon choose. */
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: Protocol;
  /** Last port of a range of the host from which the daemon takes a free one; undefined for just `hostPort`. */
  readonly hostPortEnd?: number | undefined;
}

export type DependencyCondition = "service_started" | "service_healthy" | "service_completed_successfully";

export interface Dependency {
  readonly service: ServiceName;
  readonly condition: DependencyCondition;
  /** When false, its absence or failure is no obstacle. */
  readonly required: boolean;
  /** `restart: true`: restarted when devenv replaces or restarts the dependency. */
  readonly restart?: boolean | undefined;
}

/**
 * Docker's own health check. `test` as Docker takes it: `["CMD", …]`, `["CMD-SHELL", "…"]`, `["NONE"]`, or `[]` for
 * the image's own with other times.
 */
export interface Healthcheck {
  readonly test: readonly string[];
  readonly intervalMs: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly startPeriodMs: number | undefined;
  readonly startIntervalMs?: number | undefined;
  readonly retries: number | undefined;
}

export type RestartPolicy =
  | { readonly kind: "no" | "always" | "unless-stopped" }
  | { readonly kind: "on-failure"; readonly maxRetries: number };

/** Readiness as data: what is probed, and until when. */
export type ReadyProbe =
  | PortProbe
  /** Ends with 0. */
  | { readonly kind: "exec"; readonly command: InnerCommand; readonly withinMs: number }
  /** Says a line that matches, since its start or restart. `pattern` is a regular expression of JavaScript's. */
  | { readonly kind: "log"; readonly pattern: string; readonly withinMs: number };

/** Asks a port of the container. */
export type PortProbe =
  | { readonly kind: "http"; readonly path: string; readonly port: number; readonly withinMs: number }
  | { readonly kind: "tcp"; readonly port: number; readonly withinMs: number };

/** A program of a container: its words; or a text for the shell of its image, busybox's in an empty one. */
export type InnerCommand = string | readonly string[];

/** The container's port that is asked; undefined where readiness is told in another way. */
export const probedPort = (ready: ReadyProbe | undefined): number | undefined =>
  ready?.kind === "http" || ready?.kind === "tcp" ? ready.port : undefined;

/** How a service takes a new artifact up. */
export type SwapRestart =
  | { readonly kind: "process" | "container" | "none" }
  | { readonly kind: "signal"; readonly signal: string }
  | { readonly kind: "exec"; readonly command: InnerCommand };

export type HookKind = "before_build" | "after_swap";

/** A command of a service's team that is run on this machine as part of a save. */
export interface Hook {
  readonly kind: HookKind;
  /** As `sh -c` takes it. */
  readonly command: string;
  /** How long it may take. */
  readonly withinMs: number;
  /** Whether its failure is the save's: the build is not started, or what was swapped in is rolled back. */
  readonly isRequired: boolean;
}

export const hooksOf = ({ hooks = [] }: Pick<Service, "hooks">, kind: HookKind): readonly Hook[] =>
  hooks.filter((hook) => hook.kind === kind);

/** Whether devenv's supervisor is process 1: services that are hot-swapped by restarting their process. */
export const isSupervised = (service: Service): boolean =>
  service.build !== undefined && service.swapRestart.kind === "process" && service.command !== undefined;
