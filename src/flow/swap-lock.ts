import { describeHolder, type Holder, takeLock } from "../host/lock.ts";
import type { Machine } from "./machine.ts";

/** The lock of one service's swaps, held by one runner at a time; asking for it again while it is held costs nothing. */
export class SwapLock {
  readonly #folder: string;
  readonly #command: string;
  readonly #machine: Pick<Machine, "bus" | "clock">;
  readonly #closing = new AbortController();
  #held: Promise<() => void> | undefined;

  /** @param command what this process does, for those who wait for it. */
  constructor(folder: string, command: string, machine: Pick<Machine, "bus" | "clock">) {
    this.#folder = folder;
    this.#command = command;
    this.#machine = machine;
  }

  /**
   * Resolves when it is held; waits for another process that has it, and tells for which one.
   * @param signal ends this waiting, and not that of others
   */
  async hold(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return;
    this.#held ??= this.#take();
    const held = this.#held;
    try {
      await (signal === undefined ? held : Promise.race([held, aborted(signal)]));
    } catch (thrown) {
      if (this.#held === held) this.#held = undefined;
      throw thrown;
    }
  }

  letGo(): void {
    this.#held?.then(
      (release) => release(),
      () => undefined, // whoever waited for it was told
    );
    this.#held = undefined;
  }

  /** Lets it go for good, and no longer waits for it. */
  close(): void {
    this.#closing.abort();
    this.letGo();
  }

  async #take(): Promise<() => void> {
    const { bus, clock } = this.#machine;
    let hasWaited = false;
    const onWaiting = (holder: Holder) => {
      hasWaited = true;
      bus.dispatch({ type: "paused", at: clock.now(), reason: `waiting for ${describeHolder(holder)}` });
    };
    try {
      const options = { wait: true, command: this.#command, onWaiting, signal: this.#closing.signal };
      return await takeLock(this.#folder, options);
    } finally {
      if (hasWaited) bus.dispatch({ type: "resumed", at: clock.now() });
    }
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
