import type { Readable, Writable } from "node:stream";
import type { Platform } from "../model/artifact.ts";
import type { ContainerDetail, ContainerSpec, NetworkEndpoint, ObservedContainer } from "../model/container.ts";
import type { ClusterName, ContainerId, ServiceName } from "../model/names.ts";
import type { Network, ObservedNetwork } from "../model/network.ts";
import type { ImageBuild } from "../model/profile.ts";
import type { UsageReading } from "../model/usage.ts";
import type { ObservedVolume, Volume } from "../model/volume.ts";

/** What the daemon says of itself. */
export interface DaemonInfo {
  readonly version: string;
  readonly apiVersion: string;
  readonly platform: Platform;
  /** "Docker Desktop", "Debian GNU/Linux 12 (bookworm)". */
  readonly operatingSystem: string;
}

/** Everything with the label of one cluster, at one moment. */
export interface ObservedObjects {
  readonly containers: readonly ObservedContainer[];
  readonly networks: readonly ObservedNetwork[];
  readonly volumes: readonly ObservedVolume[];
  /** Containers that work for devenv itself and are no service's; absent where there are none. */
  readonly helpers?: readonly ObservedContainer[] | undefined;
}

export interface ImageFacts {
  readonly id: string;
  readonly platform: Platform;
  readonly labels: Readonly<Record<string, string>>;
}

/** One line of a container's output, without its newline. */
export interface LogLine {
  readonly service: ServiceName;
  readonly container: ContainerId;
  readonly stream: "stdout" | "stderr";
  /** The container has a terminal, which makes one stream of both. */
  readonly isTerminal?: true | undefined;
  readonly text: string;
  /** Nanosecond RFC 3339 as the daemon wrote it; undefined on an attached stream. */
  readonly time: string | undefined;
}

/** A container's live output, in batches. */
export interface Attached extends AsyncIterable<readonly LogLine[]> {
  /** Sends to its standard input, which is lost where the container was made without an open one. Never throws. */
  write(text: string): void;
}

export interface LogOptions {
  readonly follow: boolean;
  /** Last lines to begin with; undefined for all. */
  readonly tail?: number | undefined;
  /** RFC 3339 or seconds since the epoch. */
  readonly since?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ExecOptions {
  readonly command: readonly string[];
  readonly tty: boolean;
  readonly user?: string | undefined;
  readonly workingDir?: string | undefined;
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Of pieces, each has left this process when the next is asked for: its memory may be used again. */
  readonly stdin: Readable | AsyncIterable<Buffer> | undefined;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Called with a setter for the terminal's size once the program runs, when `tty`. */
  readonly onStarted?: (resize: (columns: number, rows: number) => Promise<void>) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A change of a container with our label, as the daemon reports it. */
export interface ContainerEvent {
  readonly action:
    | "create"
    | "start"
    | "die"
    | "stop"
    | "destroy"
    | "kill"
    | "oom"
    | "health_status"
    | "rename"
    | "pause"
    | "unpause"
    | string;
  readonly container: ContainerId;
  readonly service: ServiceName;
  readonly name: string;
  /** Of one that was renamed: its name before. */
  readonly oldName?: string | undefined;
  readonly exitCode: number | undefined;
  readonly atMs: number;
}

export type ImageProgress = (progress: { note: string; done?: number; total?: number }) => void;

/**
 * The narrow port to the Docker daemon: one method, one call. Every method throws a Failure whose class says who can
 * mend it (`environment` when the daemon does not answer), with the daemon's own words as the message's tail.
 */
export interface Daemon {
  info(): Promise<DaemonInfo>;
  /** Resolves when it answers: the cheapest question there is. */
  ping(): Promise<void>;
  /** The objects of one cluster, or of all of ours when no name is given. One list call a kind, in parallel. */
  observe(cluster?: ClusterName): Promise<ObservedObjects>;
  inspect(container: ContainerId | string): Promise<ContainerDetail>;

  /** `labels` are all that it gets. */
  createNetwork(name: string, network: Network, labels: Readonly<Record<string, string>>): Promise<void>;
  createVolume(name: string, volume: Volume, labels: Readonly<Record<string, string>>): Promise<void>;
  /** Refuses (Failure) when the object lacks our cluster label. "Already gone" is success. */
  removeNetwork(name: string): Promise<void>;
  removeVolume(name: string): Promise<void>;
  /** Whether there is one, whoever made it. */
  networkExists(name: string): Promise<boolean>;
  volumeExists(name: string): Promise<boolean>;
  /** Puts a container on one more network. */
  connectNetwork(container: string, endpoint: NetworkEndpoint): Promise<void>;
  /** Takes it off a network, also off one that is gone and has a successor of its name. "Already off" is success. */
  disconnectNetwork(container: string, network: string): Promise<void>;

  create(name: string, spec: ContainerSpec): Promise<ContainerId>;
  /** Unpacks a tar archive into a folder of a container, running or not; the folder must be there. */
  putArchive(container: ContainerId | string, folder: string, tar: Buffer): Promise<void>;
  /** A file or folder of a container, running or not, as a tar archive; undefined when there is none. */
  getArchive(container: ContainerId | string, path: string): Promise<Buffer | undefined>;
  start(container: ContainerId | string): Promise<void>;
  stop(container: ContainerId | string, graceMs: number): Promise<void>;
  restart(container: ContainerId | string, graceMs: number): Promise<void>;
  rename(container: ContainerId | string, name: string): Promise<void>;
  /** Forced, anonymous volumes with it; refuses when the container lacks our label. "Already gone" is success. */
  remove(container: ContainerId | string): Promise<void>;
  signal(container: ContainerId | string, signal: string): Promise<void>;
  /** Resolves with the exit code once it has ended. */
  wait(container: ContainerId | string, signal?: AbortSignal): Promise<number>;

  /** What it has used up to now; undefined when it does not run, or there is none. */
  stats(container: ContainerId | string, signal?: AbortSignal): Promise<UsageReading | undefined>;

  /** Lines from the log, ended when the container ends (or on abort). `service` is only copied into the lines. */
  logs(container: ContainerId, service: ServiceName, options: LogOptions): AsyncIterable<LogLine>;
  /**
   * Live output from now on, straight from the process: no log driver between. Ends when the container does. In batches,
   * as they come: a line by itself costs so much that who reads a flood would slow its writer down.
   */
  attach(container: ContainerId, service: ServiceName, signal: AbortSignal): Promise<Attached>;
  /** Runs a program in a container; gives its exit code. */
  exec(container: ContainerId, options: ExecOptions): Promise<number>;
  events(cluster: ClusterName, signal: AbortSignal): AsyncIterable<ContainerEvent>;

  /** Facts of the images that are there; names that are not are absent from the map. */
  images(names: readonly string[]): Promise<ReadonlyMap<string, ImageFacts>>;
  /**
   * A file or folder of an image as a tar archive; undefined when there is none. A container is made for it, which is
   * never started, has these labels, and is removed when the archive was read, or is read no more.
   */
  imageArchive(
    image: string,
    path: string,
    labels: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<AsyncIterable<Buffer> | undefined>;
  /** @param platform `linux/arm64`; the daemon's own when undefined */
  pullImage(name: string, progress: ImageProgress, signal?: AbortSignal, platform?: string): Promise<void>;
  /** Builds with the daemon's builder and labels the image; the Failure carries the builder's last lines. */
  buildImage(
    name: string,
    build: ImageBuild,
    labels: Readonly<Record<string, string>>,
    progress: ImageProgress,
    signal?: AbortSignal,
  ): Promise<void>;
  /** Makes an image out of the root file system in a tar stream. */
  importImage(name: string, tar: Readable, changes: readonly string[]): Promise<void>;
  /** Frees sockets. */
  close(): void;
}
