import type { Platform } from "../model/artifact.ts";
import type { ObservedContainer } from "../model/container.ts";
import type { ObservedDelivery } from "../model/delivery.ts";
import type { ContainerId, ServiceName } from "../model/names.ts";
import type { ObservedNetwork } from "../model/network.ts";
import type { ObservedVolume } from "../model/volume.ts";

/** The world at one moment, collected once; the planner asks nothing more of it. */
export interface Observed {
  /** Containers with the cluster's label, in any state. */
  readonly containers: readonly ObservedContainer[];
  /** Containers that work for devenv itself. */
  readonly helpers?: readonly ObservedContainer[] | undefined;
  readonly networks: readonly ObservedNetwork[];
  readonly volumes: readonly ObservedVolume[];
  /** Name -> identity and build context of the images that are on the daemon. */
  readonly images: ReadonlyMap<string, ObservedImage>;
  readonly deliveries: ReadonlyMap<ServiceName, ObservedDelivery>;
  /** Containers that answered their probe (or are healthy) right now. */
  readonly ready: ReadonlySet<ContainerId>;
}

export interface ObservedImage {
  readonly id: string;
  /** The label `dev.devenv.context`; undefined for an image that we did not build. */
  readonly context: string | undefined;
  /** Undefined where it makes no difference. */
  readonly platform?: Platform | undefined;
}
