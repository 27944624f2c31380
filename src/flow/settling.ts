import type { Clock } from "../host/clock.ts";
import type { Release } from "../model/artifact.ts";
import type { Failure } from "../model/failure.ts";
import type { Pointers } from "./pointers.ts";
import type { ServiceContainer } from "./service-container.ts";
import type { SwapLock } from "./swap-lock.ts";

/** How a settling ended: `replaced` by another devenv's code, `stopped` by us. */
export type SettlingEnd =
  | { readonly is: "settled" | "replaced" | "stopped" }
  | { readonly is: "died"; readonly failure: Failure };

export interface SettlingContext {
  readonly container: Pick<ServiceContainer, "crashWithin">;
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
   * Follows the release that answered, and writes it down as good when its time is over. Where it did not end well, or
   * at all, the lock is held when this resolves.
   */
  watch(release: Release): Promise<SettlingEnd> {
    this.#controller = new AbortController();
    const end = this.#watch(release, this.#controller.signal);
    this.#ended = end.catch(() => undefined);
    return end;
  }

  /** Resolves when nothing is written any more: what ends from here on is no longer the program that answered. */
  async stop(): Promise<void> {
    this.#controller.abort();
    await this.#ended;
  }

  async #watch(release: Release, signal: AbortSignal): Promise<SettlingEnd> {
    const { container, pointers, lock, clock } = this.#context;
    const failure = await container.crashWithin(this.#leftMs(clock.now()), signal);
    if (signal.aborted) return { is: "stopped" };
    await lock.hold();
    if (signal.aborted) return { is: "stopped" };
    if (!pointers.settles(release)) return { is: "replaced" };
    if (failure !== undefined) return { is: "died", failure };
    await pointers.settle(release);
    return { is: signal.aborted ? "stopped" : "settled" };
  }

  /** Counted from its answer, which may be one that an earlier devenv heard. A clock that was set back adds nothing. */
  #leftMs(nowMs: number): number {
    const { pointers, settleMs } = this.#context;
    const since = Date.parse(pointers.record()?.trial?.answeredAt ?? "");
    const left = since + settleMs - nowMs;
    return Number.isNaN(left) ? settleMs : Math.min(Math.max(left, 0), settleMs);
  }
}
