import { createHash } from "node:crypto";
import { rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { isFolder } from "../../host/files.ts";
import type { ProviderProgress } from "../provider.ts";
import type { Surroundings } from "../surroundings.ts";
import { type Hardware, type QemuRun, qemuArguments } from "./arguments.ts";
import { cacheFolder, cacheLock, clear, noteUse } from "./cache.ts";
import { kernelIn, layOverImage } from "./disk.ts";
import { makeEmpty } from "./guest.ts";
import emptyScript from "./guest-empty.sh";
import { kernelArguments, type VmImage } from "./image.ts";
import { inTurn } from "./in-turn.ts";
import { type MachineFiles, machineFiles, makeMachineFolders } from "./layout.ts";
import { BOOTS_WITHIN_MS, endQemu, openAgent, startQemu } from "./qemu-process.ts";
import { saveGuest } from "./save.ts";

/** What a template is made of. */
export interface TemplateWish {
  readonly image: VmImage;
  readonly hardware: Hardware;
  /** Of QEMU: another one may not understand what this one saved. */
  readonly qemu: string;
}

export interface Template {
  readonly folder: string;
  /** The saved guest. */
  readonly state: string;
}

/** The name of a template: of everything that decides what is in it. */
export function templateDigest({ image, hardware, qemu }: TemplateWish): string {
  const files = machineFilesNamed();
  const boot = image.boot && { kernel: "", initrd: "", append: kernelArguments(image, hardware.accelerator) };
  const how = { folders: [], loads: false, flushes: false };
  const run: QemuRun = { name: "", guest: image.guest, hardware, boot, files, ...how };
  const words = [image.digest, qemu, emptyScript, ...qemuArguments(run)];
  return createHash("sha256").update(JSON.stringify(words)).digest("hex");
}

/** As any machine's, without a place. */
function machineFilesNamed(): MachineFiles {
  const names = { disk: "disk", state: "state", monitor: "monitor", agent: "agent", pid: "pid" };
  return { ...names, folder: "", run: "", record: "", log: "", console: "console", nothing: "nothing" };
}

/**
 * Has the folder with an empty guest that was booted once and saved with its memory: what is there, or it is made, which
 * takes a cold boot. Of two that want one at once the second waits. Killed at any instant, nothing that is taken for a
 * template is left.
 * @throws Failure (environment) with QEMU's or the guest's last words; `interrupted` on abort
 */
export async function haveTemplate(
  wish: TemplateWish,
  surroundings: Surroundings,
  progress: ProviderProgress,
  signal?: AbortSignal,
): Promise<Template> {
  const root = await cacheFolder("templates", surroundings);
  const digest = templateDigest(wish);
  const folder = join(root, digest);
  await noteUse(folder, surroundings);
  const made: Template = { folder, state: join(folder, basename(machineFilesNamed().state)) };
  if (await isFolder(folder)) return made;
  return inTurn(
    cacheLock(root, digest),
    "devenv, which boots the first machine of a size",
    { surroundings, progress, signal },
    async () => {
      if (await isFolder(folder)) return made;
      const building = machineFiles(`${folder}.new`, surroundings);
      await clear(building.folder, surroundings);
      progress("booting an empty virtual machine, once for its size");
      await build(wish, building, surroundings, signal).catch(async (error: unknown) => {
        await clear(building.folder, surroundings);
        throw error;
      });
      await rename(building.folder, folder);
      return made;
    },
  );
}

async function build(
  { image, hardware }: TemplateWish,
  files: MachineFiles,
  surroundings: Surroundings,
  signal: AbortSignal | undefined,
): Promise<void> {
  await makeMachineFolders(files);
  await layOverImage(image, files.folder, files.disk, surroundings);
  const append = kernelArguments(image, hardware.accelerator);
  const boot = image.boot && { ...kernelIn(files.folder), append };
  const how = { folders: [], loads: false, flushes: false };
  const run: QemuRun = { name: "template", guest: image.guest, hardware, boot, files, ...how };
  const monitor = await startQemu(run, surroundings, signal);
  try {
    const agent = await openAgent(files, { timeoutMs: BOOTS_WITHIN_MS, signal });
    await makeEmpty({ agent, signal }).finally(() => agent.close());
    await saveGuest(monitor, files.state, surroundings);
    await endQemu(monitor, files, surroundings);
  } finally {
    monitor.close();
  }
  const remains = [files.pid, files.log, files.console, files.nothing, files.monitor, files.agent];
  for (const each of remains) await rm(each, { recursive: true, force: true });
  if (files.run !== files.folder) await rm(files.run, { recursive: true, force: true });
}
