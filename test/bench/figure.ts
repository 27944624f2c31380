/** One line of the benchmark's table. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: "ms" | "x" | "MB" | "%" | "requests";
  /** The largest value that holds. */
  readonly target: number;
  /** What was measured, in a sentence. */
  readonly how: string;
}

/** Measures some figures that share what they need. */
export interface Bench {
  readonly names: readonly string[];
  measure(dockerHost: string, progress: (note: string) => void): Promise<Figure[]>;
}

/** The value below which this part (0 to 1) of the samples lies; nearest rank. */
export function quantile(samples: readonly number[], part: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const rank = Math.max(0, Math.ceil(part * sorted.length) - 1);
  const value = sorted[rank];
  if (value === undefined) throw new Error("a quantile needs a sample");
  return value;
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}
