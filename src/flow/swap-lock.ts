import { takeLock } from "../host/lock.ts";

/** The lock of one service's swaps, held by one runner at a time; asking for it again while it is held costs nothing. */
export class SwapLock {
  readonly #folder: string;
  readonly #command: string;
  #held: Promise<() => void> | undefined;

  /** @param command what this process does, for those who wait for it. */
  constructor(folder: string, command: string) {
    this.#folder = folder;
    this.#command = command;
  }

  /** Resolves when it is held; waits for another process that has it. */
  async hold(): Promise<void> {
    this.#held ??= takeLock(this.#folder, { wait: true, command: this.#command });
    const held = this.#held;
    try {
      await held;
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
}
