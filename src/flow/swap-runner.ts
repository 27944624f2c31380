import { stopwatch } from "../host/clock.ts";
import { isSameRelease, type Release } from "../model/artifact.ts";
import { type DeliveryRecord, settlingRelease } from "../model/delivery.ts";
import type { Event, SwapEvent } from "../model/event.ts";
import { asFailure, report } from "../model/failure.ts";
import { type Generation, generation } from "../model/names.ts";
import { type HookKind, hooksOf, type WatchTiming } from "../model/profile.ts";
import { atRest, interruptedSwap, isAtRest, isUnderWay, newestRelease, next, resumedSwap } from "../swap/next.ts";
import type { Command, CommandOf, Next, Swap } from "../swap/swap.ts";
import { Cancellable } from "./cancellable.ts";
import { type Cluster, clusterIsFree, swapLock } from "./cluster.ts";
import { runHooks } from "./hooks.ts";
import type { Swappable } from "./inputs.ts";
import type { Machine } from "./machine.ts";
import { newRelease } from "./new-release.ts";
import { type Moved, Pointers } from "./pointers.ts";
import type { ServiceContainer } from "./service-container.ts";
import { Settling } from "./settling.ts";
import { SwapLock } from "./swap-lock.ts";
import { SwapTimes } from "./swap-times.ts";
import { Unbuilt } from "./unbuilt.ts";

/** An event of this service's swap, without what is the same in all of them. */
type News = SwapEvent extends infer E ? (E extends SwapEvent ? Omit<E, "service"> : never) : never;

/** How long a program that answered has to stay up until it counts as good. */
const SETTLE_MS = 10_000;

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
  readonly #checks = new Cancellable();
  readonly #settling: Settling;
  #waiters: (() => void)[] = [];

  constructor({ service, container, record, cluster, machine, timing }: SwapContext) {
    this.service = service;
    this.#container = container;
    this.#cluster = cluster;
    this.#machine = machine;
    this.#unbuilt = new Unbuilt(timing, machine.clock);
    this.#lock = new SwapLock(swapLock(cluster, service.name), `devenv watch (${service.name})`);
    this.#pointers = new Pointers(service.name, cluster.mount, machine.clock);
    const [pointers, lock, { clock }] = [this.#pointers, this.#lock, machine];
    this.#settling = new Settling({ container, pointers, lock, clock, settleMs: SETTLE_MS });
    this.#swap = atRest(service.name, record?.good, hooksOf(service, "after_swap").length > 0);
  }

  /**
   * Goes on where an earlier devenv was ended: a release that had answered settles, one in the middle of its swap gives
   * way to the last good one.
   */
  resume(record: DeliveryRecord | undefined): void {
    const settling = settlingRelease(record);
    if (settling !== undefined) this.#follow(resumedSwap(this.#swap, settling));
    else if (record?.trial !== undefined) this.#follow(interruptedSwap(this.#swap, record.trial.release));
  }

  /**
   * A save: its build starts at once, unless the one that runs has to come to its end first.
   * @param detectMs from the file's change to the watcher's word of it
   * @param heardAtMs when the watcher's first word of these paths came, on the clock that never jumps
   */
  save(paths: readonly string[], detectMs: number, heardAtMs = this.#machine.clock.monotonic()): void {
    if (this.#closing || !this.#unbuilt.isDue(paths, this.#swap.build.is === "building")) return;
    const newest = generation(this.#swap.newest + 1);
    this.#times.heard(newest, heardAtMs);
    this.#times.took(newest, "detect", detectMs);
    this.#dispatch({ type: "saved", generation: newest, paths, detectMs });
  }

  /** Resolves when nothing is under way any more. */
  finished(): Promise<void> {
    if (!isUnderWay(this.#swap)) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /**
   * Cancels the build; a swap that has begun comes to its end, so that the service is left on code that answers. What
   * settles is left to the next devenv.
   */
  async close(): Promise<void> {
    this.#closing = true;
    this.#builds.cancelAll();
    await this.#settling.stop();
    await this.finished();
    this.#lock.letGo();
  }

  #dispatch(news: News): void {
    const event = { ...news, service: this.service.name } as SwapEvent;
    const goesBack = next(this.#swap, event).commands.some(({ kind }) => kind === "rollBack");
    this.#machine.bus.dispatch({ ...event, ...(goesBack && { goesBack }), at: this.#machine.clock.now() } as Event);
    this.#follow(next(this.#swap, event));
  }

  #follow({ swap, commands }: Next): void {
    this.#swap = swap;
    for (const command of commands) void this.#carryOut(command);
    if (isUnderWay(this.#swap)) return;
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
      case "tellSuperseded":
        return this.#dispatch({ type: "superseded", generation: command.generation, by: command.by });
      case "tellReplaced":
        return this.#dispatch({ type: "replaced", generation: command.generation, by: command.by });
      case "deliver":
        return this.#deliver(command);
      case "restart":
        return this.#restart(command.generation);
      case "probe":
        return this.#probe(command.generation);
      case "cancelProbe":
        return this.#probes.cancel(command.generation);
      case "check":
        return this.#check(command);
      case "cancelCheck":
        return this.#checks.cancel(command.generation);
      case "commit":
        return this.#commit(command);
      case "settle":
        return this.#settle(command);
      case "rollBack":
        return this.#rollBack(command);
      default:
        return command satisfies never;
    }
  }

  async #build(generation: Generation): Promise<void> {
    this.#lock.hold().catch(() => undefined); // The delivery asks again.
    await this.#builds.run(generation, async (signal) => {
      const elapsed = stopwatch(this.#machine.clock);
      try {
        const built = await this.#release(generation, signal);
        if (isAtRest(this.#swap.phase)) this.#learnGood();
        this.#dispatch({ type: "built", generation, ...built });
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

  /** What the sources are worth now, with the milliseconds of the build and of the waiting before and after it. */
  async #release(
    generation: Generation,
    signal: AbortSignal,
  ): Promise<{ release: Release; ms: number; waitMs: number }> {
    const { clock } = this.#machine;
    if (isAtRest(this.#swap.phase)) this.#learnGood();
    await this.#runHooks("before_build", generation, newestRelease(this.#swap), signal);
    const saved = { service: this.service, paths: this.#unbuilt.paths(), before: newestRelease(this.#swap) };
    const waitedMs = this.#times.since(generation, clock.monotonic());
    const building = stopwatch(clock);
    const release = await newRelease(saved, this.#cluster.endpoint.platform, { ...this.#machine, signal });
    const ms = this.#times.took(generation, "build", building());
    const quiet = stopwatch(clock);
    await this.#unbuilt.quiet(signal);
    return { release, ms, waitMs: this.#times.took(generation, "wait", waitedMs + quiet()) };
  }

  #runHooks(kind: HookKind, generation: Generation, runs: Release | undefined, signal: AbortSignal): Promise<void> {
    const context = { generation, build: runs?.artifact.build, cluster: this.#cluster, machine: this.#machine };
    return runHooks(kind, this.service, context, signal);
  }

  async #deliver({ generation, release }: CommandOf<"deliver">): Promise<void> {
    const elapsed = stopwatch(this.#machine.clock);
    await this.#settling.stop();
    await this.#lock.hold();
    await this.#othersAreDone();
    this.#moved = await this.#pointers.putOnTrial(release, this.#swap.good);
    const { from } = this.#moved;
    this.#dispatch({ type: "delivered", generation, from, ms: this.#times.took(generation, "deliver", elapsed()) });
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
      this.#times.took(generation, "total", this.#times.since(generation, this.#machine.clock.monotonic()));
      this.#dispatch({ type: "ready", generation, ms: this.#times.took(generation, "ready", elapsed()) });
    });
  }

  async #check({ generation, release }: CommandOf<"check">): Promise<void> {
    const elapsed = stopwatch(this.#machine.clock);
    await this.#checks.run(generation, async (signal) => {
      try {
        await this.#runHooks("after_swap", generation, release, signal);
      } catch (thrown) {
        if (!signal.aborted) throw thrown;
      }
      if (signal.aborted) return; // a newer build took its place
      this.#dispatch({ type: "checked", generation, ms: this.#times.took(generation, "check", elapsed()) });
    });
  }

  async #commit({ generation, release }: CommandOf<"commit">): Promise<void> {
    await this.#pointers.answered(release, this.#swap.good);
    const times = this.#times.tell(generation);
    const { build, digest } = release.artifact;
    const told = { build, digest, isReconfigured: this.#moved?.isReconfigured, settlesInMs: SETTLE_MS, times };
    this.#dispatch({ type: "committed", generation, ...told });
  }

  async #settle({ generation, release }: CommandOf<"settle">): Promise<void> {
    const end = await this.#settling.watch(release);
    switch (end.is) {
      case "settled":
        return this.#dispatch({ type: "settled", generation, build: release.artifact.build });
      case "died":
        return this.#dispatch({ type: "died", generation, failure: report(end.failure) });
      case "replaced":
        return this.#dispatch({ type: "replaced", generation });
      case "stopped":
        return;
    }
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
    const record = this.#pointers.record();
    if (record === undefined || isSameRelease(record.good, this.#swap.good)) return;
    const { good } = record;
    const { phase } = this.#swap;
    // What settles is told by its settling, which asks the journal, too.
    const isForeign = isAtRest(phase) && phase.is !== "settling";
    this.#swap = { ...this.#swap, good, phase: isForeign ? { is: "idle" } : phase };
  }
}
