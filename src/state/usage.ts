import type { Usage, UsageReading } from "../model/usage.ts";

/** What a container uses, from two readings of it; the first alone tells only its memory. Pure. */
export function usageOf(before: UsageReading | undefined, now: UsageReading): Usage {
  return { cpuPercent: before && cpuPercent(before, now), memoryBytes: now.memoryBytes };
}

/** A container that was started anew counts from 0: nothing can be said until its next reading. */
function cpuPercent(before: UsageReading, now: UsageReading): number | undefined {
  const [cpu, system] = [now.cpuNs - before.cpuNs, (now.systemNs ?? 0) - (before.systemNs ?? 0)];
  return cpu < 0 || system <= 0 ? undefined : (cpu / system) * now.processors * 100;
}

/** Several containers of one service as one. */
export function addedUsage(usages: readonly Usage[]): Usage | undefined {
  if (usages.length === 0) return undefined;
  const known = usages.flatMap(({ cpuPercent }) => (cpuPercent === undefined ? [] : [cpuPercent]));
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  return {
    cpuPercent: known.length === 0 ? undefined : sum(known),
    memoryBytes: sum(usages.map(({ memoryBytes }) => memoryBytes)),
  };
}

/** `0%`, `3.2%`, `140%`. */
export function cpuInWords({ cpuPercent }: Usage): string {
  if (cpuPercent === undefined) return "";
  return `${cpuPercent < 9.95 && cpuPercent >= 0.05 ? cpuPercent.toFixed(1) : Math.round(cpuPercent)}%`;
}

const UNITS = ["B", "K", "M", "G", "T"] as const;

/** In powers of 1024 as `docker stats` counts memory, in at most five characters: `512B`, `4.5M`, `118M`, `1.2G`. */
export function memoryInWords({ memoryBytes }: Usage): string {
  let [value, unit] = [memoryBytes, 0];
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 9.95 && unit > 0 ? value.toFixed(1) : Math.round(value)}${UNITS[unit]}`;
}
