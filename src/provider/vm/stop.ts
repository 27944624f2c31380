import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { environmentFailure, interrupted } from "../../model/failure.ts";
import type { ProviderProgress } from "../provider.ts";
import type { Surroundings } from "../surroundings.ts";
import { guestArchitecture } from "./architecture.ts";
import { inPhase, type Job } from "./bring-up.ts";
import { become, letGo } from "./guest.ts";
import { haveIdentity } from "./identity.ts";
import { withMachine } from "./machine.ts";
import { endQemu, findQemu, killQemu, openAgent, qemuVersion, untilGone } from "./qemu-process.ts";
import { Qmp } from "./qmp.ts";
import { readRecord, type VmRecord, writeRecord } from "./record.ts";
import { saveGuest } from "./save.ts";

/** Containers have their grace; a guest under emulation takes its time. */
const SHUTS_DOWN_WITHIN_MS = 120_000;

/**
 * Shuts the machine of a cluster down, with the containers in it; its disk stays. A suspended one loses what ran in it.
 * One whose QEMU has died is noted as stopped.
 * @returns whether there was anything to stop
 */
export function stopVm(
  cluster: string,
  surroundings: Surroundings,
  progress: ProviderProgress,
  signal?: AbortSignal,
): Promise<boolean> {
  return withMachine(cluster, "devenv vm stop", { surroundings, progress, signal }, async (job) => {
    const { files } = job;
    const record = await readRecord(files);
    const pid = findQemu(files);
    const note = (phase: VmRecord["phase"]) =>
      record === undefined ? undefined : writeRecord(files, inPhase(record, phase, surroundings));
    if (pid !== undefined) {
      progress("stopping the virtual machine");
      await note("stopping");
      if (record?.phase === "running") await shutDown(pid, job);
      await killQemu(pid, surroundings);
    }
    await rm(files.state, { force: true });
    if (record?.phase !== "stopped") await note("stopped");
    return pid !== undefined || (record !== undefined && record.phase !== "stopped");
  });
}

/** Not the agent's own guest-shutdown: it asks logind, which the image does not start, and then nothing ends. */
const POWER_OFF = {
  path: "systemctl",
  arg: ["start", "poweroff.target", "--job-mode=replace-irreversibly", "--no-block"],
};

/** Waits for the guest's own end. One that does not come to it, or does not answer, is left to be killed. */
async function shutDown(pid: number, { files, surroundings, signal }: Job): Promise<void> {
  const agent = await openAgent(files, { timeoutMs: 5000, signal }).catch(() => undefined);
  if (agent === undefined) {
    const monitor = await Qmp.open(files.monitor);
    await monitor?.ask("system_powerdown");
    monitor?.close();
  }
  agent?.tell("guest-exec", POWER_OFF);
  await untilGone(pid, agent === undefined ? SHUTS_DOWN_WITHIN_MS / 4 : SHUTS_DOWN_WITHIN_MS, surroundings.clock);
  agent?.close();
}

/**
 * Saves the machine of a cluster with all that runs in it, and ends its QEMU. Containers that use a folder of ours are
 * stopped for that, and started again by the next start. What goes wrong leaves it running as it was.
 * @returns whether it was running; false for one that is suspended already
 * @throws Failure (environment) where it does not run, a program in it uses a shared folder, or this machine's disk is full
 */
export function suspendVm(
  cluster: string,
  surroundings: Surroundings,
  progress: ProviderProgress,
  signal?: AbortSignal,
): Promise<boolean> {
  return withMachine(cluster, "devenv vm suspend", { surroundings, progress, signal }, async (job) => {
    const record = await readRecord(job.files);
    const pid = findQemu(job.files);
    if (record?.phase === "suspended" && existsSync(job.files.state)) {
      if (pid !== undefined) await killQemu(pid, surroundings);
      return false;
    }
    if (record?.phase !== "running" || pid === undefined) throw notRunning(cluster);
    progress("suspending the virtual machine");
    await suspend(record, job);
    return true;
  });
}

const notRunning = (cluster: string) =>
  environmentFailure(`the virtual machine of ${cluster} does not run, so it cannot be suspended`, {
    hint: "`devenv vm status` tells how it is; `devenv vm start` starts it.",
  });

async function suspend(record: VmRecord, job: Job): Promise<void> {
  const { files, surroundings, signal } = job;
  const savedBy = await qemuVersion(guestArchitecture(), surroundings);
  const monitor = await Qmp.open(files.monitor);
  if (monitor === undefined) throw notRunning(job.cluster);
  try {
    const agent = await openAgent(files, { timeoutMs: 10_000, signal });
    await writeRecord(files, inPhase(record, "stopping", surroundings));
    try {
      await letGo({ agent, signal }).finally(() => agent.close());
      if (signal?.aborted) throw interrupted();
      await saveGuest(monitor, files.state, surroundings);
    } catch (error) {
      await takeBack(record, job);
      throw error;
    }
    await writeRecord(files, inPhase({ ...record, savedBy }, "suspended", surroundings));
    await endQemu(monitor, files, surroundings);
  } finally {
    monitor.close();
  }
}

/** Its folders and containers are put back, and it is what it was. Not on the signal that may have brought this about. */
async function takeBack(record: VmRecord, { cluster, files, surroundings }: Job): Promise<void> {
  const identity = await haveIdentity(cluster, files.folder, surroundings);
  const agent = await openAgent(files, {});
  await become({ agent }, identity, record.folders).finally(() => agent.close());
  await writeRecord(files, record);
}

/** Ends the machine of a cluster at once and deletes all of it: its disk, its keys. */
export function deleteVm(
  cluster: string,
  surroundings: Surroundings,
  progress: ProviderProgress,
  signal?: AbortSignal,
): Promise<boolean> {
  return withMachine(cluster, "devenv vm delete", { surroundings, progress, signal }, async ({ files }) => {
    const isThere = existsSync(files.folder);
    const pid = findQemu(files);
    if (isThere) progress("deleting the virtual machine and its disk");
    if (pid !== undefined) await killQemu(pid, surroundings);
    for (const folder of [files.folder, files.run]) await rm(folder, { recursive: true, force: true });
    return isThere;
  });
}
