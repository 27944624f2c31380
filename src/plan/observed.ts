import type { ObservedContainer } from "../model/container.ts";
import type { ObservedDelivery } from "../model/delivery.ts";
import type { ServiceName } from "../model/names.ts";

/** The world at one moment, collected once; the planner asks nothing more of it. */
export interface Observed {
  /** Containers with the cluster's label, in any state. */
  readonly containers: readonly ObservedContainer[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
  /** Name -> identity and build context of the images that are on the daemon. */
  readonly images: ReadonlyMap<string, ObservedImage>;
  readonly deliveries: ReadonlyMap<ServiceName, ObservedDelivery>;
  /** Services that answered their probe (or are healthy) right now. */
  readonly ready: ReadonlySet<ServiceName>;
}

export interface ObservedImage {
  readonly id: string;
  /** The label `dev.devenv.context`; undefined for an image that we did not build. */
  readonly context: string | undefined;
}
