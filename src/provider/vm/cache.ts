import { readdir, rm, stat, utimes } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ensureFolder, withoutLinks } from "../../host/files.ts";
import { withLock } from "../../host/lock.ts";
import type { Surroundings } from "../surroundings.ts";
import { machineFiles } from "./layout.ts";
import { findQemu, killQemu } from "./qemu-process.ts";

/** What is kept to start machines from, each by its digest. */
type Kept = "images" | "templates";

/** What was needed by no start for so long is made anew where one needs it. */
const KEPT_UNUSED_MS = 30 * 24 * 3_600_000;

/** Where they lie; without links on the way, because a QEMU is known by the path that it was started with. */
export async function cacheFolder(kept: Kept, { folders }: Surroundings): Promise<string> {
  const root = join(folders.cache, "vm", kept);
  await ensureFolder(root);
  return withoutLinks(root);
}

/** The lock under which one of them is made, or taken away. */
export const cacheLock = (root: string, digest: string): string => join(root, ".locks", digest);

/** Notes that one of them is needed now; nothing where it is not there. */
export async function noteUse(folder: string, { clock }: Surroundings): Promise<void> {
  const now = new Date(clock.now());
  await utimes(folder, now, now).catch(() => undefined);
}

/**
 * Takes away what no start has needed for a month, and what a devenv that was killed left half made, with the QEMU that it
 * ran. Machines lose nothing by it: what they need is also in their own folders. What somebody makes now is left alone.
 */
export async function tidyCache(surroundings: Surroundings): Promise<void> {
  for (const kept of ["images", "templates"] as const) {
    const root = await cacheFolder(kept, surroundings);
    // Taken by who makes it, or another account's: the next start looks again.
    for (const name of await readdir(root)) await tidy(kept, join(root, name), surroundings).catch(() => undefined);
  }
}

async function tidy(kept: Kept, folder: string, surroundings: Surroundings): Promise<void> {
  const { clock } = surroundings;
  const [, digest, isPart] = /^([0-9a-f]{64})(\..+)?$/.exec(basename(folder)) ?? [];
  if (digest === undefined) return;
  if (!isPart && clock.now() - (await stat(folder)).mtimeMs < KEPT_UNUSED_MS) return;
  const lock = cacheLock(dirname(folder), digest);
  await withLock(lock, { wait: false, command: "devenv, which tidies up", clock }, () =>
    kept === "templates" ? clear(folder, surroundings) : rm(folder, { recursive: true, force: true }),
  );
}

/** Removes the folder of a template, also of one that is being made, and ends the QEMU that runs in it. */
export async function clear(folder: string, surroundings: Surroundings): Promise<void> {
  const files = machineFiles(folder, surroundings);
  const pid = findQemu(files);
  if (pid !== undefined) await killQemu(pid, surroundings);
  for (const each of [files.folder, files.run]) await rm(each, { recursive: true, force: true });
}
