import { mkdtemp, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { writeJson } from "../../host/files.ts";
import { withLock } from "../../host/lock.ts";
import { Failure } from "../../model/failure.ts";
import type { VmAccelerator, VmImageWish } from "../../model/vm.ts";
import type { ProviderProgress } from "../provider.ts";
import type { Surroundings } from "../surroundings.ts";
import { guestArchitecture } from "./architecture.ts";
import { cacheFolder, cacheLock, noteUse } from "./cache.ts";
import { builtImage } from "./image-build.ts";
import { downloadedImage } from "./image-download.ts";
import { type ImageRecord, RECORD, readImage } from "./image-record.ts";
import type { VmImage } from "./image-source.ts";

export type { VmImage } from "./image-source.ts";

/**
 * Has the image that machines start from: what is there, else it is built (a minute) or downloaded. Of two that want one
 * at once the second waits. Killed at any instant, nothing that is taken for an image is left.
 * @throws Failure (environment) with what is missing here and the command that installs it; `interrupted` on abort
 */
export async function haveImage(
  wish: VmImageWish,
  surroundings: Surroundings,
  progress: ProviderProgress,
  signal?: AbortSignal,
): Promise<VmImage> {
  const guest = guestArchitecture();
  const source = wish.from === "packages" ? builtImage(guest) : downloadedImage(wish);
  const root = await cacheFolder("images", surroundings);
  const folder = join(root, source.digest);
  await noteUse(folder, surroundings);
  const read = () => readImage(folder, source.digest, guest);
  const there = await read();
  if (there !== undefined) return there;
  const lock = { wait: true, command: "devenv, which makes a virtual machine's disk", clock: surroundings.clock };
  return withLock(cacheLock(root, source.digest), { ...lock, ...(signal && { signal }) }, async () => {
    const meanwhile = await read();
    if (meanwhile !== undefined) return meanwhile;
    await inPlace(folder, (incoming) => source.make(incoming, surroundings, progress, signal));
    const made = await read();
    if (made === undefined) throw new Failure("bug", `the image that was just made in ${folder} is not whole`);
    return made;
  });
}

/** The folder gets its name when all of it is on the disk; what a killed one before this left is taken away first. */
async function inPlace(folder: string, make: (incoming: string) => Promise<VmImage["format"]>): Promise<void> {
  const begins = `${basename(folder)}.incoming`;
  for (const name of await readdir(dirname(folder))) {
    if (name.startsWith(begins)) await rm(join(dirname(folder), name), { recursive: true, force: true });
  }
  // Under another name each time: what a killed one started may live a moment longer, and write what it was told to.
  const incoming = await mkdtemp(`${folder}.incoming-`);
  try {
    const format = await make(incoming);
    await writeJson(join(incoming, RECORD), { format, sizes: await syncedSizes(incoming) } satisfies ImageRecord);
    await rm(folder, { recursive: true, force: true });
    await rename(incoming, folder);
  } catch (thrown) {
    await rm(incoming, { recursive: true, force: true });
    throw thrown;
  }
}

async function syncedSizes(folder: string): Promise<Record<string, number>> {
  const sizes: Record<string, number> = {};
  for (const name of await readdir(folder)) {
    const file = await open(join(folder, name), "r");
    try {
      await file.chmod(0o400);
      await file.sync();
      sizes[name] = (await file.stat()).size;
    } finally {
      await file.close();
    }
  }
  return sizes;
}

/** The kernel's command line of an image that is booted directly, without what is a machine's own. */
export function kernelArguments({ guest }: Pick<VmImage, "guest">, accelerator: VmAccelerator): string {
  return [
    ...["root=/dev/vda", "rootfstype=ext4", `console=${guest.console}`, "quiet", "panic=-1"],
    ...["lsm=yama", "net.ifnames=0", "random.trust_cpu=on", "cryptomgr.notests", "rcupdate.rcu_expedited=1"],
    // On a busy host the trial of the timer fails, and the kernel stops there ("8254 timer not connected to IO-APIC"); a
    // guest that was saved for a night has not locked up.
    ...["no_timer_check", "nowatchdog"],
    // An emulated processor has none of the weaknesses, and pays for each remedy's instructions.
    ...(accelerator === "tcg" ? ["mitigations=off"] : []),
  ].join(" ");
}
