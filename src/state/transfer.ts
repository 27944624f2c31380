import { duration } from "./duration.ts";
import { size } from "./size.ts";

/** How far a download is, or several together. */
export interface Transfer {
  /** Bytes that came. */
  readonly done: number;
  /** Of how many; undefined where nobody says. */
  readonly total: number | undefined;
  /** For how long, in milliseconds. */
  readonly ms: number;
}

/** A rate after less than this would be a guess. */
const SETTLED_MS = 500;

/** `31 MB of 120 MB, 22 MB/s, 4.0 s left`, as far as it can be said. */
export function transferText({ done, total, ms }: Transfer): string {
  const amount = total === undefined ? size(done) : `${size(done)} of ${size(total)}`;
  if (ms < SETTLED_MS || done === 0) return amount;
  const rate = `${amount}, ${size((done / ms) * 1000)}/s`;
  if (total === undefined || done >= total) return rate;
  return `${rate}, ${duration(((total - done) / done) * ms)} left`;
}
