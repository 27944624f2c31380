import { answeredRelease, type DeliveryRecord } from "../model/delivery.ts";
import { asFailure, report } from "../model/failure.ts";
import { effectiveMode, isForwarded } from "../model/mode.ts";
import type { Generation, ServiceName } from "../model/names.ts";
import { hooksOf, type Profile } from "../model/profile.ts";
import type { Collector } from "../watch/quiet.ts";
import { batchesInto } from "./batches.ts";
import type { BuildMemory } from "./build-memory.ts";
import { type Cluster, clusterIsFree } from "./cluster.ts";
import type { BroughtBack, DaemonLink } from "./daemon-link.ts";
import { HeldSaves } from "./held-saves.ts";
import { HookWrites } from "./hook-writes.ts";
import type { Swappable } from "./inputs.ts";
import type { Machine } from "./machine.ts";
import { readModes } from "./modes.ts";
import { PulledChanges } from "./pulled-changes.ts";
import { isUp, remake } from "./remake.ts";
import { ServiceContainers } from "./service-containers.ts";
import { SteadyContainers } from "./steady-containers.ts";
import { steadyMount } from "./steady-mount.ts";
import { SwapRunner } from "./swap-runner.ts";

/** All that the swaps of one service go through. */
interface Lane {
  readonly service: Swappable;
  readonly containers: ServiceContainers;
  readonly steady: SteadyContainers;
  readonly runner: SwapRunner;
  readonly batches: Collector;
  /** The last path that was saved, and when it was heard of, on the clock that never jumps. */
  last: { readonly path: string; readonly heardAtMs: number } | undefined;
}

/** What there is of a service between two of its lanes. */
interface Left {
  readonly newest: Generation;
  /** Paths whose save is still to be built: config alone would not have the code built. */
  readonly paths: Set<string>;
}

/** Longer than any burst of changes: a save that is older has its build. */
const BURST_MS = 250;

/** The services whose saves are swapped in. Each has a lane of its own, so that nothing of one waits for another. */
export class Swaps {
  readonly #cluster: Cluster;
  readonly #machine: Machine;
  readonly #link: DaemonLink;
  readonly #held: HeldSaves;
  readonly #hookWrites: HookWrites;
  readonly #pulled: PulledChanges;
  /** Whether any service has hooks that may write sources: else no change is looked at for it. */
  #generates = false;
  readonly #memory: BuildMemory;
  readonly #lanes = new Map<ServiceName, Lane>();
  /** Services that are left alone until they begin anew. */
  readonly #left = new Map<ServiceName, Left>();
  /** Services that wait: a lane that is made anew meanwhile waits, too. */
  readonly #paused = new Set<ServiceName>();

  constructor(cluster: Cluster, link: DaemonLink, memory: BuildMemory, machine: Machine) {
    this.#cluster = cluster;
    this.#machine = machine;
    this.#link = link;
    this.#memory = memory;
    this.#held = new HeldSaves(cluster.folder, machine);
    this.#hookWrites = new HookWrites(machine.clock);
    this.#pulled = new PulledChanges(cluster, machine.clock);
  }

  /** Takes saves of these services from now on; what an earlier devenv was ended in the middle of is brought to its end. */
  async begin(services: readonly Swappable[], profile: Profile): Promise<void> {
    // The trial of an `up` under way is not an interrupted one.
    await clusterIsFree(this.#cluster, this.#machine);
    const deliveries = this.#cluster.mount.observe(services.map(({ name }) => name));
    const choices = readModes(this.#cluster.folder);
    for (const service of services) {
      const record = deliveries.get(service.name)?.record;
      const lane = this.#lane(service, record, profile);
      this.#lanes.set(service.name, lane);
      // A forwarder has its place now, and nothing to put back; its code comes back with its mode.
      if (!isForwarded(effectiveMode(service, choices).mode)) lane.runner.resume(record);
      void lane.containers.attach();
    }
    const saved = [...this.#left].filter(([name]) => this.#lanes.has(name));
    this.#left.clear();
    for (const [name, { paths }] of saved)
      for (const path of paths) this.changed(name, path, this.#machine.clock.now());
  }

  #lane(service: Swappable, record: DeliveryRecord | undefined, profile: Profile): Lane {
    const [cluster, machine, timing] = [this.#cluster, this.#machine, profile.watch];
    const containers = new ServiceContainers(service, cluster, machine);
    const again = async () => {
      if (!(await isUp(cluster))) return false;
      await remake([service.name], profile, cluster, machine);
      return true;
    };
    const steady = new SteadyContainers({ containers, link: this.#link, machine, remake: again });
    const [writes, memory] = [this.#hookWrites, this.#memory];
    this.#generates ||= hooksOf(service, "before_build").length > 0;
    const of = { service, container: steady, record, machine, timing, writes, memory };
    const mount = steadyMount(cluster.mount, this.#link);
    const newest = this.#left.get(service.name)?.newest;
    const runner = new SwapRunner({ ...of, cluster: { ...cluster, mount }, newest });
    if (this.#paused.has(service.name)) runner.pause();
    const batches = batchesInto(runner, timing, machine.clock);
    return { service, containers, steady, runner, batches, last: undefined };
  }

  /**
   * Has services run again that ended with their daemon, but for those whose swap is under way, which sees to its own.
   * Never rejects.
   */
  async bringBack(ended: readonly ServiceName[], profile: Profile): Promise<BroughtBack> {
    for (const { containers } of this.#lanes.values()) await containers.reconnect().catch(() => undefined);
    const own = ended.filter((name) => !this.#lanes.get(name)?.steady.isBusy);
    const known = own.filter((name) => profile.services.some((service) => service.name === name));
    if (known.length === 0) return { started: [] };
    try {
      await remake(known, profile, this.#cluster, this.#machine);
      return { started: known };
    } catch (thrown) {
      return { started: [], failure: report(asFailure(thrown)) };
    }
  }

  /**
   * A path that a service is made of changed. `atMs` is when it was heard of, in milliseconds since the epoch. False for
   * a service whose mode does not go by its work tree, and for one to which a pull is no save.
   */
  changed(service: ServiceName, path: string, atMs: number): boolean {
    const lane = this.#lanes.get(service);
    // Its own hook wrote it: the build that comes after takes it in.
    if (this.#generates && this.#hookWrites.writerOf(path) === service) return false;
    this.#left.get(service)?.paths.add(path);
    if (lane === undefined) return false;
    if (!this.#pulled.isSave(lane.service, path) && !this.isDue(service)) return false;
    if (!this.#held.goes(lane.service, path)) return false;
    lane.last = { path, heardAtMs: this.#machine.clock.monotonic() };
    lane.batches.changed(path, atMs);
    return true;
  }

  /** Builds a service that runs a build of its work tree anew, because the profile has it built otherwise now. */
  rebuild(service: ServiceName, profileFile: string): void {
    const runs = answeredRelease(this.#cluster.mount.observe([service]).get(service)?.record);
    if (runs?.artifact.build.startsWith("local:")) this.changed(service, profileFile, this.#machine.clock.now());
  }

  /** Whether a pull of what a service is made of has it built anew. */
  takesPulls(service: ServiceName): boolean {
    const lane = this.#lanes.get(service);
    return lane !== undefined && (this.#pulled.runsItsTree(lane.service) || this.isDue(service));
  }

  /** Whether anything that was saved of a service is not built. */
  isDue(service: ServiceName): boolean {
    const unbuilt = this.#lanes.get(service)?.runner.unbuilt().length ?? this.#left.get(service)?.paths.size;
    return unbuilt !== undefined && unbuilt > 0;
  }

  pause(service: ServiceName): void {
    this.#paused.add(service);
    this.#lanes.get(service)?.runner.pause();
  }

  unpause(service: ServiceName): void {
    this.#paused.delete(service);
    this.#lanes.get(service)?.runner.unpause();
  }

  /**
   * Ends these services' lanes until they begin anew: what is saved meanwhile, or was not built to its end, is built
   * then. Resolves when their swaps that had begun have come to their end.
   */
  async leave(services: readonly ServiceName[]): Promise<void> {
    const { clock } = this.#machine;
    for (const name of services) {
      const lane = this.#lanes.get(name);
      if (lane === undefined) continue;
      const { runner, last } = lane;
      const isFresh = last !== undefined && clock.monotonic() - last.heardAtMs < BURST_MS;
      const paths = new Set([...runner.unbuilt(), ...(isFresh ? [last.path] : [])]);
      this.#left.set(name, { newest: runner.newest, paths });
    }
    await this.end(services);
  }

  /** Takes no more saves of these services. Resolves when their swaps that had begun have come to their end. */
  async end(services: readonly ServiceName[]): Promise<void> {
    const lanes = services.flatMap((name) => this.#lanes.get(name) ?? []);
    for (const { batches } of lanes) batches.close();
    await Promise.all(lanes.map(({ runner }) => runner.close()));
    for (const { service, containers } of lanes) {
      containers.close();
      this.#lanes.delete(service.name);
    }
  }

  close(): Promise<void> {
    return this.end([...this.#lanes.keys()]);
  }
}
