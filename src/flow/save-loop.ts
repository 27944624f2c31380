import { basename } from "node:path";
import { asFailure, type Failure, failed, interrupted, report } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { Profile } from "../model/profile.ts";
import type { ProfileChange } from "../plan/profile-change.ts";
import { isLeftOutByAll, route } from "../swap/route.ts";
import { FileIndex } from "../watch/file-index.ts";
import { type WatchedPaths, type WatchHandlers, type Watching, watchPaths } from "../watch/watch.ts";
import { BuildMemory } from "./build-memory.ts";
import type { Cluster } from "./cluster.ts";
import { DaemonLink } from "./daemon-link.ts";
import { GitPause } from "./git-pause.ts";
import { isSwappable, type Swappable } from "./inputs.ts";
import { LearntInputs } from "./learnt-inputs.ts";
import type { Machine } from "./machine.ts";
import { MissedChanges } from "./missed-changes.ts";
import { Pauses } from "./pauses.ts";
import { providedFiles } from "./provided-files.ts";
import { RegularPulls } from "./regular-pulls.ts";
import { Replanner } from "./replanner.ts";
import { Swaps } from "./swaps.ts";
import { Touches } from "./touches.ts";
import { warmUp } from "./warm-up.ts";

/** What a save loop needs of the one that runs it. */
interface LoopOptions {
  readonly reload: () => Promise<Profile>;
  readonly onProfile?: ((profile: Profile) => void) | undefined;
  /** Saves from this moment on (milliseconds since the epoch) nobody may have heard of; none where it is not told. */
  readonly unheardSince?: number | undefined;
}

const IGNORE_FILES: ReadonlySet<string> = new Set([".gitignore", ".dockerignore"]);

/** Hears what changes, and hands it on to the swaps of the services that are made of it. */
export class SaveLoop {
  readonly #options: LoopOptions;
  readonly #replanner: Replanner;
  #provided: ReadonlyMap<string, readonly ServiceName[]>;
  readonly #machine: Machine;
  readonly #inputs: LearntInputs;
  readonly #memory: BuildMemory;
  readonly #swaps: Swaps;
  readonly #link: DaemonLink;
  readonly #touches: Touches;
  readonly #gitPause: GitPause;
  readonly #missed: MissedChanges;
  readonly #pulls: RegularPulls;
  #pulling: Promise<void> | undefined;
  #watching: Watching | undefined;
  /** An ignore file was saved, and what it says is not gone by yet. */
  #haveRulesChanged = false;
  readonly #over = new AbortController();

  constructor(profile: Profile, options: LoopOptions, cluster: Cluster, machine: Machine) {
    this.#options = options;
    this.#provided = providedFiles(profile);
    this.#machine = machine;
    const untilOver = { ...machine, signal: this.#over.signal };
    const index = new FileIndex();
    this.#memory = new BuildMemory(cluster.endpoint.platform, untilOver, index);
    this.#inputs = new LearntInputs(cluster, this.#memory, machine);
    this.#link = new DaemonLink(cluster, untilOver);
    this.#swaps = new Swaps(cluster, this.#link, this.#memory, untilOver);
    this.#touches = new Touches(cluster, machine);
    this.#replanner = new Replanner(profile, {
      ...{ reload: options.reload, cluster, link: this.#link, machine: untilOver },
      handlers: {
        leave: (services) => this.#swaps.leave(services),
        follow: (next, change) => this.#follow(next, change),
      },
    });
    const pauses = new Pauses(this.#swaps, machine);
    this.#gitPause = new GitPause(pauses, () => this.#replanner.profile, untilOver);
    this.#pulls = new RegularPulls({
      ...{ pauses, cluster, machine: untilOver },
      profile: () => this.#replanner.profile,
      inputs: () => this.#inputs.all(),
      takesPulls: (service) => this.#swaps.takesPulls(service),
    });
    this.#missed = new MissedChanges({
      ...{ index, pauses },
      inputs: () => this.#inputs.all(),
      files: () => this.#surroundings(),
      signal: this.#over.signal,
    });
  }

  async run(services: readonly Swappable[]): Promise<void> {
    const { bus, clock, signal } = this.#machine;
    let giveUp: (failure: Failure) => void = () => {};
    const stopped = new Promise<void>((resolve, reject) => {
      this.#over.signal.addEventListener("abort", () => resolve(), { once: true });
      const end = () => this.#over.abort(interrupted());
      signal.addEventListener("abort", end, { once: true, signal: this.#over.signal });
      if (signal.aborted) end();
      giveUp = reject;
    });
    stopped.catch(() => undefined); // waited for below
    const unsubscribe = this.#inputs.relearnAfterSaves({
      update: () => this.#watchAgain(),
      onWritten: (path) => this.#changed(path, clock.now()),
    });
    try {
      void this.#link.follow({
        onEvent: (event) => this.#touches.hear(event),
        onBack: (ended) => this.#swaps.bringBack(ended, this.#replanner.profile),
      });
      await this.#swaps.begin(services, this.#replanner.profile);
      await this.#inputs.learn(services);
      const handlers: WatchHandlers = {
        onChange: (path, atMs) => this.#changed(path, atMs),
        onOverflow: () => this.#missed.begin(),
        onCaughtUp: () => this.#missed.end((path) => this.#changed(path, clock.now())),
        onError: giveUp,
      };
      const isIgnored = (path: string, is?: "file" | "folder") => isLeftOutByAll(path, this.#inputs.all(), is);
      const watching = watchPaths(this.#paths(), handlers, { isIgnored });
      this.#watching = watching;
      await Promise.race([watching.ready, stopped]);
      const names = services.map(({ name }) => name);
      if (!signal.aborted)
        bus.dispatch({ type: "watching", at: clock.now(), services: names, folders: watching.count() });
      this.#missed.learn();
      const { unheardSince } = this.#options;
      if (unheardSince !== undefined) this.#missed.find(unheardSince, (path) => this.#changed(path, clock.now()));
      void warmUp(services, this.#memory, { ...this.#machine, signal: this.#over.signal });
      this.#pulling = this.#pulls.run();
      await stopped;
    } finally {
      unsubscribe();
      await this.#close();
    }
  }

  /** As if a service's work tree had been saved at this moment. @throws Failure where its saves are not built */
  swap(name: ServiceName): void {
    const service = this.#replanner.profile.services.find((each) => each.name === name);
    if (service === undefined || !isSwappable(service)) throw notBuiltHere(name);
    if (!this.#swaps.changed(name, service.repo, this.#machine.clock.now())) throw leftAlone(name);
  }

  async #close(): Promise<void> {
    this.#over.abort(interrupted());
    await this.#watching?.close();
    await this.#replanner.close();
    await this.#swaps.close();
    await this.#pulling;
  }

  /** Goes by an edited profile from now on: what it changed is learnt and swapped anew, all else goes on. */
  async #follow(profile: Profile, { changed, gone, recoded }: ProfileChange): Promise<number> {
    this.#provided = providedFiles(profile);
    const services = profile.services.filter(isSwappable).filter(({ name }) => changed.includes(name));
    const others = [...gone, ...changed].filter((name) => !services.some((service) => service.name === name));
    for (const name of others) this.#inputs.forget(name);
    await this.#swaps.begin(services, profile);
    // A tool that is missing is told as it would be at the start, and those that need none go on.
    await this.#inputs.learn(services).catch((thrown) => this.#tell(asFailure(thrown)));
    await this.#watchAgain();
    this.#options.onProfile?.(profile);
    for (const name of recoded) this.#swaps.rebuild(name, profile.file);
    this.#pulls.goBy();
    return this.#watching?.count() ?? 0;
  }

  #tell(failure: Failure): void {
    const { bus, clock } = this.#machine;
    bus.dispatch({ type: "watchFailed", at: clock.now(), failure: report(failure) });
  }

  /** What cannot be watched is told by onError, which ends the watch. */
  async #watchAgain(): Promise<void> {
    if (this.#over.signal.aborted) return;
    await this.#watching?.update(this.#paths()).catch(() => undefined);
    if (this.#haveRulesChanged) await this.#watching?.rulesChanged();
    this.#haveRulesChanged = false;
    this.#missed.learn();
  }

  #paths(): WatchedPaths {
    const { files, ...folders } = this.#inputs.paths();
    return { ...folders, files: [...new Set([...this.#surroundings(), ...files])] };
  }

  /** Files that matter though no service is made of them. */
  #surroundings(): readonly string[] {
    return [...this.#replanner.files, ...this.#provided.keys()];
  }

  #changed(path: string, atMs: number): void {
    const { bus, clock } = this.#machine;
    const provides = this.#provided.get(path);
    if (provides !== undefined) {
      bus.dispatch({ type: "profileChanged", at: clock.now(), path, provides });
      return;
    }
    const way = route(path, this.#inputs.all(), this.#replanner.files);
    if (way.to === "ignore") bus.dispatch({ type: "ignored", at: clock.now(), path, reason: way.reason });
    else if (way.to === "profile") this.#replanner.edited(path, atMs);
    else this.#saved(path, way.services, atMs);
  }

  #saved(path: string, services: readonly ServiceName[], atMs: number): void {
    if (IGNORE_FILES.has(basename(path))) this.#haveRulesChanged = true;
    const built = services.filter((name) => this.#swaps.changed(name, path, atMs));
    for (const name of services) if (!built.includes(name)) this.#inputs.changedUnsaved(name);
    if (built.length > 0) this.#pulls.changed();
    this.#gitPause.heard(path, built);
    this.#missed.heard(path);
  }
}

const notBuiltHere = (name: ServiceName): Failure =>
  failed(`${name} is not built here`, {
    hint: "Give it `x-devenv: { repo: …, build: { go: ./cmd/… } }`, and clone its repository.",
  });

const leftAlone = (name: ServiceName): Failure =>
  failed(`${name} is in a mode in which its work tree is not built`, {
    hint: `\`devenv use ${name}=local\` builds it.`,
  });
