import { isSameRelease, type Release } from "../model/artifact.ts";
import { type DeliveryRecord, settlingRelease } from "../model/delivery.ts";
import type { Event, SwapEvent } from "../model/event.ts";
import { asFailure, interrupted, report } from "../model/failure.ts";
import { type Generation, generation } from "../model/names.ts";
import { hooksOf, type WatchTiming } from "../model/profile.ts";
import { atRest, interruptedSwap, isAtRest, isUnderWay, newestRelease, next, resumedSwap } from "../swap/next.ts";
import { type Command, type CommandOf, type Next, STAGE_OF, type Swap } from "../swap/swap.ts";
import type { BuildMemory } from "./build-memory.ts";
import { type Cluster, swapLock } from "./cluster.ts";
import type { HookWrites } from "./hook-writes.ts";
import type { Swappable } from "./inputs.ts";
import type { Machine } from "./machine.ts";
import { Pointers } from "./pointers.ts";
import { SaveBuilds } from "./save-builds.ts";
import { SwapHooks } from "./swap-hooks.ts";
import { SwapLock } from "./swap-lock.ts";
import { SwapTimes } from "./swap-times.ts";
import { type News, type SwapContainer, Trials } from "./trials.ts";

export interface SwapContext {
  readonly service: Swappable;
  readonly container: SwapContainer;
  readonly record: DeliveryRecord | undefined;
  readonly cluster: Cluster;
  readonly machine: Machine;
  readonly timing: WatchTiming;
  readonly writes: HookWrites;
  readonly memory: BuildMemory;
  /** The newest generation of a runner before this one: numbers go on. */
  readonly newest?: Generation | undefined;
}

/** Drives the swaps of one service: asks swap/ what comes next, does it, and tells swap/ how it went. */
export class SwapRunner {
  readonly service: Swappable;
  readonly #machine: Machine;
  #swap: Swap;
  #closing = false;
  readonly #builds: SaveBuilds;
  /**
   * Held until nothing is under way any more, so that no other devenv takes the trial for an interrupted one. Taken
   * beside the build, which is longer: 4 to 12 ms less from the save to the answer.
   */
  readonly #lock: SwapLock;
  readonly #pointers: Pointers;
  readonly #times = new SwapTimes();
  readonly #trials: Trials;
  readonly #hooks: SwapHooks;
  #waiters: (() => void)[] = [];

  constructor(context: SwapContext) {
    const { service, container, record, cluster, machine, timing, writes, memory } = context;
    this.service = service;
    this.#machine = machine;
    this.#builds = new SaveBuilds({
      ...{ service, memory, machine, timing, times: this.#times },
      prepare: (generation, paths, signal) => this.#hooks.beforeBuild(generation, paths, this.#newest(), signal),
      newest: () => this.#newest(),
    });
    this.#hooks = new SwapHooks({ service, cluster, machine, writes });
    this.#lock = new SwapLock(swapLock(cluster, service.name), `devenv watch (${service.name})`, machine);
    this.#pointers = new Pointers(service.name, cluster.mount, machine.clock);
    this.#trials = new Trials({
      ...{ service, container, cluster, machine, times: this.#times, hooks: this.#hooks },
      ...{ pointers: this.#pointers, lock: this.#lock },
      good: () => this.#learnGood(),
      tell: (news) => this.#dispatch(news),
    });
    const swap = atRest(service.name, record?.good, hooksOf(service, "after_swap").length > 0);
    this.#swap = { ...swap, newest: context.newest ?? swap.newest };
  }

  /** Of the newest save. */
  get newest(): Generation {
    return this.#swap.newest;
  }

  /** Every path that was saved and that no build has seen to its end, be it paused or not. */
  unbuilt(): readonly string[] {
    return this.#builds.unbuilt();
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
    await this.#trials.stopSettling();
    await this.finished();
    this.#lock.close();
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
    const { generation } = command;
    switch (command.kind) {
      case "build":
        return this.#build(generation);
      case "cancelBuild":
        return this.#builds.cancel(generation);
      case "tellUnchanged":
        return this.#dispatch({ type: "unchanged", generation, build: command.release.artifact.build });
      case "tellSuperseded":
        return this.#dispatch({ type: "superseded", generation, by: command.by });
      case "tellReplaced":
        return this.#dispatch({ type: "replaced", generation, by: command.by });
      case "deliver":
        return this.#trials.deliver(command);
      case "restart":
        return this.#trials.restart(command);
      case "probe":
        return this.#trials.probe(command);
      case "check":
        return this.#trials.check(command);
      case "cancelProbe":
      case "cancelCheck":
        return this.#trials.cancel(command);
      case "commit":
        return this.#trials.commit(command);
      case "settle":
        return this.#settle(command);
      case "rollBack":
        return this.#trials.rollBack(command);
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

  async #settle(command: CommandOf<"settle">): Promise<void> {
    if (this.#closing) return; // the next devenv goes on with it
    await this.#trials.settle(command);
    this.#letGoIfDone();
  }

  /** Another devenv may have put other code in place since the last swap: that is what a roll-back goes back to. */
  #learnGood(): Release | undefined {
    const record = this.#pointers.record();
    if (record === undefined) return this.#swap.good;
    const { phase, good } = this.#swap;
    if (phase.is === "settling" && !this.#pointers.knows(phase.release)) {
      void this.#trials.stopSettling();
      this.#dispatch({ type: "replaced", generation: phase.generation });
    }
    if (!isSameRelease(record.good, good)) {
      const isForeign = isAtRest(phase) && phase.is !== "settling";
      this.#swap = { ...this.#swap, good: record.good, ...(isForeign && { phase: { is: "idle" } }) };
    }
    return this.#swap.good;
  }
}
