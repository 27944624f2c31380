import type { SshAddress } from "./ssh.ts";

/** What a profile says of its minikube. What is absent is left to minikube, or stays as the machine was made. */
export interface MinikubeSettings {
  /** minikube's own name of it (`-p`); the cluster's, after `devenv-`, where the profile names none. */
  readonly profile?: string | undefined;
  /** `docker`, `kvm2`, `virtualbox`, `vfkit`, `ssh` …: minikube chooses where there is none. */
  readonly driver?: string | undefined;
  readonly cpus?: number | undefined;
  readonly memoryMiB?: number | undefined;
  readonly diskMiB?: number | undefined;
  /** Its version, as minikube takes it (`v1.35.1`, `stable`); false for a Docker daemon and no more. */
  readonly kubernetes: string | false;
  readonly addons: readonly string[];
  /** Whether this machine's folders are mounted with `minikube mount`; undefined where the driver decides. */
  readonly mount?: boolean | undefined;
  /** The machine of driver `ssh`. */
  readonly ssh?: SshAddress | undefined;
  /** Absolute path of the private key for it. */
  readonly sshKey?: string | undefined;
}

export const DEFAULT_MINIKUBE: MinikubeSettings = { kubernetes: false, addons: [] };

/** The name that minikube knows the machine of a cluster by. */
export const minikubeProfile = ({ profile }: MinikubeSettings, cluster: string): string =>
  profile ?? `devenv-${cluster.replaceAll(/[^A-Za-z0-9-]/g, "-")}`;

/** `absent` there is no machine of that name; `paused` is what Kubernetes runs. */
export type MinikubeState = "absent" | "stopped" | "running" | "paused" | "broken";

/** One folder of this machine that a machine of minikube's is to have. */
export interface MinikubeMount {
  /** The path, the same on both sides. */
  readonly path: string;
  readonly mounted: boolean;
  /** When it came into this state: ISO 8601. */
  readonly since: string;
  /** How often it was lost, and mounted anew. */
  readonly remounts: number;
  /** Why it is not mounted. */
  readonly problem?: string | undefined;
}

/** `devenv minikube status`. */
export interface MinikubeStatus {
  /** minikube's name of the machine. */
  readonly profile: string;
  readonly state: MinikubeState;
  /** What it was made with; absent where there is none. */
  readonly driver?: string | undefined;
  /** minikube's words for the parts: `Running`, `Stopped`, `Paused`, `Nonexistent`. */
  readonly host?: string | undefined;
  /** Absent without Kubernetes. */
  readonly apiserver?: string | undefined;
  /** Of the program. */
  readonly version: string;
  /** The machine's address, as `minikube ip` gives it. */
  readonly ip?: string | undefined;
  /** Where its Docker daemon answers on this machine: DOCKER_HOST. */
  readonly docker?: string | undefined;
  readonly mounts: readonly MinikubeMount[];
  /** Why folders are not mounted, and files come in by `push`. */
  readonly push?: string | undefined;
  /** Addresses of what Kubernetes publishes (`minikube service --all --url`). */
  readonly services: readonly string[];
}
