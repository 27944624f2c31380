import type { Platform } from "./artifact.ts";

/** What gives a Docker daemon (DESIGN section 2). */
export const PROVIDERS = ["docker", "engine", "minikube", "vm", "ssh"] as const;
export type ProviderName = (typeof PROVIDERS)[number];

/** Where the daemon listens. `tls` holds the contents of PEM files, never their paths. */
export type Address =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly tls?: Tls | undefined };

export interface Tls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** The folder that the files came from, for `docker-env`. */
  readonly folder: string;
}

/** How to reach a daemon, as a value. It travels as an argument, never through `process.env`. */
export interface Endpoint {
  readonly provider: ProviderName;
  readonly address: Address;
  /** The daemon's platform: what local builds are made for and artifacts are checked against. */
  readonly platform: Platform;
  /** Whether a folder of this machine can be mounted into its containers (else: `push` delivery). */
  readonly mountsHostFolders: boolean;
  /** Whether this machine can connect to the containers' own addresses (a Linux bridge here). */
  readonly reachesContainers: boolean;
  /** Whether its containers reach a program of this machine by a socket file in a mounted folder: the same kernel, no VM. */
  readonly sharesSockets: boolean;
  /** The address at which published ports appear on this machine. */
  readonly publishedOn: string;
  /** They appear by a forward, which takes every connection, whoever is at its other end, and closes it a way later. */
  readonly publishedByForward?: boolean | undefined;
  /** It is that of a virtual machine of devenv's own. */
  readonly machine?: EndpointMachine | undefined;
  /** The daemon's version, as it says it. */
  readonly version: string;
}

export interface EndpointMachine {
  /** The one cluster that it is for. */
  readonly cluster: string;
  /** The folders of this machine that it has at the identical path, outermost ones. */
  readonly folders: readonly string[];
}

/** The value that a Docker client wants in DOCKER_HOST. */
export function dockerHost(address: Address): string {
  return address.kind === "unix" ? `unix://${address.path}` : `tcp://${address.host}:${address.port}`;
}
