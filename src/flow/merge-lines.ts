/** Many writers, one reader, in the order of arrival. */
export interface Merged<T> {
  /** Resolves when the reader has room again: a writer that waits for it cannot fill the memory. */
  push(item: T): Promise<void>;
  /** Ends the reading with this error. */
  fail(thrown: unknown): void;
  /** Ends when the signal is aborted. To be read once. */
  lines(): AsyncGenerator<T>;
}

/** What may wait for a slow reader, in characters, with what a line costs beside its text. */
const ROOM = 1_000_000;
const LINE_COST = 100;

/** @param sizeOf the characters of an item */
export function mergeLines<T>(signal: AbortSignal, sizeOf: (item: T) => number): Merged<T> {
  let queue: T[] = [];
  let size = 0;
  let failure: { thrown: unknown } | undefined;
  let wakeReader = () => {};
  let wakeWriters: (() => void)[] = [];
  signal.addEventListener("abort", () => wakeReader(), { once: true });

  const arrival = () =>
    new Promise<void>((resolve) => {
      wakeReader = resolve;
      if (signal.aborted || queue.length > 0 || failure !== undefined) resolve();
    });

  return {
    push(item) {
      queue.push(item);
      size += sizeOf(item) + LINE_COST;
      wakeReader();
      return size < ROOM ? Promise.resolve() : new Promise((resolve) => wakeWriters.push(resolve));
    },
    fail(thrown) {
      failure ??= { thrown };
      wakeReader();
    },
    async *lines() {
      while (!signal.aborted) {
        const batch = queue;
        queue = [];
        size = 0;
        yield* batch;
        for (const wake of wakeWriters) wake();
        wakeWriters = [];
        if (failure !== undefined) throw failure.thrown;
        await arrival();
      }
    },
  };
}
