import { readFileSync } from "node:fs";
import { systemClock } from "../../src/host/clock.ts";

/** What a process takes of one core, in percent, over so many milliseconds. */
export async function processorShare(pid: number | undefined, overMs: number): Promise<number> {
  const before = processorMs(pid);
  await systemClock.sleep(overMs);
  return (100 * (processorMs(pid) - before)) / overMs;
}

/** User and system time of a process, of which the kernel keeps hundredths of a second. */
function processorMs(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
