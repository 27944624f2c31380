import { stopwatch } from "../host/clock.ts";
import { isSameRelease, type Release } from "../model/artifact.ts";
import { type DeliveryRecord, settlingRelease } from "../model/delivery.ts";
import type { Event, SwapEvent } from "../model/event.ts";
import { asFailure, interrupted, report } from "../model/failure.ts";
import { type Generation, generation } from "../model/names.ts";
import { hooksOf, type WatchTiming } from "../model/profile.ts";
import type { SwapStage } from "../model/stage-times.ts";
import { atRest, interruptedSwap, isAtRest, isUnderWay, newestRelease, next, resumedSwap } from "../swap/next.ts";
import { type Command, type CommandOf, type Next, STAGE_OF, type Swap } from "../swap/swap.ts";
import type { BuildMemory } from "./build-memory.ts";
import { Cancellable } from "./cancellable.ts";
import { type Cluster, clusterIsFree, swapLock } from "./cluster.ts";
import type { HookWrites } from "./hook-writes.ts";
import type { Swappable } from "./inputs.ts";
import type { Machine } from "./machine.ts";
import { type Moved, Pointers } from "./pointers.ts";
import { SaveBuilds } from "./save-builds.ts";
import type { ServiceContainer } from "./service-container.ts";
import { Settling } from "./settling.ts";
import { SwapHooks } from "./swap-hooks.ts";
import { SwapLock } from "./swap-lock.ts";
import { SwapTimes } from "./swap-times.ts";

/** An event of this service's swap, without what is the same in all of them. */
type News = SwapEvent extends infer E ? (E extends SwapEvent ? Omit<E, "service"> : never) : never;

export interface SwapContext {
  readonly service: Swappable;
  readonly container: Pick<ServiceContainer, "restart" | "expectReady" | "crashWithin" | "crashSince">;
  readonly record: DeliveryRecord | undefined;
  readonly cluster: Cluster;
  readonly machine: Machine;
  readonly timing: WatchTiming;
  readonly writes: HookWrites;
  readonly memory: BuildMemory;
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
  readonly #builds: SaveBuilds;
  /**
   * Held until nothing is under way any more, so that no other devenv takes the trial for an interrupted one. Taken
   * beside the build, which is longer: 4 to 12 ms less from the save to the answer.
   */
  readonly #lock: SwapLock;
  readonly #pointers: Pointers;
  readonly #times = new SwapTimes();
  readonly #probes = new Cancellable();
  readonly #checks = new Cancellable();
  readonly #settling: Settling;
  readonly #hooks: SwapHooks;
  #waiters: (() => void)[] = [];

  constructor({ service, container, record, cluster, machine, timing, writes, memory }: SwapContext) {
    this.service = service;
    this.#container = container;
    this.#cluster = cluster;
    this.#machine = machine;
    this.#builds = new SaveBuilds({
      ...{ service, memory, machine, timing, times: this.#times },
      prepare: (generation, paths, signal) => this.#hooks.beforeBuild(generation, paths, this.#newest(), signal),
      newest: () => this.#newest(),
    });
    this.#hooks = new SwapHooks({ service, cluster, machine, writes });
    this.#lock = new SwapLock(swapLock(cluster, service.name), `devenv watch (${service.name})`);
    this.#pointers = new Pointers(service.name, cluster.mount, machine.clock);
    const [pointers, lock, { clock }] = [this.#pointers, this.#lock, machine];
    this.#settling = new Settling({ container, pointers, lock, clock, settleMs: service.settleMs });
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
    if (this.#closing || !this.#builds.isDue(paths, this.#swap.build.is === "building")) return;
    const newest = generation(this.#swap.newest + 1);
    this.#times.heard(newest, heardAtMs);
    this.#times.took(newest, "detect", detectMs);
    this.#dispatch({ type: "saved", generation: newest, paths, detectMs });
  }

  /** Builds nothing until `unpause`, and cuts short what is being built. A swap that has begun comes to its end. */
  pause(): void {
    this.#builds.pause();
  }

  /** Builds once what was saved, or cut short, since `pause`. */
  unpause(): void {
    const paths = this.#builds.unpause();
    if (paths.length > 0) this.save(paths, 0);
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
    if (this.#builds.isPaused) this.#giveUpBuild();
    await this.#settling.stop();
    await this.finished();
    this.#lock.letGo();
  }

  /** The person who ended the watch need not hear that a build was given up; the swap has to. */
  #giveUpBuild(): void {
    const { build } = this.#swap;
    if (build.is !== "building") return;
    const failure = report(interrupted());
    const event = { type: "buildFailed", generation: build.generation, failure, ms: 0 } as const;
    this.#follow(next(this.#swap, { ...event, service: this.service.name }));
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
    this.#letGoIfDone();
  }

  #letGoIfDone(): void {
    if (isUnderWay(this.#swap)) return;
    this.#lock.letGo();
    for (const wake of this.#waiters.splice(0)) wake();
  }

  /** A command that fails is a swap that did not become ready; nothing escapes from here. */
  async #carryOut(command: Command): Promise<void> {
    try {
      await this.#do(command);
    } catch (thrown) {
      const { generation, kind } = command;
      this.#dispatch({
        type: "notReady",
        generation,
        stage: STAGE_OF[kind],
        failure: report(asFailure(thrown)),
      });
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
    const end = await this.#builds.run(generation);
    const { build } = this.#swap;
    // A newer save came at its very end: what is unbuilt is that one's by now.
    if (build.is !== "building" || build.generation !== generation) return;
    switch (end.is) {
      case "built":
        this.#newest();
        this.#dispatch({
          ...{ type: "built", generation, release: end.release, ms: end.ms, waitMs: end.waitMs },
          ...(end.isReused && { isReused: true }),
        });
        break;
      case "failed":
        this.#dispatch({ type: "buildFailed", generation, failure: end.failure, ms: end.ms });
        break;
      case "void":
        if (!this.#closing) return; // a newer save made it so, or one will
        this.#giveUpBuild();
    }
    const held = [...this.#builds.ended(), ...this.#hooks.takeUnsure()];
    if (held.length > 0) this.save(held, 0);
  }

  /** What runs, is on its way or waits, as far as this and other devenvs know at this moment. */
  #newest(): Release | undefined {
    if (isAtRest(this.#swap.phase)) this.#learnGood();
    return newestRelease(this.#swap);
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
        await this.#hooks.afterSwap(generation, release, signal);
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
    const told = {
      build,
      digest,
      isReconfigured: this.#moved?.isReconfigured,
      settlesInMs: this.service.settleMs,
      times,
    };
    this.#dispatch({ type: "committed", generation, ...told });
  }

  async #settle({ generation, release, isResumed }: CommandOf<"settle">): Promise<void> {
    if (this.#closing) return; // the next devenv goes on with it
    const end = await this.#settling.watch(release, isResumed === true);
    switch (end.is) {
      case "settled":
        return this.#dispatch({ type: "settled", generation, build: release.artifact.build });
      case "died":
        return this.#dispatch({ type: "died", generation, failure: report(end.failure) });
      case "replaced":
        return this.#dispatch({ type: "replaced", generation });
      case "unknown":
        this.#letGoIfDone();
        return this.#machine.bus.dispatch({
          ...{ type: "watchFailed", at: this.#machine.clock.now(), failure: report(end.failure) },
        });
      case "stopped":
        return;
    }
  }

  async #rollBack({ generation, from, to, failure }: CommandOf<"rollBack">): Promise<void> {
    const elapsed = stopwatch(this.#machine.clock);
    let stage: SwapStage = "deliver";
    try {
      await this.#lock.hold();
      const moved = await this.#pointers.putBack(from, to);
      stage = "restart";
      await this.#container.restart(moved);
      // Its code runs again, whether it answers or not; that it does not (a database is away, say), status tells.
      await this.#pointers.isBack(from, to, failure.message);
      stage = "ready";
      await this.#container.expectReady(new AbortController().signal);
      this.#dispatch({ type: "rolledBack", generation, to: to.artifact.build, ms: elapsed() });
    } catch (thrown) {
      const told = { generation, to: to.artifact.build, stage, failure: report(asFailure(thrown)) };
      this.#dispatch({ type: "rollbackFailed", ...told });
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
    if (record === undefined) return;
    const { phase, good } = this.#swap;
    if (phase.is === "settling" && !isKnown(record, phase.release)) {
      void this.#settling.stop();
      this.#dispatch({ type: "replaced", generation: phase.generation });
    }
    if (isSameRelease(record.good, good)) return;
    const isForeign = isAtRest(phase) && phase.is !== "settling";
    this.#swap = { ...this.#swap, good: record.good, ...(isForeign && { phase: { is: "idle" } }) };
  }
}

/** Whether the journal has a release settling, or settled already. */
const isKnown = (record: DeliveryRecord, release: Release): boolean =>
  isSameRelease(settlingRelease(record), release) || isSameRelease(record.good, release);
