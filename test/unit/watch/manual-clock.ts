import type { Clock } from "../../../src/host/clock.ts";

/** A clock that stands still until it is moved on. */
export interface ManualClock extends Clock {
  /** Lets `ms` pass; whoever slept until then has gone on when it resolves. */
  pass(ms: number): Promise<void>;
}

export function manualClock(): ManualClock {
  let time = 0;
  let sleepers: { until: number; wake: () => void }[] = [];
  return {
    now: () => time,
    monotonic: () => time,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const stop = () => reject(signal?.reason);
        const wake = () => {
          signal?.removeEventListener("abort", stop);
          resolve();
        };
        sleepers.push({ until: time + ms, wake });
        signal?.addEventListener("abort", stop, { once: true });
      }),
    async pass(ms) {
      const end = time + ms;
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        const next = sleepers.filter(({ until }) => until <= end).sort((a, b) => a.until - b.until)[0];
        if (next === undefined) break;
        time = next.until;
        sleepers = sleepers.filter((sleeper) => sleeper !== next);
        next.wake();
      }
      time = end;
    },
  };
}
