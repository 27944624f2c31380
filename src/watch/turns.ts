import type { Clock } from "../host/clock.ts";

/** How long a walk through a tree keeps everything else waiting. */
const SLICE_MS = 8;

/** Gives a promise now and then, when work without a pause has kept others waiting for long enough. */
export function takingTurns(clock: Clock): () => Promise<void> | undefined {
  let begun = clock.monotonic();
  let others: Promise<void> | undefined;
  return () => {
    if (others === undefined && clock.monotonic() - begun < SLICE_MS) return undefined;
    others ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      begun = clock.monotonic();
      others = undefined;
    });
    return others;
  };
}
