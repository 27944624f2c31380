import { stopwatch } from "../host/clock.ts";
import { isSameRelease, type Release } from "../model/artifact.ts";
import type { DeliveryRecord } from "../model/delivery.ts";
import type { SwapEvent } from "../model/event.ts";
import { asFailure, report } from "../model/failure.ts";
import { type Generation, generation } from "../model/names.ts";
import type { WatchTiming } from "../model/profile.ts";
import { atRest, interruptedSwap, isAtRest, isSettled, newestRelease, next } from "../swap/next.ts";
import type { Command, CommandOf, Next, Swap } from "../swap/swap.ts";
import { Cancellable } from "./cancellable.ts";
import { type Cluster, clusterIsFree, swapLock } from "./cluster.ts";
import type { Swappable } from "./inputs.ts";
import type { Machine } from "./machine.ts";
import { newRelease } from "./new-release.ts";
import { type Moved, Pointers } from "./pointers.ts";
import type { ServiceContainer } from "./service-container.ts";
import { SwapLock } from "./swap-lock.ts";
import { SwapTimes } from "./swap-times.ts";
import { Unbuilt } from "./unbuilt.ts";

/** An event of this service's swap, without what is the same in all of them. */
type News = SwapEvent extends infer E ? (E extends SwapEvent ? Omit<E, "service"> : never) : never;

/** How long a program that answered is followed, in case it ends by itself: it connects to its database, and panics. */
const PROBATION_MS = 5000;

export interface SwapContext {
  readonly service: Swappable;
  readonly container: Pick<ServiceContainer, "restart" | "expectReady" | "crashWithin">;
  readonly record: DeliveryRecord | undefined;
  readonly cluster: Cluster;
  readonly machine: Machine;
  readonly timing: WatchTiming;
}

/** Drives the swaps of one service: asks swap/ what comes next, does it, and tells swap/ how it went. */
export class SwapRunner {
  readonly service: Swappable;
  readonly #container: SwapContext["container"];
  readonly #cluster: Cluster;
  readonly #machine: Machine;
  #swap: Swap;
  #closing = false;
  /** What the pointers were moved to, until the container takes it up. */
  #moved: Moved | undefined;
  readonly #unbuilt: Unbuilt;
  /**
   * Held until nothing is under way any more, so that no other devenv takes the trial for an interrupted one. Taken
   * beside the build, which is longer: 4 to 12 ms less from the save to the answer.
   */
  readonly #lock: SwapLock;
  readonly #pointers: Pointers;
  readonly #times = new SwapTimes();
  readonly #builds = new Cancellable();
  readonly #probes = new Cancellable();
  readonly #probations = new Cancellable();
  #waiters: (() => void)[] = [];

  constructor({ service, container, record, cluster, machine, timing }: SwapContext) {
    this.service = service;
    this.#container = container;
    this.#cluster = cluster;
    this.#machine = machine;
    this.#unbuilt = new Unbuilt(timing, machine.clock);
    this.#lock = new SwapLock(swapLock(cluster, service.name), `devenv watch (${service.name})`);
    this.#pointers = new Pointers(service.name, cluster.mount, machine.clock);
    this.#swap = atRest(service.name, record?.good);
  }

  /** Puts the last good release back where an earlier devenv was ended in the middle of a swap. */
  resume(record: DeliveryRecord | undefined): void {
    if (record?.trial !== undefined) this.#follow(interruptedSwap(this.#swap, record.trial.release));
  }

  /**
   * A save: its build starts at once, unless the one that runs has to come to its end first.
   * @param detectMs from the file's change to the watcher's word of it
   */
  save(paths: readonly string[], detectMs: number): void {
    if (this.#closing || !this.#unbuilt.isDue(paths, this.#swap.build.is === "building")) return;
    const newest = generation(this.#swap.newest + 1);
    this.#times.took(newest, "detect", detectMs);
    this.#dispatch({ type: "saved", generation: newest, paths, detectMs });
  }

  /** Resolves when nothing is under way any more. */
  settled(): Promise<void> {
    if (isSettled(this.#swap)) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** Cancels the build; a swap that has begun comes to its end, so that the service is left on code that answers. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#builds.cancelAll();
    this.#probations.cancelAll();
    await this.settled();
  }

  #dispatch(news: News): void {
    const event = { ...news, service: this.service.name } as SwapEvent;
    this.#machine.bus.dispatch({ ...event, at: this.#machine.clock.now() });
    this.#follow(next(this.#swap, event));
  }

  #follow({ swap, commands }: Next): void {
    this.#swap = swap;
    for (const command of commands) void this.#carryOut(command);
    if (!isSettled(this.#swap)) return;
    this.#lock.letGo();
    for (const wake of this.#waiters.splice(0)) wake();
  }

  /** A command that fails is a swap that did not become ready; nothing escapes from here. */
  async #carryOut(command: Command): Promise<void> {
    try {
      await this.#do(command);
    } catch (thrown) {
      this.#dispatch({ type: "notReady", generation: command.generation, failure: report(asFailure(thrown)) });
    }
  }

  async #do(command: Command): Promise<void> {
    switch (command.kind) {
      case "build":
        return this.#build(command.generation);
      case "cancelBuild":
        return this.#builds.cancel(command.generation);
      case "tellUnchanged":
        return this.#dispatch({
          type: "unchanged",
          generation: command.generation,
          build: command.release.artifact.build,
        });
      case "deliver":
        return this.#deliver(command);
      case "restart":
        return this.#restart(command.generation);
      case "probe":
        return this.#probe(command.generation);
      case "cancelProbe":
        return this.#probes.cancel(command.generation);
      case "commit":
        return this.#commit(command);
      case "rollBack":
        return this.#rollBack(command);
      default:
        return command satisfies never;
    }
  }

  async #build(generation: Generation): Promise<void> {
    const elapsed = stopwatch(this.#machine.clock);
    this.#lock.hold().catch(() => undefined); // The delivery asks again.
    await this.#builds.run(generation, async (signal) => {
      try {
        const release = await this.#release(signal);
        if (isAtRest(this.#swap.phase)) this.#learnGood();
        this.#dispatch({ type: "built", generation, release, ms: this.#times.took(generation, "build", elapsed()) });
      } catch (thrown) {
        const news = { type: "buildFailed", generation, failure: report(asFailure(thrown)), ms: elapsed() } as const;
        if (!signal.aborted) this.#dispatch(news);
        // The person who ended the watch need not hear that a build was given up; the swap has to.
        else if (this.#closing) this.#follow(next(this.#swap, { ...news, service: this.service.name }));
        else return; // a newer save made it void
      }
      const held = this.#unbuilt.ended();
      if (held.length > 0) this.save(held, 0);
    });
  }

  async #release(signal: AbortSignal): Promise<Release> {
    if (isAtRest(this.#swap.phase)) this.#learnGood();
    const saved = { service: this.service, paths: this.#unbuilt.paths(), before: newestRelease(this.#swap) };
    const release = await newRelease(saved, this.#cluster.endpoint.platform, { ...this.#machine, signal });
    await this.#unbuilt.quiet(signal);
    return release;
  }

  async #deliver({ generation, release }: CommandOf<"deliver">): Promise<void> {
    const elapsed = stopwatch(this.#machine.clock);
    await this.#lock.hold();
    await this.#othersAreDone();
    this.#probations.cancelAll(); // what ends from here on is no longer the program that was committed
    this.#moved = await this.#pointers.putOnTrial(release, this.#swap.good);
    this.#dispatch({ type: "delivered", generation, ms: this.#times.took(generation, "deliver", elapsed()) });
  }

  async #restart(generation: Generation): Promise<void> {
    const elapsed = stopwatch(this.#machine.clock);
    await this.#container.restart(this.#moved);
    this.#dispatch({ type: "restarted", generation, ms: this.#times.took(generation, "restart", elapsed()) });
  }

  async #probe(generation: Generation): Promise<void> {
    const elapsed = stopwatch(this.#machine.clock);
    await this.#probes.run(generation, async (signal) => {
      await this.#container.expectReady(signal);
      if (signal.aborted) return; // a newer build took its place
      this.#dispatch({ type: "ready", generation, ms: this.#times.took(generation, "ready", elapsed()) });
    });
  }

  async #commit({ generation, release }: CommandOf<"commit">): Promise<void> {
    await this.#pointers.commit(release);
    const times = this.#times.tell(generation);
    const { build } = release.artifact;
    this.#dispatch({ type: "committed", generation, build, isReconfigured: this.#moved?.isReconfigured, times });
    void this.#probation(generation);
  }

  /** A program may answer first and find out later that it cannot go on. The next delivery ends the probation. */
  async #probation(generation: Generation): Promise<void> {
    await this.#probations.run(generation, async (signal) => {
      const failure = await this.#container.crashWithin(PROBATION_MS, signal);
      if (failure !== undefined && !signal.aborted) {
        this.#dispatch({ type: "died", generation, failure: report(failure) });
      }
    });
  }

  async #rollBack({ generation, from, to, failure }: CommandOf<"rollBack">): Promise<void> {
    const elapsed = stopwatch(this.#machine.clock);
    try {
      await this.#lock.hold();
      await this.#container.restart(await this.#pointers.putBack(from, to));
      // Its code runs again, whether it answers or not; that it does not (a database is away, say), status tells.
      await this.#pointers.isBack(from, to, failure.message);
      await this.#container.expectReady(new AbortController().signal);
      this.#dispatch({ type: "rolledBack", generation, to: to.artifact.build, ms: elapsed() });
    } catch (thrown) {
      this.#dispatch({ type: "rollbackFailed", generation, to: to.artifact.build, failure: report(asFailure(thrown)) });
    }
  }

  /** An `up` or `down` under way may replace this very container, and says what is good when it has ended. */
  async #othersAreDone(): Promise<void> {
    // Ctrl-C does not end this wait: the swap has begun.
    await clusterIsFree(this.#cluster, { ...this.#machine, signal: new AbortController().signal });
    this.#learnGood();
  }

  /** Another devenv may have put other code in place since the last swap: that is what a roll-back goes back to. */
  #learnGood(): void {
    const good = this.#pointers.good();
    if (good === undefined || isSameRelease(good, this.#swap.good)) return;
    const { phase } = this.#swap;
    this.#swap = { ...this.#swap, good, phase: isAtRest(phase) ? { is: "idle" } : phase };
  }
}
