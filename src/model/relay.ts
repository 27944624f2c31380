import type { ServiceName } from "./names.ts";

/** Where a connection is led: over TCP as it is, inside TLS, or each HTTP request of it to below a URL. */
export type RelayTarget =
  | { readonly kind: "tcp" | "tls"; readonly host: string; readonly port: number }
  | { readonly kind: "http"; readonly url: string };

/** One port of a service whose place a forwarder has. */
export interface RelayRoute {
  readonly service: ServiceName;
  /** In the cluster: the port that the others connect to. */
  readonly port: number;
  readonly target: RelayTarget;
}

/** What a relay says of one of its routes. */
export interface RouteState {
  readonly route: RelayRoute;
  /** Why its target does not take connections, to stand by itself: "nothing listens on 127.0.0.1:9090". */
  readonly problem: string | undefined;
}

/** What a relay that runs says of itself. */
export interface RelayState {
  readonly pid: number;
  /** Absolute path of the file of further certificate authorities that it trusts (NODE_EXTRA_CA_CERTS). */
  readonly authorities: string | undefined;
  readonly routes: readonly RouteState[];
}
