import { buildLocal } from "../artifact/local-build.ts";
import { withLock } from "../host/lock.ts";
import type { Processes } from "../host/process.ts";
import type { Event } from "../model/event.ts";
import { asFailure, type Failure, report, userFailure } from "../model/failure.ts";
import { effectiveMode, isForwarded } from "../model/mode.ts";
import type { ServiceName } from "../model/names.ts";
import type { Profile } from "../model/profile.ts";
import { type Inputs, route } from "../swap/route.ts";
import type { Collector } from "../watch/quiet.ts";
import { type WatchedPaths, type Watching, watchPaths } from "../watch/watch.ts";
import { batchesInto } from "./batches.ts";
import { type Cluster, clusterIsFree, findCluster, watchLock } from "./cluster.ts";
import { HeldSaves } from "./held-saves.ts";
import { assumedInputs, inputsOf, isSwappable, type Swappable, writtenSince } from "./inputs.ts";
import type { Machine } from "./machine.ts";
import { readModes } from "./modes.ts";
import { providedFiles } from "./provided-files.ts";
import { ServiceContainers } from "./service-containers.ts";
import { SwapRunner } from "./swap-runner.ts";
import { upCommand } from "./up-command.ts";

/**
 * `devenv watch`: watch -> route -> build -> store -> deliver -> restart -> ready -> commit | roll back, until the
 * machine's signal is aborted; a swap that has begun comes to its end first.
 * @throws Failure when the cluster does not run, nothing in it can be swapped, or its files cannot be watched.
 */
export async function watch(profile: Profile, machine: Machine): Promise<void> {
  const cluster = await findCluster(profile, machine);
  try {
    await expectRunning(profile, cluster);
    const services = profile.services.filter(isSwappable);
    if (services.length === 0) throw nothingToSwap(profile);
    const lock = { wait: false, command: `devenv watch ${profile.name}` };
    await withLock(watchLock(cluster), lock, () => new SaveLoop(profile, cluster, machine).run(services));
  } finally {
    cluster.daemon.close();
  }
}

async function expectRunning(profile: Profile, cluster: Cluster): Promise<void> {
  const { containers } = await cluster.daemon.observe(profile.name);
  // A compiler or a hook may print any of them.
  await cluster.daemon.learnSecrets(containers);
  if (containers.some(({ state }) => state === "running")) return;
  throw userFailure(`cluster ${profile.name} is not running`, {
    hint: `Bring it up with \`${upCommand(profile)}\`, then watch again.`,
    exitCode: 1,
  });
}

const nothingToSwap = (profile: Profile) =>
  userFailure(`no service of profile ${profile.name} can be swapped`, {
    hint: "Give a service `x-devenv: { repo: …, build: { go: ./cmd/… } }`, and clone its repository.",
  });

/** With which a save has come to its end. */
const ENDS: ReadonlySet<Event["type"]> = new Set(["committed", "buildFailed", "rolledBack", "rollbackFailed"]);

class SaveLoop {
  readonly #profile: Profile;
  readonly #provided: ReadonlyMap<string, readonly ServiceName[]>;
  readonly #cluster: Cluster;
  readonly #machine: Machine;
  readonly #runners = new Map<string, SwapRunner>();
  readonly #batches = new Map<string, Collector>();
  readonly #inputs = new Map<string, Inputs>();
  readonly #containers: ServiceContainers[] = [];
  readonly #held: HeldSaves;
  #watching: Watching | undefined;
  readonly #over = new AbortController();

  constructor(profile: Profile, cluster: Cluster, machine: Machine) {
    this.#profile = profile;
    this.#provided = providedFiles(profile);
    this.#cluster = cluster;
    this.#machine = machine;
    this.#held = new HeldSaves(cluster.folder, machine);
  }

  async run(services: readonly Swappable[]): Promise<void> {
    const { bus, clock, signal } = this.#machine;
    let giveUp: (failure: Failure) => void = () => {};
    const stopped = new Promise<void>((resolve, reject) => {
      signal.addEventListener("abort", () => resolve(), { once: true, signal: this.#over.signal });
      if (signal.aborted) resolve();
      giveUp = reject;
    });
    stopped.catch(() => undefined); // waited for below
    const unsubscribe = this.#relearnAfterSwaps(services);
    try {
      await this.#startRunners(services);
      await this.#learnAllInputs(services);
      const watching = watchPaths(this.#paths(), {
        onChange: (path, atMs) => this.#changed(path, atMs),
        onError: giveUp,
      });
      this.#watching = watching;
      await Promise.race([watching.ready, stopped]);
      const names = services.map(({ name }) => name);
      if (!signal.aborted)
        bus.dispatch({ type: "watching", at: clock.now(), services: names, folders: watching.count() });
      void this.#warmUp(services);
      await stopped;
    } finally {
      unsubscribe();
      await this.#close();
    }
  }

  async #close(): Promise<void> {
    this.#over.abort();
    await this.#watching?.close();
    for (const batch of this.#batches.values()) batch.close();
    await Promise.all([...this.#runners.values()].map((runner) => runner.close()));
    for (const container of this.#containers) container.close();
  }

  async #startRunners(services: readonly Swappable[]): Promise<void> {
    // The trial of an `up` under way is not an interrupted one.
    await clusterIsFree(this.#cluster, this.#machine);
    const deliveries = this.#cluster.mount.observe(services.map(({ name }) => name));
    const choices = readModes(this.#cluster.folder);
    for (const service of services) {
      const container = new ServiceContainers(service, this.#cluster, this.#machine);
      const record = deliveries.get(service.name)?.record;
      const context = {
        service,
        container,
        record,
        cluster: this.#cluster,
        machine: this.#machine,
        timing: this.#profile.watch,
      };
      const runner = new SwapRunner(context);
      this.#runners.set(service.name, runner);
      this.#batches.set(service.name, batchesInto(runner, this.#profile.watch, this.#machine.clock));
      // A forwarder has its place now, and nothing to put back; its code comes back with its mode.
      if (!isForwarded(effectiveMode(service, choices).mode)) runner.resume(record);
      void container.attach();
      this.#containers.push(container);
    }
  }

  /** @throws Failure when a tool is missing: then none of this can come to anything. */
  async #learnAllInputs(services: readonly Swappable[]): Promise<void> {
    const failures = await Promise.all(services.map((service) => this.#learnInputs(service)));
    const missing = failures.find((failure) => failure?.class === "environment");
    if (missing !== undefined) throw missing;
    for (const [index, failure] of failures.entries()) {
      const service = services[index];
      if (failure === undefined || service === undefined) continue;
      this.#inputs.set(service.name, assumedInputs(service));
      this.#tell(failure);
    }
  }

  #tell(failure: Failure): void {
    const { bus, clock, signal } = this.#machine;
    if (!signal.aborted) bus.dispatch({ type: "watchFailed", at: clock.now(), failure: report(failure) });
  }

  /** Code that Go cannot list yet (a go.mod being edited) keeps the inputs that were known before. */
  async #learnInputs(service: Swappable): Promise<Failure | undefined> {
    try {
      this.#inputs.set(service.name, await inputsOf(service, this.#cluster.endpoint.platform, this.#machine));
      return undefined;
    } catch (thrown) {
      return asFailure(thrown);
    }
  }

  /**
   * A save may have changed the imports, also one that does not build: what it imports may be what has to be mended. So
   * what a service is made of is asked again when a save has come to its end, and not before: the swap goes first.
   */
  #relearnAfterSwaps(services: readonly Swappable[]): () => void {
    const savedAt = new Map<string, number>();
    // One after the other: an older answer must not overwrite a newer one.
    let work = Promise.resolve();
    return this.#machine.bus.subscribe((event) => {
      if (event.type === "saved") savedAt.set(event.service, event.at);
      const service = services.find(({ name }) => "service" in event && name === event.service);
      if (!ENDS.has(event.type) || service === undefined) return;
      work = work.then(() => this.#relearn(service, savedAt.get(service.name) ?? event.at));
    });
  }

  /** A package that was not watched yet may have been edited since the save that imported it. */
  async #relearn(service: Swappable, savedAtMs: number): Promise<void> {
    const known = new Set(this.#inputs.get(service.name)?.folders);
    // A go.mod that cannot be read is told by the build.
    if (this.#over.signal.aborted || (await this.#learnInputs(service)) !== undefined) return;
    // What cannot be watched is told by onError, which ends the watch.
    await this.#watching?.update(this.#paths()).catch(() => undefined);
    const fresh = this.#inputs.get(service.name)?.folders.filter((folder) => !known.has(folder)) ?? [];
    for (const path of await writtenSince(fresh, savedAtMs)) this.#changed(path, this.#machine.clock.now());
  }

  /**
   * CI's binaries came from another machine: the compiler's cache here may have seen nothing yet, and the first save
   * would wait for every dependency. So each service is built once, out of everybody's way; the result is not used.
   */
  async #warmUp(services: readonly Swappable[]): Promise<void> {
    const { processes, store, folders } = this.#machine;
    const { signal } = this.#over;
    const background: Processes = {
      ...processes,
      run: (command, args, options) => processes.run(command, args, { ...options, background: true }),
    };
    const context = { store, processes: background, cacheFolder: folders.cache, signal };
    for (const service of services.filter(({ build }) => build?.kind === "go")) {
      if (signal.aborted) return;
      // Code that does not compile is told when it is saved, not before.
      await buildLocal(service, this.#cluster.endpoint.platform, context).catch(() => undefined);
    }
  }

  #paths(): WatchedPaths {
    const all = [...this.#inputs.values()];
    return {
      folders: [...new Set(all.flatMap(({ folders }) => folders))],
      trees: [...new Set(all.flatMap(({ trees }) => trees))],
      files: [...new Set([...this.#profile.files, ...this.#provided.keys(), ...all.flatMap(({ files }) => files)])],
    };
  }

  #changed(path: string, atMs: number): void {
    const { bus, clock } = this.#machine;
    const provides = this.#provided.get(path);
    if (provides !== undefined) {
      bus.dispatch({ type: "profileChanged", at: clock.now(), path, provides });
      return;
    }
    const way = route(path, [...this.#inputs.values()], this.#profile.files);
    if (way.to === "ignore") bus.dispatch({ type: "ignored", at: clock.now(), path, reason: way.reason });
    else if (way.to === "profile") bus.dispatch({ type: "profileChanged", at: clock.now(), path });
    else for (const name of way.services) this.#saved(name, path, atMs);
  }

  #saved(name: ServiceName, path: string, atMs: number): void {
    const service = this.#profile.services.find((one) => one.name === name);
    if (service !== undefined && this.#held.goes(service, path)) this.#batches.get(name)?.changed(path, atMs);
  }
}
