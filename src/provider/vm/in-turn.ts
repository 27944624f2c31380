import { describeHolder, withLock } from "../../host/lock.ts";
import type { ProviderProgress } from "../provider.ts";
import type { Surroundings } from "../surroundings.ts";

/** What everything takes that may have to wait for another devenv. */
export interface Asked {
  readonly surroundings: Surroundings;
  readonly progress: ProviderProgress;
  readonly signal: AbortSignal | undefined;
}

/**
 * Runs the body with a folder's lock, and tells whom it waits for before that.
 * @param command what this process does, for those who wait for it
 */
export function inTurn<T>(
  folder: string,
  command: string,
  { surroundings, progress, signal }: Asked,
  body: () => Promise<T>,
): Promise<T> {
  const onWaiting = (holder: Parameters<typeof describeHolder>[0]) => progress(`waiting for ${describeHolder(holder)}`);
  const options = { wait: true, command, onWaiting, clock: surroundings.clock, ...(signal && { signal }) };
  return withLock(folder, options, body);
}
