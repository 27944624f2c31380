import { lstat, readdir, readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { isAlive } from "../host/liveness.ts";
import type { GivenReleases } from "./given-releases.ts";
import { INCOMING } from "./incoming.ts";

/**
 * What killed writers left under temporary names in a folder. One whose process lives is not touched, however long it
 * takes; nor is a young one: a name may be used again.
 * @returns the paths.
 */
export async function leftOvers(folder: string, before: number): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const left: string[] = [];
  for (const name of names.filter((each) => each.startsWith(INCOMING))) {
    const pid = Number(/^(\d+)-/.exec(name.slice(INCOMING.length))?.[1]);
    const facts = await lstat(join(folder, name)).catch(() => undefined);
    if (facts !== undefined && facts.mtimeMs < before && !isAlive(pid)) left.push(join(folder, name));
  }
  return left;
}

const MONTH_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * The folders that services are built in, `cargo`'s large ones among them, in which nothing was built for a month. Each
 * build makes something in its folder, so that its time is that of the last one.
 * @returns the paths.
 */
export async function unusedBuildFolders(cacheFolder: string, now: number): Promise<string[]> {
  const root = join(cacheFolder, "builds");
  const folders = (await readdir(root).catch(() => [])).map((name) => join(root, name));
  const facts = await Promise.all(folders.map((folder) => lstat(folder).catch(() => undefined)));
  return folders.filter((_, index) => (facts[index]?.mtimeMs ?? now) < now - MONTH_MS);
}

export interface Staleness {
  readonly stored: ReadonlySet<string>;
  /** What was noted since then (milliseconds since the epoch) may be of an artifact that is about to come. */
  readonly before: number;
  readonly now: number;
}

/**
 * Forgets what is of no use any more: notes of artifacts that the store has no longer, and what servers answered more
 * than a month ago. All of it is made anew where it is needed after all.
 */
export async function forgetStale(cacheFolder: string, given: GivenReleases, staleness: Staleness): Promise<void> {
  const { stored, before, now } = staleness;
  for (const release of await given.all()) {
    if (!stored.has(release.artifact) && release.at < before) await given.forget(release);
  }
  await forgetWhere(join(cacheFolder, "packed"), before, async (file) => !stored.has(basename(file)));
  await forgetWhere(join(cacheFolder, "known"), now - MONTH_MS, async (file) => {
    const digest = await readFile(file, "utf8").catch(() => "");
    return !stored.has(digest.trim());
  });
  for (const answers of ["http", "answers"]) await forgetWhere(join(cacheFolder, answers), now - MONTH_MS);
}

/** Removes the files of a folder that are older, and of which it is said. */
async function forgetWhere(
  folder: string,
  before: number,
  isStale?: (file: string) => Promise<boolean>,
): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const file = join(folder, name);
    const facts = await lstat(file).catch(() => undefined);
    if (facts === undefined || !facts.isFile() || facts.mtimeMs >= before) continue;
    if ((await isStale?.(file)) ?? true) await rm(file, { force: true });
  }
}
