import { snapshotConfig } from "../artifact/config.ts";
import { knownBuildsFolder, openKnownBuilds } from "../artifact/known-builds.ts";
import { buildLocal } from "../artifact/local-build.ts";
import { toolchainOf } from "../artifact/toolchain.ts";
import type { Processes } from "../host/process.ts";
import type { Platform, Release } from "../model/artifact.ts";
import type { Builder } from "../model/builder.ts";
import { interrupted } from "../model/failure.ts";
import { type ArtifactDigest, type ServiceName, shortDigest } from "../model/names.ts";
import type { Service } from "../model/profile.ts";
import { FileIndex, type Snapshot } from "../watch/file-index.ts";
import { changedSince, type FileMoment, fileMoment, isSteady } from "../watch/unchanged.ts";
import { filesOf, ignoredOf, isSwappable, type Learnt, learnInputs, type Swappable } from "./inputs.ts";
import type { Machine } from "./machine.ts";

/** A release of the work tree, with whether it was built just now or taken because it was made of the same. */
export interface BuiltRelease {
  readonly release: Release;
  readonly isReused: boolean;
}

/** A build that came to its end, until what it is made of has been learnt again. */
interface Finished {
  readonly service: Buildable;
  readonly artifact: ArtifactDigest;
  /** When it began. */
  readonly since: FileMoment;
  readonly toolchain: Promise<string | undefined>;
  /** What its sources, as they were known then, were soon after it began. */
  readonly then: Promise<Snapshot | undefined>;
}

type Buildable = Swappable & { readonly build: Builder };

/** Whether anything of it can be taken again. */
const isRemembered = (service: Service): service is Buildable =>
  isSwappable(service) && service.build !== undefined && service.build.cache !== false;

/** Where builds are in each other's way: those of cargo in one repository wait for each other (`targetFolder`). */
const placeOf = ({ name, repo, build }: Service): string => (build?.kind === "cargo" ? `${repo}/` : name);

/**
 * Builds services, and builds nothing that the digest of its sources already names. What a build is made of is only
 * known after it: a save may import what was not imported before. So a build is written down with the sources as they
 * are learnt from the very content that it was made of, and only where nothing of it has changed since it began. It can
 * be taken again where those sources have the digest that they had: they are all that decides, what they import
 * included, so nothing has to be learnt for it.
 */
export class BuildMemory {
  readonly #platform: Platform;
  readonly #machine: Machine;
  readonly #index: FileIndex;
  readonly #learnt = new Map<ServiceName, Learnt>();
  readonly #finished = new Map<ServiceName, Finished>();
  /** By place, the last build of `buildOnce`, which a save's takes the place of. */
  readonly #once = new Map<string, AbortController>();
  /** Places that a save was built in. */
  readonly #saved = new Set<string>();

  /** @param index of the files of all its services; one of its own where there is no other use for one. */
  constructor(platform: Platform, machine: Machine, index = new FileIndex()) {
    this.#platform = platform;
    this.#machine = machine;
    this.#index = index;
  }

  /**
   * Builds a service, or takes what an earlier build gave of the same. The compiler starts at once: the look for an
   * earlier build goes on beside it, and cuts it short.
   * @param machine with the signal that cuts this short
   * @throws Failure as `buildLocal`.
   */
  build(service: Service, machine: Machine): Promise<BuiltRelease> {
    // They write to one place: if the older one ended last, its result would be taken for the newer one's.
    this.#once.get(placeOf(service))?.abort();
    this.#saved.add(placeOf(service));
    return this.#build(service, machine);
  }

  async #build(service: Service, machine: Machine): Promise<BuiltRelease> {
    this.#finished.delete(service.name);
    const { store, processes, environment, folders, signal } = machine;
    const options = { store, processes, environment, cacheFolder: folders.cache };
    if (!isRemembered(service)) {
      return { release: await buildLocal(service, this.#platform, { ...options, signal }), isReused: false };
    }
    const [cut, over] = [new AbortController(), new AbortController()];
    const since = fileMoment(knownBuildsFolder(folders.cache));
    const compiler = announcing(processes);
    const building = buildLocal(service, this.#platform, {
      ...options,
      processes: compiler.processes,
      signal: AbortSignal.any([signal, cut.signal]),
    });
    await Promise.race([compiler.started, building.catch(nothing)]);
    const toolchain = this.#toolchain(service, machine).catch(() => undefined);
    const then = this.#now(service, signal).catch(() => undefined);
    const untilOver = { ...machine, signal: AbortSignal.any([signal, over.signal]) };
    const looking = this.#find(service, toolchain, untilOver).catch(() => undefined);
    const built = building.then(nothing, nothing);
    const known = await Promise.race([looking.then((found) => found ?? built), built]);
    over.abort();
    if (known !== undefined) {
      cut.abort();
      return { release: known, isReused: true };
    }
    const release = await building;
    this.#finished.set(service.name, { service, artifact: release.artifact.digest, since, toolchain, then });
    return { release, isReused: false };
  }

  /**
   * As `build`, and asks by itself what the service is made of. For who builds once.
   * @throws also when a `build` in the same place begins meanwhile, which cuts this short, or began before
   */
  async buildOnce(service: Service, machine: Machine): Promise<BuiltRelease> {
    const place = placeOf(service);
    if (this.#saved.has(place)) throw interrupted();
    const cut = new AbortController();
    this.#once.set(place, cut);
    const built = await this.#build(service, { ...machine, signal: AbortSignal.any([machine.signal, cut.signal]) });
    const finished = this.#finished.get(service.name);
    if (finished !== undefined) {
      await learnInputs(finished.service, this.#platform, machine)
        .then((learnt) => this.learnt(finished.service, learnt))
        .catch(() => undefined); // It is built; that it cannot be remembered is nobody's trouble.
    }
    return built;
  }

  /**
   * What an earlier build gave of what the sources are at this moment, where the store still has it.
   * @throws the signal's reason.
   */
  async known(service: Service, machine: Machine): Promise<Release | undefined> {
    return isRemembered(service) ? this.#find(service, this.#toolchain(service, machine), machine) : undefined;
  }

  /** What a service is made of was learnt: what was built of just that is remembered. Never rejects. */
  async learnt(service: Swappable, learnt: Learnt): Promise<void> {
    this.#learnt.set(service.name, learnt);
    const finished = this.#finished.get(service.name);
    // What was asked before the build began may be of other imports than it was made of: it is asked again after it.
    if (finished === undefined || learnt.askedMs < finished.since.monotonicMs) return;
    this.#finished.delete(service.name);
    if (finished.service === service) await this.#remember(finished, learnt).catch(() => undefined);
  }

  async #remember(finished: Finished, { inputs, sources }: Learnt): Promise<void> {
    const { service, artifact, since } = finished;
    if (sources === undefined || !sources.isWhole) return;
    const { folders, signal } = this.#machine;
    const [toolchain, then] = await Promise.all([finished.toolchain, finished.then]);
    const now = await this.#index.look(filesOf(sources, inputs.leftOut), signal);
    if (toolchain === undefined || !now.isWhole) return;
    if (changedSince({ since, then, now, top: service.repo }) !== undefined) return;
    if ((await this.#toolchain(service, this.#machine)) !== toolchain) return;
    if (!isSteady(since, fileMoment(knownBuildsFolder(folders.cache)))) return;
    await openKnownBuilds(folders.cache, service.name, toolchain).record(sources, now.digest, artifact);
  }

  #toolchain(service: Buildable, { processes, environment, signal }: Machine): Promise<string | undefined> {
    return toolchainOf(service, this.#platform, { processes, environment, signal });
  }

  async #now(service: Swappable, signal: AbortSignal): Promise<Snapshot | undefined> {
    const { inputs, sources } = this.#learnt.get(service.name) ?? {};
    return sources && this.#index.look(filesOf(sources, inputs?.leftOut), signal);
  }

  /** What an earlier build gave of what the sources are now. */
  async #find(service: Buildable, asking: Promise<string | undefined>, machine: Machine): Promise<Release | undefined> {
    const { store, folders, signal } = machine;
    const [toolchain, leftOut] = await Promise.all([
      asking,
      service.build.kind === "go" ? undefined : ignoredOf(service, machine),
    ]);
    if (toolchain === undefined) return undefined;
    for (const known of await openKnownBuilds(folders.cache, service.name, toolchain).candidates()) {
      const { digest, isWhole } = await this.#index.look(filesOf(known.sources, leftOut), signal);
      const artifact = isWhole ? await known.artifactOf(digest) : undefined;
      if (artifact === undefined || !(await store.has(artifact))) continue;
      const build = `local:${shortDigest(artifact)}` as const;
      const release: Release = {
        artifact: { digest: artifact, kind: service.artifact, build },
        config: await snapshotConfig(service.repo, store),
      };
      await store.note(service.name, release);
      return release;
    }
    return undefined;
  }
}

const nothing = () => undefined;

/**
 * Tells when the first program has been started. Starting one stops this process for 3 ms and more: what only goes on
 * beside the compiler is not to be started before it.
 */
function announcing(processes: Processes): { readonly processes: Processes; readonly started: Promise<void> } {
  let tell = nothing;
  const started = new Promise<void>((resolve) => {
    tell = () => void setImmediate(resolve);
  });
  const run: Processes["run"] = (...words) => {
    const running = processes.run(...words);
    tell();
    return running;
  };
  return { processes: { ...processes, run }, started };
}
