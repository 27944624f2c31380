import type { ContainerEvent } from "../docker/daemon.ts";
import { clusterFolder } from "../host/folders.ts";
import { describeHolder, type Holder, lockHolder } from "../host/lock.ts";
import type { Event } from "../model/event.ts";
import { asFailure, type FailureReport, report } from "../model/failure.ts";
import type { Profile } from "../model/profile.ts";
import type { ClusterStatus } from "../model/status.ts";
import { lossOf } from "../provider/endpoint-link.ts";
import type { View } from "../state/view.ts";
import { type Cluster, findCluster, watchLock } from "./cluster.ts";
import { joinLoop } from "./join-loop.ts";
import type { Machine } from "./machine.ts";
import { status } from "./status.ts";

/** What `devenv events` tells. Each of the first two comes before the news that lead on from it. */
export type Told =
  /** From now on the events of the one that runs the save loop; `view` is all that it told so far. */
  | { readonly is: "loop"; readonly holder: string; readonly view: View }
  /** From now on what the daemon tells of the containers: nobody runs the save loop. */
  | { readonly is: "daemon"; readonly status: ClusterStatus }
  /** Neither can be heard. */
  | { readonly is: "unheard"; readonly failure: FailureReport }
  | { readonly is: "event"; readonly event: Event }
  | { readonly is: "container"; readonly event: ContainerEvent };

/** Between two looks for a process that takes up the save loop, and after the daemon was lost. */
const LOOK_MS = 500;

/**
 * `devenv events`: what a running save loop tells, or where none runs, the daemon; goes from one to the other as they
 * come and go, until the machine's signal is aborted.
 * @throws Failure (environment) where at first neither is there
 */
export function followEvents(profile: Profile, tell: (told: Told) => void, machine: Machine): Promise<void> {
  return new Follower(profile, tell, machine).run();
}

class Follower {
  readonly #profile: Profile;
  readonly #tell: (told: Told) => void;
  readonly #machine: Machine;
  readonly #place: Pick<Cluster, "folder">;
  /** One that has the lock and tells nothing: the daemon is heard meanwhile. */
  #silent: Holder | undefined;
  #hasHeard = false;
  #lastFailure: string | undefined;

  constructor(profile: Profile, tell: (told: Told) => void, machine: Machine) {
    this.#profile = profile;
    this.#tell = tell;
    this.#machine = machine;
    this.#place = { folder: clusterFolder(machine.folders, profile.name) };
  }

  async run(): Promise<void> {
    const { clock, signal } = this.#machine;
    while (!signal.aborted) {
      const holder = await lockHolder(watchLock(this.#place));
      if (holder !== undefined && !isSame(holder, this.#silent) && (await this.#hearLoop(holder))) continue;
      try {
        await this.#hearDaemon();
      } catch (thrown) {
        if (signal.aborted) return;
        if (!this.#hasHeard) throw thrown;
        this.#tellUnheard(report(asFailure(thrown)));
      }
      await clock.sleep(LOOK_MS, signal).catch(() => undefined);
    }
  }

  /** False where it tells nothing. */
  async #hearLoop(holder: Holder): Promise<boolean> {
    const { signal } = this.#machine;
    const listener = {
      onSnapshot: (view: View) => this.#begin({ is: "loop", holder: describeHolder(holder), view }),
      onEvent: (event: Event) => this.#tell({ is: "event", event }),
    };
    const joined = await joinLoop(this.#place, listener, this.#machine).catch(() => undefined);
    this.#silent = joined === undefined ? holder : undefined;
    if (joined === undefined) return false;
    const leave = () => joined.leave();
    signal.addEventListener("abort", leave, { once: true });
    if (signal.aborted) leave();
    await joined.ended;
    signal.removeEventListener("abort", leave);
    return true;
  }

  /** Until a save loop begins that may tell more. */
  async #hearDaemon(): Promise<void> {
    const { signal } = this.#machine;
    const round = new AbortController();
    const until = AbortSignal.any([signal, round.signal]);
    const cluster = await findCluster(this.#profile, this.#machine);
    const waiting = this.#untilLoop(until).then(() => round.abort());
    try {
      // Asked for before the status, so that nothing in between is missed.
      const events = cluster.daemon.events(cluster.name, until);
      this.#begin({ is: "daemon", status: await status(this.#profile, cluster) });
      for await (const event of events) this.#tell({ is: "container", event });
    } catch (thrown) {
      if (!until.aborted) throw (await lossOf(cluster.endpoint)) ?? thrown;
    } finally {
      round.abort();
      await waiting;
      cluster.daemon.close();
    }
  }

  async #untilLoop(signal: AbortSignal): Promise<void> {
    const { clock } = this.#machine;
    let looks = 0;
    while (!signal.aborted) {
      const holder = await lockHolder(watchLock(this.#place));
      // One that was silent is knocked at now and then: it may only have been about to begin.
      if (holder !== undefined && (!isSame(holder, this.#silent) || ++looks > RETRIES)) break;
      await clock.sleep(LOOK_MS, signal).catch(() => undefined);
    }
    this.#silent = undefined;
  }

  #begin(told: Extract<Told, { is: "loop" | "daemon" }>): void {
    this.#hasHeard = true;
    this.#lastFailure = undefined;
    this.#tell(told);
  }

  #tellUnheard(failure: FailureReport): void {
    if (failure.message === this.#lastFailure) return;
    this.#lastFailure = failure.message;
    this.#tell({ is: "unheard", failure });
  }
}

/** Looks at a silent one before it is knocked at again. */
const RETRIES = 3;

const isSame = (one: Holder, other: Holder | undefined): boolean => one.pid === other?.pid && one.since === other.since;
