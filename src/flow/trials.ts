import { stopwatch } from "../host/clock.ts";
import type { Release } from "../model/artifact.ts";
import type { SwapEvent } from "../model/event.ts";
import { asFailure, report } from "../model/failure.ts";
import type { Generation } from "../model/names.ts";
import type { SwapStage } from "../model/stage-times.ts";
import type { CommandOf } from "../swap/swap.ts";
import { Cancellable } from "./cancellable.ts";
import { type Cluster, clusterIsFree } from "./cluster.ts";
import type { Swappable } from "./inputs.ts";
import type { Machine } from "./machine.ts";
import type { Moved, Pointers } from "./pointers.ts";
import type { ServiceContainer } from "./service-container.ts";
import { Settling } from "./settling.ts";
import type { SwapHooks } from "./swap-hooks.ts";
import type { SwapLock } from "./swap-lock.ts";
import type { SwapTimes } from "./swap-times.ts";

/** An event of one service's swap, without what is the same in all of them. */
export type News = SwapEvent extends infer E ? (E extends SwapEvent ? Omit<E, "service"> : never) : never;

/** The containers of a service, as its swaps use them. */
export type SwapContainer = Pick<ServiceContainer, "restart" | "expectReady" | "crashWithin" | "crashSince">;

export interface TrialsContext {
  readonly service: Swappable;
  readonly container: SwapContainer;
  readonly cluster: Cluster;
  readonly machine: Machine;
  readonly pointers: Pointers;
  readonly lock: SwapLock;
  readonly times: SwapTimes;
  readonly hooks: SwapHooks;
  /** What is good, as far as this and other devenvs know at this moment. */
  readonly good: () => Release | undefined;
  /** Takes each event that answers a command, at the instant. */
  readonly tell: (news: News) => void;
}

/** What becomes of new releases in the container, from their delivery until they have settled or were taken back. */
export class Trials {
  readonly #context: TrialsContext;
  readonly #probes = new Cancellable();
  readonly #checks = new Cancellable();
  readonly #settling: Settling;
  /** What the pointers were moved to, until the container takes it up. */
  #moved: Moved | undefined;

  constructor(context: TrialsContext) {
    this.#context = context;
    const { container, pointers, lock, machine, service } = context;
    this.#settling = new Settling({ container, pointers, lock, clock: machine.clock, settleMs: service.settleMs });
  }

  async deliver({ generation, release }: CommandOf<"deliver">): Promise<void> {
    const { lock, pointers, cluster, machine, good } = this.#context;
    const took = this.#stopwatch(generation, "deliver");
    await this.#settling.stop();
    await lock.hold();
    // An `up` or `down` may replace this very container. Ctrl-C does not end the wait for it: the swap has begun.
    await clusterIsFree(cluster, { ...machine, signal: never() });
    this.#moved = await pointers.putOnTrial(release, good());
    this.#context.tell({ type: "delivered", generation, from: this.#moved.from, ms: took() });
  }

  async restart({ generation }: CommandOf<"restart">): Promise<void> {
    const took = this.#stopwatch(generation, "restart");
    await this.#context.container.restart(this.#moved);
    this.#context.tell({ type: "restarted", generation, ms: took() });
  }

  async probe({ generation }: CommandOf<"probe">): Promise<void> {
    const { container, machine, times, tell } = this.#context;
    const took = this.#stopwatch(generation, "ready");
    await this.#probes.run(generation, async (signal) => {
      if (await isOvertaken(container.expectReady(signal), signal)) return;
      times.took(generation, "total", times.since(generation, machine.clock.monotonic()));
      tell({ type: "ready", generation, ms: took() });
    });
  }

  async check({ generation, release }: CommandOf<"check">): Promise<void> {
    const { hooks, tell } = this.#context;
    const took = this.#stopwatch(generation, "check");
    await this.#checks.run(generation, async (signal) => {
      if (await isOvertaken(hooks.afterSwap(generation, release, signal), signal)) return;
      tell({ type: "checked", generation, ms: took() });
    });
  }

  /** Lets go what is only looked at: a newer build takes its place. */
  cancel({ kind, generation }: CommandOf<"cancelProbe"> | CommandOf<"cancelCheck">): void {
    (kind === "cancelProbe" ? this.#probes : this.#checks).cancel(generation);
  }

  async commit({ generation, release }: CommandOf<"commit">): Promise<void> {
    const { pointers, times, service, good, tell } = this.#context;
    await pointers.answered(release, good());
    const { build, digest } = release.artifact;
    const known = { build, digest, settlesInMs: service.settleMs, times: times.tell(generation) };
    tell({ type: "committed", generation, isReconfigured: this.#moved?.isReconfigured, ...known });
  }

  async settle({ generation, release, isResumed }: CommandOf<"settle">): Promise<void> {
    const { machine, tell } = this.#context;
    const end = await this.#settling.watch(release, isResumed === true);
    switch (end.is) {
      case "settled":
        return tell({ type: "settled", generation, build: release.artifact.build });
      case "died":
        return tell({ type: "died", generation, failure: report(end.failure) });
      case "replaced":
        return tell({ type: "replaced", generation });
      case "unknown":
        return machine.bus.dispatch({ type: "watchFailed", at: machine.clock.now(), failure: report(end.failure) });
      case "stopped":
        return;
    }
  }

  /** Resolves when nothing is made of a settling's end any more. */
  stopSettling(): Promise<void> {
    return this.#settling.stop();
  }

  async rollBack({ generation, from, to, failure }: CommandOf<"rollBack">): Promise<void> {
    const { lock, pointers, container, machine, tell } = this.#context;
    const elapsed = stopwatch(machine.clock);
    const { build } = to.artifact;
    let stage: SwapStage = "deliver";
    try {
      await lock.hold();
      const moved = await pointers.putBack(from, to);
      stage = "restart";
      await container.restart(moved);
      // Its code runs again, whether it answers or not; that it does not (a database is away, say), status tells.
      await pointers.isBack(from, to, failure.message);
      stage = "ready";
      await container.expectReady(never());
      tell({ type: "rolledBack", generation, to: build, ms: elapsed() });
    } catch (thrown) {
      tell({ type: "rollbackFailed", generation, to: build, stage, failure: report(asFailure(thrown)) });
    }
  }

  /** Notes how long a stage took, and gives it, each time that it is asked. */
  #stopwatch(generation: Generation, stage: "deliver" | "restart" | "ready" | "check"): () => number {
    const { times, machine } = this.#context;
    const elapsed = stopwatch(machine.clock);
    return () => times.took(generation, stage, elapsed());
  }
}

const never = (): AbortSignal => new AbortController().signal;

/** Waits for work; true, and no failure of it counts, where a newer build took its place meanwhile. */
async function isOvertaken(work: Promise<void>, signal: AbortSignal): Promise<boolean> {
  try {
    await work;
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  }
  return signal.aborted;
}
