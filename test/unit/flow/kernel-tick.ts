import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../../../src/host/clock.ts";

/** What counts as written at the same moment: files' times are those of the kernel's ticks, the clock's whole milliseconds. */
const SAME_MS = 10 + 1;

/** Resolves when what is written from then on is later than all that was, by the time of a file in the folder. */
export async function nextTick(folder: string): Promise<void> {
  const sinceMs = systemClock.now() + SAME_MS;
  const file = join(folder, "tick");
  do await writeFile(file, "");
  while ((await stat(file)).ctimeMs <= sinceMs);
}
