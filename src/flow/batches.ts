import { stat } from "node:fs/promises";
import type { Clock } from "../host/clock.ts";
import type { WatchTiming } from "../model/profile.ts";
import { type Batch, type Collector, collect } from "../watch/quiet.ts";
import type { SwapRunner } from "./swap-runner.ts";

/**
 * A burst of changes is at most two builds: one that starts at the first change, and one at the quiet after the last,
 * where there was more than one. So the quiet window costs a single save nothing.
 */
export function batchesInto(runner: SwapRunner, timing: WatchTiming, clock: Clock): Collector {
  let isVoid = false;
  /** On the clock that never jumps. */
  let heardAtMs = 0;
  const save = async ({ paths, lastMs }: Batch) => {
    isVoid = false;
    const firstMs = heardAtMs;
    runner.save(paths, await sinceChange(paths.at(-1) ?? "", lastMs), firstMs);
  };
  return collect(() => timing, clock, {
    open: (batch) => {
      heardAtMs = clock.monotonic();
      void save(batch);
    },
    more: () => {
      isVoid = true;
    },
    quiet: (batch) => void (isVoid && save(batch)),
  });
}

/** From the file's own time to the watcher's word of it; 0 where the file is gone, or its time was set by hand. */
async function sinceChange(path: string, atMs: number): Promise<number> {
  const ms =
    atMs -
    (await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => atMs,
    ));
  return ms >= 0 && ms < 1000 ? ms : 0;
}
