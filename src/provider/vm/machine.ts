import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { environmentFailure } from "../../model/failure.ts";
import type { VmAccess, VmSpec } from "../../model/vm.ts";
import type { ProviderProgress } from "../provider.ts";
import type { Surroundings } from "../surroundings.ts";
import { chooseAccelerator } from "./accelerator.ts";
import { guestArchitecture } from "./architecture.ts";
import { bringUp, growDisk, inPhase, type Job, notLoaded, type Start } from "./bring-up.ts";
import { tidyCache } from "./cache.ts";
import { kernelIn, layOverTemplate } from "./disk.ts";
import { sshConfigIn, sshHostOf } from "./identity.ts";
import { haveImage, kernelArguments, type VmImage } from "./image.ts";
import { type Asked, inTurn } from "./in-turn.ts";
import { clusterMachine, machineLock, makeMachineFolders } from "./layout.ts";
import { notesFor } from "./notes.ts";
import { findQemu, killQemu, openAgent, qemuVersion } from "./qemu-process.ts";
import { Qmp } from "./qmp.ts";
import { readRecord, type VmRecord, writeRecord } from "./record.ts";
import { sharedIn, slotsFor } from "./slots.ts";
import { haveTemplate } from "./template.ts";
import { tend } from "./tend.ts";

/** Where a machine's daemon listens in it. */
const DOCKER_SOCKET = "/run/docker.sock";

/** How the machine of a cluster is reached while it runs. */
export function vmAccess(cluster: string, surroundings: Surroundings, notes: readonly string[] = []): VmAccess {
  const { folder } = clusterMachine(cluster, surroundings);
  return { cluster, sshConfig: sshConfigIn(folder), sshHost: sshHostOf(cluster), docker: DOCKER_SOCKET, notes };
}

/**
 * Has the machine of a cluster run. One that there is not yet starts from the template of its size (which the first of a
 * size has to wait for); a suspended one is resumed; a stopped one is booted; one that runs is left as it is, but that
 * its disk grows and what it lost (its clock, a folder) is mended. Of two starts at once the second waits for the first.
 * @throws Failure (environment) with QEMU's or the guest's last words; `interrupted` on abort. Nothing runs then
 */
export function startVm(
  spec: VmSpec,
  surroundings: Surroundings,
  progress: ProviderProgress,
  signal?: AbortSignal,
): Promise<VmAccess> {
  return withMachine(spec.cluster, "devenv vm start", { surroundings, progress, signal }, async (job) => {
    const record = await readRecord(job.files);
    const pid = findQemu(job.files);
    if (pid !== undefined && record?.phase === "running") return keepUp(spec, record, job);
    if (pid !== undefined) await killQemu(pid, surroundings); // what a start or an end that was cut off left
    const running =
      record === undefined || record.isNew ? await startNew(spec, job) : await startAgain(spec, record, job);
    return vmAccess(spec.cluster, surroundings, notesFor(spec, running));
  });
}

/** Starts the machine of a cluster as it was, where its QEMU has died. @throws as `startVm` does */
export async function reviveVm(cluster: string, surroundings: Surroundings, signal?: AbortSignal): Promise<VmAccess> {
  const record = await readRecord(clusterMachine(cluster, surroundings));
  // Of one that never came up, nothing but its profile says what it is to be.
  if (record === undefined || record.isNew)
    throw environmentFailure(`${cluster} has no virtual machine`, { hint: "`devenv up` makes one." });
  const { hardware, diskGiB, folders } = record;
  const there = sharedIn(folders).filter(existsSync);
  const spec = { ...hardware, cluster, diskGiB, folders: there, image: { from: "packages" as const } };
  return startVm(spec, surroundings, () => {}, signal);
}

/** Runs the body with a machine's lock. */
export function withMachine<T>(
  cluster: string,
  command: string,
  asked: Asked,
  body: (job: Job) => Promise<T>,
): Promise<T> {
  const files = clusterMachine(cluster, asked.surroundings);
  const lock = machineLock(cluster, asked.surroundings);
  return inTurn(lock, `${command} ${cluster}`, asked, () => body({ cluster, files, ...asked }));
}

async function keepUp(spec: VmSpec, record: VmRecord, job: Job): Promise<VmAccess> {
  const { files, surroundings, signal } = job;
  await tend(record, job);
  let now = record;
  if (spec.diskGiB > record.diskGiB) {
    const monitor = await Qmp.open(files.monitor);
    const agent = await openAgent(files, { signal });
    if (monitor === undefined) throw environmentFailure("QEMU does not take orders");
    now = await growDisk({ record, loads: undefined, diskGiB: spec.diskGiB }, { monitor, agent }, job).finally(() => {
      agent.close();
      monitor.close();
    });
    await writeRecord(files, now);
  }
  return vmAccess(spec.cluster, surroundings, notesFor(spec, now));
}

/** A template that QEMU cannot load is made anew, once. */
async function startNew(spec: VmSpec, job: Job, isLast = false): Promise<VmRecord> {
  const { files, surroundings, progress, signal } = job;
  const slots = slotsFor(spec.folders, []);
  const image = await haveImage(spec.image, surroundings, progress, signal);
  const { cpus, memoryMiB, diskGiB } = spec;
  const accelerator = await chooseAccelerator(image, surroundings, progress, signal);
  const hardware = { accelerator: accelerator.name, cpus, memoryMiB };
  const qemu = await qemuVersion(image.guest, surroundings);
  const template = await haveTemplate({ image, hardware, qemu }, surroundings, progress, signal);
  await makeMachineFolders(files);
  await layOverTemplate(template.folder, files.disk, surroundings);
  progress("starting the virtual machine");
  const append = image.boot && kernelArguments(image, hardware.accelerator);
  const made = { phase: "starting" as const, since: "", isNew: true, diskGiB: 0 };
  const record: VmRecord = { ...made, hardware, image: image.digest, append, folders: slots };
  const running = await bringUp({ record, loads: template.state, diskGiB }, job).catch(async (error: unknown) => {
    await rm(files.record, { force: true });
    throw error;
  });
  if (running !== undefined) {
    await tidyCache(surroundings);
    return running;
  }
  if (isLast) throw notLoaded(job);
  await rm(template.folder, { recursive: true, force: true });
  return startNew(spec, job, true);
}

async function startAgain(spec: VmSpec, before: VmRecord, job: Job): Promise<VmRecord> {
  const { files, surroundings, progress } = job;
  await makeMachineFolders(files);
  const record = { ...before, folders: slotsFor(spec.folders, before.folders) };
  const { diskGiB } = spec;
  if (existsSync(files.state)) {
    const isItsOwn = before.savedBy === (await qemuVersion(guestArchitecture(), surroundings));
    if (isItsOwn) progress("resuming the virtual machine");
    const resumed = isItsOwn ? await attempt({ record, loads: files.state, diskGiB }, job) : undefined;
    if (resumed !== undefined) return resumed;
    const why = "QEMU is another one than that which suspended the virtual machine, so it is booted";
    progress(`${why}: what ran in it starts anew`, { isNote: true });
    await rm(files.state, { force: true });
  }
  const hardware = await hardwareFor(spec, record, job);
  progress("booting the virtual machine");
  const append = record.append && kernelArguments({ guest: guestArchitecture() }, hardware.accelerator);
  const booted = await attempt({ record: { ...record, hardware, append }, loads: undefined, diskGiB }, job);
  if (booted !== undefined) return booted;
  throw notLoaded(job);
}

/** Where it comes to nothing, the machine is what it was: suspended where what was saved is still there, else stopped. */
async function attempt(start: Start, job: Job): Promise<VmRecord | undefined> {
  return bringUp(start, job).catch(async (error: unknown) => {
    const phase = existsSync(job.files.state) ? "suspended" : "stopped";
    await writeRecord(job.files, inPhase(start.record, phase, job.surroundings));
    throw error;
  });
}

/** Of a machine that boots: how it is run may have changed with this machine's kernel. */
async function hardwareFor({ cpus, memoryMiB }: VmSpec, record: VmRecord, job: Job): Promise<VmRecord["hardware"]> {
  const { files, surroundings, progress, signal } = job;
  const boot = record.append === undefined ? undefined : kernelIn(files.folder);
  const own: VmImage = { digest: record.image, guest: guestArchitecture(), disk: files.disk, format: "qcow2", boot };
  const { name } = await chooseAccelerator(own, surroundings, progress, signal);
  return { accelerator: name, cpus, memoryMiB };
}
