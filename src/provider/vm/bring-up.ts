import { rm } from "node:fs/promises";
import { environmentFailure } from "../../model/failure.ts";
import type { Surroundings } from "../surroundings.ts";
import type { GuestAgent } from "./agent.ts";
import { guestArchitecture } from "./architecture.ts";
import { GIB, kernelIn } from "./disk.ts";
import { become, growRoot } from "./guest.ts";
import { haveIdentity, writeSshConfig } from "./identity.ts";
import type { Asked } from "./in-turn.ts";
import type { MachineFiles } from "./layout.ts";
import { BOOTS_WITHIN_MS, killQemu, openAgent, qemuFailure, qemuPid, startQemu } from "./qemu-process.ts";
import type { Qmp } from "./qmp.ts";
import { type VmRecord, writeRecord } from "./record.ts";
import { loadGuest } from "./save.ts";

/** Who starts or ends a machine, with its lock. */
export interface Job extends Asked {
  readonly cluster: string;
  readonly files: MachineFiles;
}

/** How a machine is brought up. */
export interface Start {
  readonly record: VmRecord;
  /** The saved guest that is loaded; without one, the disk is booted. */
  readonly loads: string | undefined;
  /** What the disk is to have, at least. */
  readonly diskGiB: number;
}

/** What a record says when something begins or has come to its end. */
export const inPhase = (record: VmRecord, phase: VmRecord["phase"], { clock }: Surroundings): VmRecord => ({
  ...record,
  phase,
  since: new Date(clock.now()).toISOString(),
});

/**
 * Starts QEMU and has its guest be the machine of the cluster, which is noted as `running` at the very end.
 * @returns undefined where the saved guest could not be loaded; nothing runs then
 * @throws Failure (environment) with the last words of QEMU or the guest; nothing runs then, either
 */
export async function bringUp(start: Start, job: Job): Promise<VmRecord | undefined> {
  const { files, surroundings, cluster, signal } = job;
  await writeRecord(files, inPhase(start.record, "starting", surroundings));
  const identity = haveIdentity(cluster, files.folder, surroundings);
  identity.catch(() => undefined); // told below
  const monitor = await startQemu(runOf(start, job), surroundings, signal);
  try {
    if (start.loads !== undefined && !(await load(start.loads, monitor, job))) return undefined;
    const agent = await openAgent(files, { timeoutMs: BOOTS_WITHIN_MS, signal });
    try {
      await become({ agent, signal }, await identity, start.record.folders);
      const grown = await growDisk(start, { monitor, agent }, job);
      const sshPort = await forwardedPort(monitor);
      await writeSshConfig(cluster, files.folder, sshPort);
      const running = inPhase({ ...grown, sshPort, isNew: false }, "running", surroundings);
      await writeRecord(files, running);
      return running;
    } finally {
      agent.close();
    }
  } catch (error) {
    const pid = qemuPid(files);
    if (pid === undefined && !signal?.aborted)
      throw qemuFailure("QEMU ended while the virtual machine started", files, error);
    if (pid !== undefined) await killQemu(pid, surroundings);
    throw error;
  } finally {
    monitor.close();
  }
}

function runOf({ record, loads }: Start, { cluster, files }: Job) {
  const { hardware, append, folders } = record;
  const boot = append === undefined ? undefined : { ...kernelIn(files.folder), append };
  const how = { loads: loads !== undefined, flushes: true };
  return { name: cluster, guest: guestArchitecture(), hardware, boot, files, folders, ...how };
}

/** What was saved holds only until its guest goes on: from then on the disk is another one. */
async function load(state: string, monitor: Qmp, { files, signal, surroundings }: Job): Promise<boolean> {
  try {
    await loadGuest(monitor, state, signal);
  } catch (error) {
    if (signal?.aborted) throw error;
    const pid = qemuPid(files);
    if (pid !== undefined) await killQemu(pid, surroundings);
    return false;
  }
  if (state === files.state) await rm(state);
  await monitor.ask("cont");
  return true;
}

interface Reached {
  readonly monitor: Qmp;
  readonly agent: GuestAgent;
}

/** Makes a running machine's disk larger, where it is smaller than wished; gives what is to be noted. */
export async function growDisk({ record, diskGiB }: Start, { monitor, agent }: Reached, job: Job): Promise<VmRecord> {
  const bytes = await virtualBytes(monitor);
  const filled = record.diskGiB || Math.floor(bytes / GIB);
  if (diskGiB <= filled) return { ...record, diskGiB: filled };
  if (bytes < diskGiB * GIB) await monitor.ask("block_resize", { device: "disk", size: diskGiB * GIB });
  await growRoot({ agent, signal: job.signal });
  return { ...record, diskGiB };
}

/** What the guest sees as its disk. */
async function virtualBytes(monitor: Qmp): Promise<number> {
  const disks = (await monitor.ask("query-block")) as readonly BlockDevice[];
  return disks.find(({ device }) => device === "disk")?.inserted?.image["virtual-size"] ?? 0;
}

interface BlockDevice {
  readonly device: string;
  readonly inserted?: { readonly image: { readonly "virtual-size": number } };
}

/** The port of this machine that leads to the guest's sshd: the system chose it. QEMU tells it only to people. */
async function forwardedPort(monitor: Qmp): Promise<number> {
  const words = String(await monitor.ask("human-monitor-command", { "command-line": "info usernet" }));
  const port = readForward(words);
  if (port !== undefined) return port;
  throw environmentFailure("QEMU does not tell the port that leads to the virtual machine", { output: words });
}

/** From `info usernet`: the host's port of the only forward. */
export function readForward(words: string): number | undefined {
  const found = /TCP\[HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)\s/.exec(words);
  return found === null ? undefined : Number(found[1]);
}

/** What is said where a guest that was saved, or a template, is of no use. */
export const notLoaded = (job: Job) => qemuFailure("QEMU cannot load the saved virtual machine", job.files);
