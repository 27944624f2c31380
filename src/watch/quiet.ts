import type { Clock } from "../host/clock.ts";
import type { WatchTiming } from "../model/profile.ts";

/** The changes between the first one and the quiet after the last. */
export interface Batch {
  /** Each path once, in the order of its first change. */
  readonly paths: readonly string[];
  /** When the first and the last change were heard of, milliseconds since the epoch. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/**
 * What the save loop does at each of a batch's moments:
 * - `open`, at the first change and at once: start to build;
 * - `more`, at each further one: what is being built is void;
 * - `quiet`, when nothing changed for the quiet window, or the batch has lasted for the maximum wait (without one, a
 *   steady writer would starve the loop): build now if the build that `open` started is void, else let it go on.
 * The change after `quiet` opens the next batch.
 */
export interface BatchHandlers {
  open(batch: Batch): void;
  more(batch: Batch): void;
  quiet(batch: Batch): void;
}

export interface Collector {
  changed(path: string, atMs: number): void;
  /** Ends without a further word. */
  close(): void;
}

/** Gathers changes into batches. `timing` in milliseconds, as it is at the moment: it may be edited. */
export function collect(timing: () => Omit<WatchTiming, "pauseAt">, clock: Clock, handlers: BatchHandlers): Collector {
  const closing = new AbortController();
  let paths: Set<string> | undefined;
  let firstMs = 0;
  let lastMs = 0;
  /** The same two moments on the clock that never jumps: a laptop that slept is not a quiet window. */
  let began = 0;
  let latest = 0;

  const batch = (): Batch => ({ paths: [...(paths ?? [])], firstMs, lastMs });
  const waitForQuiet = async () => {
    for (;;) {
      const { quietMs, maxWaitMs } = timing();
      const left = Math.min(latest + quietMs, began + maxWaitMs) - clock.monotonic();
      if (left <= 0) break;
      await clock.sleep(left, closing.signal);
    }
    const done = batch();
    paths = undefined;
    handlers.quiet(done);
  };

  return {
    changed(path, atMs) {
      if (closing.signal.aborted) return;
      lastMs = atMs;
      latest = clock.monotonic();
      if (paths !== undefined) {
        paths.add(path);
        handlers.more(batch());
        return;
      }
      paths = new Set([path]);
      firstMs = atMs;
      began = latest;
      handlers.open(batch());
      waitForQuiet().catch((reason) => {
        if (!closing.signal.aborted) throw reason;
      });
    },
    close: () => closing.abort(),
  };
}
