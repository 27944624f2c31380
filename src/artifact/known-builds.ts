import { createHash } from "node:crypto";
import { readdir, readFile, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { ensureFolder, writeAtomic } from "../host/files.ts";
import { type ArtifactDigest, artifactDigest, type ServiceName } from "../model/names.ts";
import type { Sources } from "./sources.ts";

/** Sources of which builds are known. */
export interface KnownSources {
  readonly sources: Sources;
  /** What a build gave of these sources when they had a digest (hex); undefined where none is known. */
  artifactOf(digest: string): Promise<ArtifactDigest | undefined>;
}

/**
 * Which artifact a build gave of which sources, in `<cache>/known-builds/<service>-<toolchain>`: a file for each set of
 * sources, and one for each build, named by its sources and their digest. Each appears by one rename and is never
 * changed, so that any number of processes may write. A memory only, and a bounded one: what is lost costs a build.
 */
export interface KnownBuilds {
  /** The sources that builds are known of, those that were used last first. */
  candidates(): Promise<readonly KnownSources[]>;
  record(sources: Sources, digest: string, artifact: ArtifactDigest): Promise<void>;
}

/** How many builds of one service for one platform are remembered, by one toolchain. */
const KEPT = 64;
const SOURCES = "sources-";
/** Whoever wrote sources writes the build after them at once. */
const ORPHAN_MS = 60 * 60 * 1000;
const MONTH_MS = 30 * 24 * 60 * 60 * 1000;

/** @param toolchain what decides a build's result besides its sources, as hex */
export function openKnownBuilds(cacheFolder: string, service: ServiceName, toolchain: string): KnownBuilds {
  const root = knownBuildsFolder(cacheFolder);
  const folder = join(root, `${service}-${toolchain.slice(0, 24)}`);
  return {
    async candidates() {
      const newest = await newestFirst(folder);
      const ids = new Set(newest.filter(isBuild).map((name) => name.slice(0, name.indexOf("-"))));
      const known = await Promise.all([...ids].map((id) => knownSources(folder, id)));
      return known.filter((each) => each !== undefined);
    },
    async record(sources, digest, artifact) {
      const text = JSON.stringify(sources);
      const id = createHash("sha256").update(text).digest("hex").slice(0, 24);
      await ensureFolder(folder);
      await writeAtomic(join(folder, `${SOURCES}${id}`), text);
      await writeAtomic(join(folder, `${id}-${digest}`), `${artifact}\n`);
      await forgetOldest(folder, root);
    },
  };
}

/** The folder of what is known of every service's builds, in the user's cache folder. */
export const knownBuildsFolder = (cacheFolder: string): string => join(cacheFolder, "known-builds");

async function knownSources(folder: string, id: string): Promise<KnownSources | undefined> {
  try {
    const sources = JSON.parse(await readFile(join(folder, `${SOURCES}${id}`), "utf8")) as Sources;
    return {
      sources,
      async artifactOf(digest) {
        const file = join(folder, `${id}-${digest}`);
        const text = await readFile(file, "utf8").catch(() => "");
        if (!/^[0-9a-f]{64}\n$/.test(text)) return undefined;
        const now = new Date();
        await utimes(file, now, now).catch(() => undefined);
        return artifactDigest(text.trim());
      },
    };
  } catch {
    return undefined; // damaged, or just forgotten
  }
}

const isBuild = (name: string): boolean => /^[0-9a-f]{24}-[0-9a-f]{64}$/.test(name);

async function newestFirst(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const aged = await Promise.all(names.map(async (name) => ({ name, at: await writtenAt(join(folder, name)) })));
  return aged.sort((a, b) => b.at - a.at).map(({ name }) => name);
}

const writtenAt = (file: string): Promise<number> =>
  stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );

/** Also whole folders that nothing was added to for a month: of services that are gone, and of older toolchains. */
async function forgetOldest(folder: string, root: string): Promise<void> {
  const builds = (await newestFirst(folder)).filter(isBuild);
  for (const name of builds.slice(KEPT)) await rm(join(folder, name), { force: true });
  const used = new Set(builds.slice(0, KEPT).map((name) => name.slice(0, name.indexOf("-"))));
  await forgetWhere(folder, ORPHAN_MS, (name) => name.startsWith(SOURCES) && !used.has(name.slice(SOURCES.length)));
  await forgetWhere(root, MONTH_MS, () => true);
}

async function forgetWhere(folder: string, ageMs: number, isFree: (name: string) => boolean): Promise<void> {
  for (const name of (await readdir(folder)).filter(isFree)) {
    const path = join(folder, name);
    if (Date.now() - (await writtenAt(path)) > ageMs) await rm(path, { recursive: true, force: true });
  }
}
