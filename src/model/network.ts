import type { ServiceName } from "./names.ts";
import { plainResource, type Resource } from "./resource.ts";

/** One entry under `networks:`. */
export interface Network extends Resource {
  readonly internal: boolean;
  readonly attachable: boolean;
  readonly enableIpv6: boolean;
  /** False for a network without IPv4, which the API knows from 1.47 on. */
  readonly enableIpv4?: boolean | undefined;
  readonly ipam: Ipam | undefined;
}

/** One of the cluster's own as Docker makes it where nothing else is said. */
export const plainNetwork = (key: string, name: string): Network => ({
  ...plainResource(key, name),
  internal: false,
  attachable: false,
  enableIpv6: false,
  ipam: undefined,
});

/** The key of the network that services are on which name none. */
export const DEFAULT_NETWORK = "default";

/** A network with our label. */
export interface ObservedNetwork {
  readonly name: string;
  readonly id: string;
  /** Of the definition that it was made from; undefined for one that an older devenv made. */
  readonly hash: string | undefined;
}

export interface Ipam {
  readonly driver: string | undefined;
  readonly options: Readonly<Record<string, string>>;
  readonly pools: readonly {
    readonly subnet: string | undefined;
    readonly ipRange: string | undefined;
    readonly gateway: string | undefined;
    readonly auxAddresses: Readonly<Record<string, string>>;
  }[];
}

/** How a container is on networks: on the profile's own, or by `network_mode`. */
export type Attachments =
  | { readonly kind: "networks"; readonly networks: readonly Attachment[] }
  | { readonly kind: "none" | "host" | "bridge" }
  /** The network of another service's container. */
  | { readonly kind: "service"; readonly service: ServiceName }
  | { readonly kind: "container"; readonly container: string };

export interface Attachment {
  /** The network's key in the profile. */
  readonly network: string;
  /** Further names on it, besides the service's. */
  readonly aliases: readonly string[];
  readonly ipv4: string | undefined;
  readonly ipv6: string | undefined;
  readonly linkLocalIps?: readonly string[] | undefined;
  readonly driverOptions?: Readonly<Record<string, string>> | undefined;
  /** Of its interface on this network; the API has it from 1.44 on. */
  readonly macAddress?: string | undefined;
  /** Which network gives the default gateway; the API has it from 1.48 on. */
  readonly gatewayPriority?: number | undefined;
  /** False leaves the service's own name out of its aliases (`use_service_name_alias`). */
  readonly serviceAlias?: boolean | undefined;
}
