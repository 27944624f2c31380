import type { Debugger } from "./debugger.ts";
import type { ProviderName } from "./endpoint.ts";
import type { Problem } from "./failure.ts";
import type { ClusterName, ServiceName } from "./names.ts";

export const SERVICE_STATES = ["off", "starting", "ready", "unhealthy", "swapping", "rolledBack", "crashed"] as const;
export type ServiceState = (typeof SERVICE_STATES)[number];

/** Where a service's code comes from (DESIGN section 2); `image` for one that runs its image's own program. */
export type Mode = "ci" | "local" | "host" | "remote" | "off" | "image";

/** One row of `devenv status --json`. */
export interface ServiceStatus {
  readonly name: ServiceName;
  readonly state: ServiceState;
  readonly mode: Mode;
  /**
   * `ci:124`, `local:3f9a12bc44de`, or the image's name for a service without an artifact; in mode host and remote where
   * it is led: `host:9090`, `https://api.example.org`.
   */
  readonly build: string | null;
  /** The build of CI that it stays on, as `pins.yaml` says: `124`. Another one may run until the next `up`. */
  readonly pinned?: string | undefined;
  readonly ready: boolean;
  /** How many of its containers are ready, of a service that has several. */
  readonly replicas?: { readonly ready: number; readonly of: number } | undefined;
  /** `http://127.0.0.1:8081` for a published port, `books:8080` inside the cluster, null when neither is known. */
  readonly address: string | null;
  /** Of a service that is built with `debug`; of several containers, the first one's. */
  readonly debugger?: Debugger | undefined;
  /** ISO 8601: since when it is in this state. */
  readonly since: string | null;
  /**
   * ISO 8601: when the code that it runs counts as good, if it stays up until then. A roll-back goes back to what was good
   * before it as long as this is here, which a devenv takes away that watches it.
   */
  readonly settlesAt?: string | undefined;
  /** How often Docker started its container again by itself, where it did. */
  readonly restarts?: number | undefined;
  /** Why, for the states that need a word (`rolledBack`, `crashed`, `unhealthy`). */
  readonly reason?: string | undefined;
}

/** `devenv status --json`. */
export interface ClusterStatus {
  readonly cluster: ClusterName;
  readonly provider: ProviderName;
  readonly environment: string;
  readonly services: readonly ServiceStatus[];
  /** What could not be found out beside it: the mistakes of a `pins.yaml`. */
  readonly warnings?: readonly Problem[] | undefined;
}
