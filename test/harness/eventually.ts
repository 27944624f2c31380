import { systemClock } from "../../src/host/clock.ts";

export interface Patience<T> {
  /** Default: 30 s, which bounds what hangs. */
  readonly withinMs?: number;
  /** Between two looks; default: 20 ms. */
  readonly paceMs?: number;
  /** What the error says, made of the last look. */
  readonly late?: (seen: T) => string;
}

/**
 * Waits for a state that nobody announces: looks again and again until it fits, and gives what it saw. The one place
 * where the tests pause; what announces itself (a line of output, an event) is waited for by that.
 * @throws Error that shows the last look when it does not come to be in time; what `look` throws ends the wait.
 */
export async function eventually<T>(
  look: () => T | Promise<T>,
  fits: (seen: T) => boolean,
  { withinMs = 30_000, paceMs = 20, late = lastSeen }: Patience<T> = {},
): Promise<T> {
  const deadline = systemClock.monotonic() + withinMs;
  for (;;) {
    const seen = await look();
    if (fits(seen)) return seen;
    if (systemClock.monotonic() > deadline) throw new Error(late(seen));
    await systemClock.sleep(paceMs);
  }
}

const lastSeen = (seen: unknown): string => `it never came to be; last seen: ${JSON.stringify(seen)}`;
