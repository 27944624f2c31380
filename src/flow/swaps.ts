import { effectiveMode, isForwarded } from "../model/mode.ts";
import type { ServiceName } from "../model/names.ts";
import type { WatchTiming } from "../model/profile.ts";
import type { Collector } from "../watch/quiet.ts";
import { batchesInto } from "./batches.ts";
import { type Cluster, clusterIsFree } from "./cluster.ts";
import { HeldSaves } from "./held-saves.ts";
import type { Swappable } from "./inputs.ts";
import type { Machine } from "./machine.ts";
import { readModes } from "./modes.ts";
import { ServiceContainers } from "./service-containers.ts";
import { SwapRunner } from "./swap-runner.ts";

/** All that the swaps of one service go through. */
interface Lane {
  readonly service: Swappable;
  readonly container: ServiceContainers;
  readonly runner: SwapRunner;
  readonly batches: Collector;
}

/** The services whose saves are swapped in. Each has a lane of its own, so that nothing of one waits for another. */
export class Swaps {
  readonly #cluster: Cluster;
  readonly #machine: Machine;
  readonly #held: HeldSaves;
  readonly #lanes = new Map<ServiceName, Lane>();

  constructor(cluster: Cluster, machine: Machine) {
    this.#cluster = cluster;
    this.#machine = machine;
    this.#held = new HeldSaves(cluster.folder, machine);
  }

  /** Takes saves of these services from now on; what an earlier devenv was ended in the middle of is brought to its end. */
  async begin(services: readonly Swappable[], timing: WatchTiming): Promise<void> {
    // The trial of an `up` under way is not an interrupted one.
    await clusterIsFree(this.#cluster, this.#machine);
    const deliveries = this.#cluster.mount.observe(services.map(({ name }) => name));
    const choices = readModes(this.#cluster.folder);
    for (const service of services) {
      const container = new ServiceContainers(service, this.#cluster, this.#machine);
      const record = deliveries.get(service.name)?.record;
      const context = { service, container, record, cluster: this.#cluster, machine: this.#machine, timing };
      const runner = new SwapRunner(context);
      const batches = batchesInto(runner, timing, this.#machine.clock);
      this.#lanes.set(service.name, { service, container, runner, batches });
      // A forwarder has its place now, and nothing to put back; its code comes back with its mode.
      if (!isForwarded(effectiveMode(service, choices).mode)) runner.resume(record);
      void container.attach();
    }
  }

  /** A path that a service is made of changed. `atMs` is when it was heard of, in milliseconds since the epoch. */
  changed(service: ServiceName, path: string, atMs: number): void {
    const lane = this.#lanes.get(service);
    if (lane !== undefined && this.#held.goes(lane.service, path)) lane.batches.changed(path, atMs);
  }

  /** Takes no more saves of these services. Resolves when their swaps that had begun have come to their end. */
  async end(services: readonly ServiceName[]): Promise<void> {
    const lanes = services.flatMap((name) => this.#lanes.get(name) ?? []);
    for (const { batches } of lanes) batches.close();
    await Promise.all(lanes.map(({ runner }) => runner.close()));
    for (const { service, container } of lanes) {
      container.close();
      this.#lanes.delete(service.name);
    }
  }

  close(): Promise<void> {
    return this.end([...this.#lanes.keys()]);
  }
}
