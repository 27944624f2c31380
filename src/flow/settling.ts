import type { Clock } from "../host/clock.ts";
import type { Release } from "../model/artifact.ts";
import { asFailure, type Failure } from "../model/failure.ts";
import type { Pointers } from "./pointers.ts";
import type { ServiceContainer } from "./service-container.ts";
import type { SwapLock } from "./swap-lock.ts";

/** How a settling ended: `replaced` by another devenv's code, `stopped` by us; `unknown` where it cannot be said. */
export type SettlingEnd =
  | { readonly is: "settled" | "replaced" | "stopped" }
  | { readonly is: "died" | "unknown"; readonly failure: Failure };

export interface SettlingContext {
  readonly container: Pick<ServiceContainer, "crashWithin" | "crashSince">;
  readonly pointers: Pointers;
  readonly lock: SwapLock;
  readonly clock: Clock;
  /** How long a release has to stay up until it is good, milliseconds. */
  readonly settleMs: number;
}

/**
 * The settling of one service's newest release: a program may answer first and find out later that it cannot go on. It
 * holds no lock meanwhile, so another devenv may put other code in place; the journal tells, and is asked in the end.
 */
export class Settling {
  readonly #context: SettlingContext;
  #controller = new AbortController();
  #ended: Promise<unknown> = Promise.resolve();

  constructor(context: SettlingContext) {
    this.#context = context;
  }

  /**
   * Follows the release that answered, and writes it down as good when its time is over. Unless it was stopped, the lock
   * is held when this resolves. Never rejects.
   * @param isResumed an earlier devenv heard its answer: what came since is asked first, and the time counts
   */
  watch(release: Release, isResumed: boolean): Promise<SettlingEnd> {
    this.#controller = new AbortController();
    const end = this.#watch(release, isResumed, this.#controller.signal);
    this.#ended = end;
    return end;
  }

  /** Resolves when nothing is written any more: what ends from here on is no longer the program that answered. */
  async stop(): Promise<void> {
    this.#controller.abort();
    await this.#ended;
  }

  async #watch(release: Release, isResumed: boolean, signal: AbortSignal): Promise<SettlingEnd> {
    const { container, settleMs } = this.#context;
    try {
      const failure = isResumed ? await this.#resumed(signal) : await container.crashWithin(settleMs, signal);
      return signal.aborted ? { is: "stopped" } : await this.#end(release, failure, signal);
    } catch (thrown) {
      // A journal that cannot be written, say. It goes on as it is, and the next devenv settles it.
      return { is: "unknown", failure: asFailure(thrown) };
    }
  }

  async #end(release: Release, failure: Failure | undefined, signal: AbortSignal): Promise<SettlingEnd> {
    const { pointers, lock } = this.#context;
    await lock.hold(signal);
    if (signal.aborted) return { is: "stopped" };
    if (!pointers.settles(release)) return { is: "replaced" };
    if (failure !== undefined) return { is: "died", failure };
    await pointers.settle(release);
    return { is: signal.aborted ? "stopped" : "settled" };
  }

  async #resumed(signal: AbortSignal): Promise<Failure | undefined> {
    const { container, pointers, clock, settleMs } = this.#context;
    const since = Date.parse(pointers.record()?.trial?.answeredAt ?? "");
    const failure = await container.crashSince(since);
    if (failure !== undefined || signal.aborted) return failure;
    // A clock that was set back adds nothing.
    const left = Math.min(Math.max(since + settleMs - clock.now(), 0), settleMs);
    return left > 0 ? container.crashWithin(left, signal) : undefined;
  }
}
