import type { Event, SwapEvent } from "../model/event.ts";
import { asFailure, type Failure, report } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { Inputs } from "../swap/route.ts";
import type { WatchedPaths } from "../watch/watch.ts";
import type { BuildMemory } from "./build-memory.ts";
import type { Cluster } from "./cluster.ts";
import { assumedInputs, learnInputs, type Swappable, writtenSince } from "./inputs.ts";
import type { Machine } from "./machine.ts";

/** So long nothing of what no save takes changes, before it is learnt what it changed: git may be in the middle of it. */
const QUIET_MS = 1000;

/** With which a save has come to its end. */
const ENDS: ReadonlySet<Event["type"]> = new Set([
  ...(["committed", "unchanged", "buildFailed", "rolledBack", "rollbackFailed"] as const),
]);

/** Also one that failed where there is nothing to go back to. */
const isEnd = (event: Event): event is Extract<Event, SwapEvent> =>
  ENDS.has(event.type) || (event.type === "notReady" && event.goesBack === undefined);

/** What becomes of what was learnt after a save. */
export interface LearntHandlers {
  /** Watches what services are made of now. */
  update(): Promise<void>;
  /** A file of a package that was not watched yet was written since the save that imported it. */
  onWritten(path: string): void;
}

/**
 * What each watched service is made of. A save may have changed the imports, also one that does not build: what it
 * imports may be what has to be mended. So it is asked again when a save has come to its end, and not before: the swap
 * goes first.
 */
export class LearntInputs {
  readonly #cluster: Cluster;
  readonly #memory: BuildMemory;
  readonly #machine: Machine;
  readonly #services = new Map<ServiceName, Swappable>();
  readonly #inputs = new Map<ServiceName, Inputs>();
  /** Services of which files changed that are no save, and when the first of them did, in milliseconds since the epoch. */
  readonly #unsaved = new Map<ServiceName, number>();
  #unsavedMs = 0;
  #isWaiting = false;
  #handlers: LearntHandlers | undefined;
  /** One after the other: an older answer must not overwrite a newer one. */
  #work: Promise<void> = Promise.resolve();

  constructor(cluster: Cluster, memory: BuildMemory, machine: Machine) {
    this.#memory = memory;
    this.#cluster = cluster;
    this.#machine = machine;
  }

  all(): readonly Inputs[] {
    return [...this.#inputs.values()];
  }

  /** All that services are made of, each path once. */
  paths(): WatchedPaths {
    const all = this.all();
    return {
      folders: [...new Set(all.flatMap(({ folders }) => folders))],
      trees: [...new Set(all.flatMap(({ trees }) => trees))],
      files: [...new Set(all.flatMap(({ files }) => files))],
    };
  }

  /**
   * Learns what these services are made of. What cannot be told yet, because the code is broken, is assumed and told.
   * @throws Failure when a tool is missing: then none of this can come to anything.
   */
  async learn(services: readonly Swappable[]): Promise<void> {
    const failures = await Promise.all(services.map((service) => this.#learn(service)));
    const missing = failures.find((failure) => failure?.class === "environment");
    if (missing !== undefined) throw missing;
    for (const [index, failure] of failures.entries()) {
      const service = services[index];
      if (failure === undefined || service === undefined) continue;
      this.#inputs.set(service.name, assumedInputs(service));
      this.#tell(failure);
    }
  }

  forget(service: ServiceName): void {
    this.#services.delete(service);
    this.#inputs.delete(service);
  }

  /** Learns anew after each save, until the function that it gives is called. */
  relearnAfterSaves(handlers: LearntHandlers): () => void {
    const savedAt = new Map<ServiceName, number>();
    this.#handlers = handlers;
    return this.#machine.bus.subscribe((event) => {
      if (event.type === "saved") savedAt.set(event.service, event.at);
      if (!isEnd(event)) return;
      const { service, at } = event;
      this.#relearnInTurn(service, savedAt.get(service) ?? at, handlers);
    });
  }

  /**
   * A file of a service changed, and that is no save of it: it runs other code than its work tree's. What it is made of
   * may be another all the same, and a later save must not be missed: it is learnt anew when all is quiet.
   */
  changedUnsaved(service: ServiceName): void {
    const { clock } = this.#machine;
    if (!this.#unsaved.has(service)) this.#unsaved.set(service, clock.now());
    this.#unsavedMs = clock.monotonic();
    if (!this.#isWaiting) void this.#learnWhenQuiet();
  }

  async #learnWhenQuiet(): Promise<void> {
    const { clock, signal } = this.#machine;
    this.#isWaiting = true;
    for (let leftMs = QUIET_MS; leftMs > 0 && !signal.aborted; leftMs = this.#unsavedMs + QUIET_MS - clock.monotonic())
      await clock.sleep(leftMs, signal).catch(() => undefined);
    this.#isWaiting = false;
    const handlers = this.#handlers;
    if (signal.aborted || handlers === undefined) return;
    for (const [service, sinceMs] of this.#unsaved) this.#relearnInTurn(service, sinceMs, handlers);
    this.#unsaved.clear();
  }

  /** One that fails, as where the system's limit of watches is reached, is told, and the next one is tried all the same. */
  #relearnInTurn(service: ServiceName, savedAtMs: number, handlers: LearntHandlers): void {
    this.#work = this.#work
      .then(() => this.#relearn(service, savedAtMs, handlers))
      .catch((thrown: unknown) => this.#tell(asFailure(thrown)));
  }

  async #relearn(name: ServiceName, savedAtMs: number, { update, onWritten }: LearntHandlers): Promise<void> {
    this.#unsaved.delete(name);
    const service = this.#services.get(name);
    const known = new Set(this.#inputs.get(name)?.folders);
    // A go.mod that cannot be read is told by the build.
    if (service === undefined || (await this.#learn(service)) !== undefined) return;
    await update();
    const fresh = this.#inputs.get(name)?.folders.filter((folder) => !known.has(folder)) ?? [];
    for (const path of await writtenSince(fresh, savedAtMs)) onWritten(path);
  }

  /** Code that Go cannot list yet (a go.mod being edited) keeps the inputs that were known before. */
  async #learn(service: Swappable): Promise<Failure | undefined> {
    this.#services.set(service.name, service);
    try {
      const learnt = await learnInputs(service, this.#cluster.endpoint.platform, this.#machine);
      // Another definition of it may have come meanwhile, or none.
      if (this.#services.get(service.name) !== service) return undefined;
      this.#inputs.set(service.name, learnt.inputs);
      void this.#memory.learnt(service, learnt);
      return undefined;
    } catch (thrown) {
      return asFailure(thrown);
    }
  }

  #tell(failure: Failure): void {
    const { bus, clock, signal } = this.#machine;
    if (!signal.aborted) bus.dispatch({ type: "watchFailed", at: clock.now(), failure: report(failure) });
  }
}
