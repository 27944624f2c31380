import type { Failure } from "../model/failure.ts";
import type { DaemonLink } from "./daemon-link.ts";
import type { Machine } from "./machine.ts";
import type { Moved } from "./pointers.ts";
import type { ServiceContainers } from "./service-containers.ts";

/** Between two looks at a container that is paused. */
const LOOK_MS = 250;

export interface SteadyContext {
  readonly containers: ServiceContainers;
  readonly link: DaemonLink;
  /** Its signal ends all waiting. */
  readonly machine: Machine;
  /** Makes containers that are missing anew; gives false where the cluster was taken down, and none is wanted. */
  readonly remake: () => Promise<boolean>;
}

/**
 * A service's containers, for its swaps: a swap fails for its code's sake alone. What others do in its middle is waited
 * for and then gone on with (the daemon is restarted, a container is paused), or mended (a container is removed).
 */
export class SteadyContainers {
  readonly #context: SteadyContext;
  /** What they were last told to take up. */
  #moved: Partial<Moved> | undefined;
  #busy = 0;

  constructor(context: SteadyContext) {
    this.#context = context;
  }

  /** Whether a swap waits for them at this moment: then it brings them back itself. */
  get isBusy(): boolean {
    return this.#busy > 0;
  }

  /** As `ServiceContainers.restart`; one that is missing is made anew, and so takes up what the pointers name. */
  async restart(moved?: Partial<Moved>): Promise<void> {
    const { containers, remake } = this.#context;
    this.#moved = moved;
    await this.#steadily(async () => {
      const isMissing = async () => (await containers.states()).includes("missing");
      try {
        await containers.restart(moved);
      } catch (thrown) {
        if (!(await isMissing()) || !(await remake())) throw thrown;
        await containers.reconnect();
      }
    });
  }

  /** As `ServiceContainers.expectReady`: time that its daemon was away, or that it was paused, does not count. */
  async expectReady(signal: AbortSignal): Promise<void> {
    const { containers } = this.#context;
    await this.#steadily(async (isAgain) => {
      if (isAgain) await this.#revive();
      if (!signal.aborted) await containers.expectReady(signal);
    });
  }

  /** As `ServiceContainers.crashWithin`: what ended with its daemon did not end by itself, and has all its time anew. */
  async crashWithin(ms: number, signal: AbortSignal): Promise<Failure | undefined> {
    const { containers, link } = this.#context;
    for (;;) {
      const { outages } = link;
      try {
        const failure = await containers.crashWithin(ms, signal);
        if (signal.aborted || !(await this.#wasLost(outages))) return failure;
      } catch (thrown) {
        if (signal.aborted) return undefined;
        if (!(await this.#wasLost(outages))) throw thrown;
      }
      await containers.reconnect();
    }
  }

  /** As `ServiceContainers.crashSince`. */
  crashSince(sinceMs: number): Promise<Failure | undefined> {
    return this.#steadily(() => this.#context.containers.crashSince(sinceMs));
  }

  /** Does it again where it failed for another reason than the code, once that is over. */
  async #steadily<T>(work: (isAgain: boolean) => Promise<T>): Promise<T> {
    this.#busy++;
    try {
      for (let isAgain = false; ; isAgain = true) {
        const { outages } = this.#context.link;
        try {
          return await work(isAgain);
        } catch (thrown) {
          if (!(await this.#overcome(outages))) throw thrown;
        }
      }
    } finally {
      this.#busy--;
    }
  }

  /** Whether something stood in the way that is over now. */
  async #overcome(outages: number): Promise<boolean> {
    if (await this.#wasLost(outages)) return true;
    return this.#wasPaused();
  }

  async #wasLost(outages: number): Promise<boolean> {
    const { link } = this.#context;
    return (await link.overcome()) || link.outages !== outages;
  }

  async #wasPaused(): Promise<boolean> {
    const { containers, machine } = this.#context;
    for (let wasPaused = false; ; wasPaused = true) {
      const states = await containers.states();
      if (!states.includes("paused")) return wasPaused;
      await machine.clock.sleep(LOOK_MS, machine.signal);
    }
  }

  /** Has containers that ended with their daemon run again, on what the swap had in place. */
  async #revive(): Promise<void> {
    const { containers } = this.#context;
    const states = await containers.states();
    if (states.includes("exited") || states.includes("created")) await containers.restart(this.#moved);
    else await containers.reconnect();
  }
}
