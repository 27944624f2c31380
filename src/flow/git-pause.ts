import { dirname, relative } from "node:path";
import { type IndexLock, indexLock, type WorkTree, workTreeAround } from "../host/git/index-lock.ts";
import type { ServiceName } from "../model/names.ts";
import type { Profile } from "../model/profile.ts";
import type { Machine } from "./machine.ts";
import type { Pause, Pauses } from "./pauses.ts";

/** Changes without a longer gap belong together: git leaves some between the steps of a stash or a rebase. */
const CALM_MS = 100;
/** How often it is looked whether git's lock is gone. */
const PACE_MS = 20;
/** A lock under which nothing changes for so long is not waited for any more. */
const IDLE_LOCK_MS = 3000;
/** A lock that was there for so long when the first file changed has nothing to do with it. */
const OLD_LOCK_MS = 30_000;
/** A repository that never comes to rest keeps nobody from being built for longer. */
const LIMIT_MS = 60_000;

/** What goes on in one repository, or outside of all of them. */
interface Place {
  readonly tree: WorkTree | undefined;
  burst: Burst;
  /** The lock that is not waited for, by its identity. */
  passed: string | undefined;
}

/** Changes that follow each other. */
interface Burst {
  readonly paths: Set<string>;
  readonly services: Set<ServiceName>;
  lastMs: number;
  pause: Pause | undefined;
  /** It has been waited for as long as may be. */
  readonly isFree: boolean;
}

const newBurst = (lastMs: number, isFree = false): Burst => ({
  paths: new Set(),
  services: new Set(),
  lastMs,
  pause: undefined,
  isFree,
});

/**
 * Has services wait while their repository is in the middle of something: git holds its index lock, or very many files
 * change (compose#13136). When it is over, each of them is built once. That there is a lock is no reason by itself - a
 * prompt that asks for git's status takes it, too - but that files change under it is. Whatever happens, it ends: a git
 * that was killed leaves its lock, and one that waits for a commit's message keeps it.
 */
export class GitPause {
  readonly #pauses: Pauses;
  readonly #profile: () => Pick<Profile, "watch" | "workspace">;
  readonly #machine: Pick<Machine, "bus" | "clock" | "signal">;
  /** Of folders, while changes follow each other: a repository may be made, moved or cloned anew. */
  readonly #trees = new Map<string, WorkTree | undefined>();
  #lastMs = 0;
  readonly #places = new Map<string, Place>();

  /** @param profile as it is at the moment: an edit of its timing counts from then on */
  constructor(
    pauses: Pauses,
    profile: () => Pick<Profile, "watch" | "workspace">,
    machine: Pick<Machine, "bus" | "clock" | "signal">,
  ) {
    this.#pauses = pauses;
    this.#profile = profile;
    this.#machine = machine;
  }

  /** A path that these services are made of changed. If they are to wait, they do when this returns. */
  heard(path: string, services: readonly ServiceName[]): void {
    if (services.length === 0) return;
    const now = this.#machine.clock.monotonic();
    const place = this.#placeOf(path, now);
    const { burst } = place;
    burst.lastMs = now;
    burst.paths.add(path);
    for (const service of services) burst.services.add(service);
    if (burst.pause !== undefined) burst.pause.hold(services);
    else this.#waitIfNeeded(place, now);
  }

  #waitIfNeeded(place: Place, now: number): void {
    const reason = this.#reasonToWait(place);
    if (reason === undefined) return;
    place.burst.pause = this.#pauses.begin(reason, place.burst.services);
    this.#untilOver(place, now).catch((thrown) => {
      if (!this.#machine.signal.aborted) throw thrown;
    });
  }

  #placeOf(path: string, now: number): Place {
    const folder = dirname(path);
    if (now - this.#lastMs > this.#calmMs) this.#trees.clear();
    this.#lastMs = now;
    if (!this.#trees.has(folder)) this.#trees.set(folder, workTreeAround(folder));
    const tree = this.#trees.get(folder);
    const key = tree?.path ?? "";
    const place = this.#places.get(key) ?? { tree, burst: newBurst(now), passed: undefined };
    this.#places.set(key, place);
    const isOver = place.burst.pause === undefined && now - place.burst.lastMs > this.#calmMs;
    if (isOver) place.burst = newBurst(now);
    return place;
  }

  get #calmMs(): number {
    return Math.max(CALM_MS, 2 * this.#profile().watch.quietMs);
  }

  #reasonToWait(place: Place): string | undefined {
    const { tree, burst } = place;
    if (burst.isFree) return undefined;
    const { workspace, watch } = this.#profile();
    const where = tree === undefined ? "the workspace" : relative(workspace, tree.path) || "the workspace";
    const lock = this.#lockOf(place);
    if (lock !== undefined && this.#machine.clock.now() - lock.sinceMs > OLD_LOCK_MS) this.#pass(place, lock);
    else if (lock !== undefined) return `git is at work in ${where}`;
    if (burst.paths.size <= watch.pauseAt) return undefined;
    return `more than ${watch.pauseAt} files change in ${where}`;
  }

  #lockOf({ tree, passed }: Place): IndexLock | undefined {
    const lock = tree === undefined ? undefined : indexLock(tree);
    return lock?.identity === passed ? undefined : lock;
  }

  #pass(place: Place, { identity, path }: IndexLock): void {
    const { bus, clock } = this.#machine;
    place.passed = identity;
    bus.dispatch({ type: "lockPassed", at: clock.now(), path });
  }

  async #untilOver(place: Place, begunMs: number): Promise<void> {
    const { clock, signal } = this.#machine;
    const { burst } = place;
    let lockedMs = begunMs;
    for (let isOver = false; !isOver; ) {
      await clock.sleep(PACE_MS, signal);
      const now = clock.monotonic();
      const lock = this.#lockOf(place);
      const isLate = now - begunMs > LIMIT_MS;
      if (lock === undefined) {
        // What git wrote last may not have been told yet when its lock is gone.
        isOver = isLate || now - Math.max(burst.lastMs, lockedMs) > this.#calmMs;
      } else {
        lockedMs = now;
        isOver = isLate || now - burst.lastMs > IDLE_LOCK_MS;
        if (isOver) this.#pass(place, lock);
      }
      if (isOver) place.burst = newBurst(burst.lastMs, isLate);
    }
    burst.pause?.end(burst.paths.size);
  }
}
