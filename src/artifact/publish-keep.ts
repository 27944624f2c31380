import { lstat, readdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { errorCode, readText, writeJson } from "../host/files.ts";
import { parseManifest } from "./manifest.ts";
import { HISTORY, manifestOf } from "./manifest-builds.ts";
import type { History, Manifest, ManifestService } from "./manifest-checks.ts";

/** What was taken out of a CI folder. */
export interface Dropped {
  /** Numbers of builds that are not to be had any more. */
  readonly builds: readonly number[];
  readonly bytes: number;
}

interface Kept {
  readonly history: History;
  /** Paths of contents that something names, relative to the folder. */
  readonly paths: ReadonlySet<string>;
}

/**
 * Removes from a CI folder what only builds before the newest `count` have. What `manifest.json` names stays, however old
 * it is, and can still be asked for by its number. First nothing names it any more, then it goes: a process that is
 * killed in between leaves files that the next one removes.
 */
export async function dropOldBuilds(folder: string, count: number, newest: Manifest, past: History): Promise<Dropped> {
  const numbers = (await readdir(join(folder, "builds"))).filter((name) => /^\d+$/.test(name)).map(Number);
  const sorted = numbers.sort((a, b) => b - a);
  const old = sorted.slice(count);
  const { history, paths } = await keptOf(folder, sorted.slice(0, count), newest, past);
  if (old.length === 0) return { builds: [], bytes: 0 };
  await writeJson(join(folder, HISTORY), history, 0o644);
  const builds: number[] = [];
  let bytes = 0;
  for (const number of old) {
    if (!(await keepEntries(folder, number, history))) builds.push(number);
    bytes += await dropFiles(folder, number, paths);
  }
  return { builds, bytes };
}

async function keptOf(folder: string, numbers: readonly number[], newest: Manifest, past: History): Promise<Kept> {
  const manifests = await Promise.all(numbers.map((number) => readManifest(folder, number)));
  const oldest = Math.min(...numbers, newest.build);
  const isKept = (service: string, build: number) => build >= oldest || newest.services[service]?.build === build;
  const services = Object.entries(past.services).map(
    ([service, entries]) => [service, entries.filter(({ build }) => isKept(service, build))] as const,
  );
  const history: History = { version: 1, services: Object.fromEntries(services) };
  // What a manifest says of an earlier build is no build of its own: it cannot be asked for by that number.
  const own = manifests.flatMap((manifest) => Object.values(manifest?.services ?? {}));
  const young = own.filter(({ build = oldest }) => build >= oldest);
  const all = [...Object.values(newest.services), ...young, ...Object.values(history.services).flat()];
  return { history, paths: new Set(all.flatMap(pathsOf)) };
}

async function readManifest(folder: string, number: number): Promise<Manifest | undefined> {
  const file = join(folder, manifestOf(number));
  const text = await readText(file);
  return text === undefined ? undefined : parseManifest(text, file);
}

const pathsOf = ({ artifacts, config, setup }: ManifestService): string[] =>
  [...artifacts, config ?? [], setup ?? []].flat().map(({ path }) => path);

/** Leaves in an old build's own manifest what is kept of it; false when nothing is, and it is gone. */
async function keepEntries(folder: string, number: number, history: History): Promise<boolean> {
  const manifest = await readManifest(folder, number);
  const kept = Object.entries(manifest?.services ?? {}).filter(
    ([service, entry]) => entry.build === number && history.services[service]?.some(({ build }) => build === number),
  );
  const file = join(folder, manifestOf(number));
  if (manifest === undefined || kept.length === 0) await rm(file, { force: true });
  else await writeJson(file, { ...manifest, services: Object.fromEntries(kept) }, 0o644);
  return kept.length > 0;
}

/** Removes the files of a build that nothing names, and the folders that are empty then; gives their bytes. */
async function dropFiles(folder: string, number: number, named: ReadonlySet<string>): Promise<number> {
  const top = join(folder, "builds", String(number));
  const entries = await readdir(top, { recursive: true, withFileTypes: true });
  const paths = entries.map((entry) => ({ isFolder: entry.isDirectory(), path: join(entry.parentPath, entry.name) }));
  let bytes = 0;
  for (const { path } of paths.filter(({ isFolder }) => !isFolder)) {
    const inFolder = path.slice(folder.length + 1);
    if (named.has(inFolder) || inFolder === manifestOf(number)) continue;
    bytes += (await lstat(path)).size;
    await rm(path);
  }
  const folders = paths.flatMap(({ isFolder, path }) => (isFolder ? [path] : []));
  for (const path of [...folders.sort().reverse(), top]) await removeIfEmpty(path);
  return bytes;
}

async function removeIfEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch((cause) => {
    if (errorCode(cause) !== "ENOTEMPTY") throw cause;
  });
}
