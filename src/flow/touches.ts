import type { ContainerEvent } from "../docker/daemon.ts";
import { lockHolder } from "../host/lock.ts";
import type { ContainerTouch } from "../model/surroundings.ts";
import { type Cluster, clusterLock } from "./cluster.ts";
import type { Machine } from "./machine.ts";
import { readModes } from "./modes.ts";

/** What devenv never does itself. */
const PLAIN: Readonly<Record<string, ContainerTouch>> = {
  oom: { is: "outOfMemory" },
  pause: { is: "paused" },
  unpause: { is: "unpaused" },
};

/** Tells what others than devenv do to the cluster's containers, so that nobody wonders why a save does not answer. */
export class Touches {
  readonly #cluster: Cluster;
  readonly #machine: Machine;

  constructor(cluster: Cluster, machine: Machine) {
    this.#cluster = cluster;
    this.#machine = machine;
  }

  /** Hears of a container; never throws. */
  hear(event: ContainerEvent): void {
    const touch = PLAIN[event.action];
    if (touch !== undefined) this.#tell(event, touch);
    else if (event.action === "rename" || event.action === "destroy")
      void this.#tellUnlessOurs(event).catch(() => undefined);
  }

  /**
   * An `up`, `down` or `use` renames and removes containers, too: with the cluster's lock, and with another in its place,
   * or none where the service was chosen to be off. That may be heard of when the lock was given back already.
   */
  async #tellUnlessOurs(event: ContainerEvent): Promise<void> {
    if ((await lockHolder(clusterLock(this.#cluster))) !== undefined) return;
    if (readModes(this.#cluster.folder).get(event.service)?.kind === "off") return;
    const name = event.oldName ?? event.name;
    const { containers } = await this.#cluster.daemon.observe(this.#cluster.name);
    if (containers.some((container) => container.name === name)) return;
    this.#tell(event, event.oldName === undefined ? { is: "removed" } : { is: "renamed", to: event.name });
  }

  #tell({ service, name, oldName }: ContainerEvent, touch: ContainerTouch): void {
    const { bus, clock } = this.#machine;
    bus.dispatch({ type: "containerTouched", at: clock.now(), service, container: oldName ?? name, touch });
  }
}
