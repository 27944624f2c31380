import type { ContainerSettings } from "./container-settings.ts";
import type { ContainerId, ServiceName } from "./names.ts";
import type { Attachment } from "./network.ts";
import type { ExposedPort, Healthcheck, PortBinding, RestartPolicy } from "./profile.ts";
import type { VolumeMount } from "./volume.ts";

/** The labels that every Docker object of ours carries. Nothing without `cluster` is ever touched. */
export const LABEL = {
  cluster: "dev.devenv.cluster",
  service: "dev.devenv.service",
  /** Which of a service's containers it is, from 1 on. */
  number: "dev.devenv.number",
  /** Config hash: whether a container or a network is still what the profile wants. */
  hash: "dev.devenv.hash",
  provider: "dev.devenv.provider",
  environment: "dev.devenv.environment",
  /** Absolute path of the workspace that the cluster belongs to. */
  workspace: "dev.devenv.workspace",
  /** On a container that only has a service's place, and leads to where it is. */
  forwarder: "dev.devenv.forwarder",
  /** On what is no service's: the container, the volume and the image of delivery by `push`. */
  helper: "dev.devenv.helper",
  /** On an image that we built: digest of its build context. */
  context: "dev.devenv.context",
} as const;

/** How a container is on networks, in the daemon's names. */
export type ContainerNetwork =
  /** The first is given at its creation, the others by a call of their own: more than one needs API 1.44. */
  | { readonly kind: "networks"; readonly endpoints: readonly NetworkEndpoint[] }
  | { readonly kind: "none" | "host" | "bridge" }
  /** The network of another container, by its name. */
  | { readonly kind: "container"; readonly container: string };

/** An attachment of the profile; its network by the name on the daemon, its aliases complete. */
export type NetworkEndpoint = Omit<Attachment, "serviceAlias">;

/** All that makes a container, in the words of the profile; docker/ turns it into the API's body. */
export interface ContainerSpec {
  readonly service: ServiceName;
  readonly image: string;
  readonly entrypoint: readonly string[] | undefined;
  readonly command: readonly string[] | undefined;
  /** Words before the program, whether it is named here or by the image. */
  readonly before?: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly user: string | undefined;
  readonly workingDir: string | undefined;
  readonly hostname: string | undefined;
  readonly stopSignal: string | undefined;
  readonly stopGraceMs: number;
  /** The sources of volumes are their names on the daemon. */
  readonly mounts: readonly VolumeMount[];
  readonly tmpfs: Readonly<Record<string, string>>;
  readonly ports: readonly PortBinding[];
  readonly expose: readonly ExposedPort[];
  readonly network: ContainerNetwork;
  readonly restart: RestartPolicy;
  readonly init: boolean;
  readonly healthcheck: Healthcheck | undefined;
  readonly settings: ContainerSettings;
}

export type ContainerState = "created" | "running" | "paused" | "restarting" | "removing" | "exited" | "dead";
export type Health = "none" | "starting" | "healthy" | "unhealthy";

/** A container with our label, its labels parsed once into typed values. */
export interface ObservedContainer {
  readonly id: ContainerId;
  /** Without Docker's leading slash. */
  readonly name: string;
  readonly service: ServiceName;
  readonly number: number;
  readonly hash: string;
  readonly provider: string;
  readonly environment: string;
  readonly workspace: string;
  readonly image: string;
  readonly imageId: string;
  readonly state: ContainerState;
  readonly health: Health;
  /** Docker's own words: `Up 3 minutes (healthy)`. */
  readonly statusText: string;
  /** Address on the first of its networks; absent while it does not run, and on a network that is not its own. */
  readonly address: string | undefined;
  /** The networks that it is on, running or not: name -> identity, which is empty before its first start. */
  readonly networks: Readonly<Record<string, string>>;
  /** The container whose network it is in; Docker ties it to that very one, not to its name. */
  readonly networkOf: ContainerId | undefined;
  /** It only has the service's place, and leads to where that is. */
  readonly isForwarder?: boolean | undefined;
  readonly ports: readonly PortBinding[];
}

/** What only an inspection of the one container tells. */
export interface ContainerDetail {
  readonly id: ContainerId;
  /** Undefined for a container that is not ours. */
  readonly service?: ServiceName | undefined;
  readonly state: ContainerState;
  readonly health: Health;
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** It may not have more than so much memory, and is killed for it. */
  readonly hasMemoryLimit: boolean;
  /** ISO 8601; `0001-01-01T00:00:00Z` when it never did. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly restarts: number;
  /** Process 1 as the daemon's machine numbers it; 0 when not running. */
  readonly pid: number;
  /** Its standard input is a pipe that stays open. */
  readonly hasInput: boolean;
  readonly address: string | undefined;
  /** Output of the last failing health check. */
  readonly healthOutput: string | undefined;
}
