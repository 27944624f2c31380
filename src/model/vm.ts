/** Where a virtual machine's disk comes from. */
export type VmImageWish =
  /** Built here from the packages of Debian. */
  | { readonly from: "packages" }
  /** Somebody's own disk (raw or qcow2) with systemd, sshd, Docker and qemu-guest-agent in it. */
  | { readonly from: "url"; readonly url: string; readonly sha256: string };

/** What a cluster's machine is to be. */
export interface VmSpec {
  /** The cluster's name, and the machine's. */
  readonly cluster: string;
  /** Processors, 1 or more. */
  readonly cpus: number;
  readonly memoryMiB: number;
  /** Of the disk that the guest sees; on this machine it takes what is written to it. */
  readonly diskGiB: number;
  readonly image: VmImageWish;
  /** Absolute paths of this machine's folders that the guest has at the identical path, to read and to write. */
  readonly folders: readonly string[];
}

/** What a profile says of its machine. */
export type VmSettings = Omit<VmSpec, "cluster" | "folders">;

export const DEFAULT_VM: VmSettings = { cpus: 2, memoryMiB: 4096, diskGiB: 40, image: { from: "packages" } };

/**
 * How a machine is. `starting` and `stopping` (also to suspend) are said only while a process is at it; `ended` is one
 * whose QEMU has died, or whose start or end was cut off: its disk is there, and a start mends it.
 */
export type VmState = "absent" | "stopped" | "suspended" | "starting" | "running" | "stopping" | "ended";

/** What a guest runs on: the processor's own virtualisation, or `tcg`, which is plain emulation. */
export type VmAccelerator = "kvm" | "hvf" | "tcg";

export interface VmFolder {
  readonly path: string;
  /** The guest was seen to have it, at its last start or by the look that this status is. */
  readonly mounted: boolean;
}

export interface VmDisk {
  /** What the guest sees. */
  readonly virtualBytes: number;
  /** What the machine's files take here; what is shared with the template is not counted. */
  readonly usedBytes: number;
  /** Free for the guest's root; absent where the guest was not asked, or did not answer. */
  readonly freeBytes?: number | undefined;
}

export interface VmStatus {
  readonly cluster: string;
  readonly state: VmState;
  /** Of an `ended` machine: what is known of why. Of a running one: what is wrong with it (a full disk). */
  readonly trouble?: string | undefined;
  /** Of QEMU, while it runs. */
  readonly pid?: number | undefined;
  /** When it came into this state: ISO 8601. */
  readonly since?: string | undefined;
  readonly accelerator?: VmAccelerator | undefined;
  /** As it runs; a stopped machine's are what it last ran with. */
  readonly cpus?: number | undefined;
  readonly memoryMiB?: number | undefined;
  readonly disk?: VmDisk | undefined;
  /** On 127.0.0.1; stays the same for as long as the machine runs. */
  readonly sshPort?: number | undefined;
  readonly folders: readonly VmFolder[];
}

/** How a running machine is reached. */
export interface VmAccess {
  readonly cluster: string;
  /** Path of a configuration for `ssh -F`, in which `sshHost` is a host with its port, user, key and pinned host key. */
  readonly sshConfig: string;
  /** The name of the machine in `sshConfig`. */
  readonly sshHost: string;
  /** The Docker daemon's socket over there. */
  readonly docker: string;
  /** What a person should know though it runs: memory that grows at the next start, a folder that is not shared yet. */
  readonly notes: readonly string[];
}
