import type { Job } from "./bring-up.ts";
import { become } from "./guest.ts";
import { haveIdentity } from "./identity.ts";
import { lookInside } from "./look.ts";
import { openAgent } from "./qemu-process.ts";
import { Qmp } from "./qmp.ts";
import type { VmRecord } from "./record.ts";
import { sharedIn } from "./slots.ts";

/** A guest whose clock is off by more: this machine slept, or the guest stood still. */
const CLOCK_MAY_BE_OFF_MS = 1000;

/** QEMU has a guest stand still when its disk cannot be written here, and where a suspension was cut off. */
async function goOn({ files }: Job): Promise<boolean> {
  const monitor = await Qmp.open(files.monitor);
  const { running } = ((await monitor?.ask("query-status")) ?? { running: true }) as { readonly running: boolean };
  if (!running) await monitor?.ask("cont");
  monitor?.close();
  return !running;
}

/**
 * Mends what a guest that runs has lost: its clock, after this machine slept; a folder of ours that was unmounted in it.
 * One that does not answer is left alone.
 * @returns whether anything was mended
 */
export async function tend(record: VmRecord, job: Job): Promise<boolean> {
  const { cluster, files, surroundings, signal } = job;
  const inside = await lookInside(files, signal);
  if (inside === undefined) return goOn(job);
  const isOff = Math.abs(inside.aheadMs) > CLOCK_MAY_BE_OFF_MS;
  const isMissing = sharedIn(record.folders).some((folder) => !inside.mounted.includes(folder));
  if (!isOff && !isMissing) return false;
  const identity = await haveIdentity(cluster, files.folder, surroundings);
  const agent = await openAgent(files, { signal });
  await become({ agent, signal }, identity, record.folders).finally(() => agent.close());
  return true;
}
