import type { Moved } from "./pointers.ts";

/**
 * Which of a service's containers are to take up what its pointers name, and in which order. A roll-back that comes in
 * the middle of a swap leaves those alone that the swap had not reached: they run what is put back.
 */
export class ReplicaTurns {
  /** What each of them runs, as far as it is known. */
  readonly #runs: (string | undefined)[];
  /** A swap ended in its middle: not all of them run what the pointers name. */
  #isMixed = false;

  constructor(count: number) {
    this.#runs = Array.from({ length: count }, () => undefined);
  }

  /** Their indices in order: forth from the first, back from the last that was reached, which is the one that failed. */
  begin({ content, before, isBack }: Partial<Moved> = {}): number[] {
    const all = [...this.#runs.keys()];
    if (!isBack) {
      if (!this.#isMixed) this.#runs.fill(before);
      this.#isMixed = true;
      return all;
    }
    const behind = all.filter((index) => this.#runs[index] !== content || content === undefined).reverse();
    return behind.length === 0 ? all : behind;
  }

  /** It is told to take it up, and may have done so from here on. */
  take(index: number, { content }: Partial<Moved> = {}): void {
    this.#runs[index] = content;
  }

  /** All of them have taken it up. */
  end(): void {
    this.#isMixed = false;
  }
}
