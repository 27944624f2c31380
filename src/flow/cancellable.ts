import type { Generation } from "../model/names.ts";

/** Work that is under way for generations of a swap, each of which can be cut short. */
export class Cancellable {
  readonly #running = new Map<Generation, AbortController>();

  async run<T>(generation: Generation, body: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    this.#running.set(generation, controller);
    try {
      return await body(controller.signal);
    } finally {
      this.#running.delete(generation);
    }
  }

  cancel(generation: Generation): void {
    this.#running.get(generation)?.abort();
  }

  cancelAll(): void {
    for (const controller of this.#running.values()) controller.abort();
  }
}
