import { existsSync, rmSync } from "node:fs";
import { lstat, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { INCOMING, sweep } from "../artifact/incoming.ts";
import { vanish } from "../artifact/vanish.ts";
import { ensureFolder, errorCode } from "../host/files.ts";
import type { Platform, Release } from "../model/artifact.ts";
import type { ObservedDelivery } from "../model/delivery.ts";
import { environmentFailure, failed } from "../model/failure.ts";
import { type ArtifactDigest, type ServiceName, shortDigest } from "../model/names.ts";
import { flip, makeEntry } from "./entries.ts";
import { prepareInit } from "./init.ts";
import { type NewRecord, openRecords, type Records } from "./records.ts";
import { journalFolder, listing, mountFolder, POINTERS, target, usesIn } from "./uses.ts";

/** What the mount needs of the store of artifacts. */
export interface Artifacts {
  pathOf(digest: ArtifactDigest): string;
}

/**
 * The folder that every container of a cluster sees read-only as /devenv (DESIGN section 4), and the journal beside
 * it. Whatever is under a name that a container could run is complete, at every instruction; any number of processes
 * may deliver at once.
 */
export interface Mount {
  /** Absolute path on this machine: the source of the bind mount. */
  readonly folder: string;
  /** The daemon's volume that has the same, where that is what containers mount instead: delivery by `push`. */
  readonly volume?: string | undefined;
  /**
   * Makes the folders, the supervisor and the busybox that runs it; rewrites only what differs.
   * @throws Failure (environment) when this machine has no static busybox for the daemon's platform.
   */
  prepare(platform: Platform): Promise<void>;
  /**
   * Makes a release visible in the mount and points the service at it: its config first, then its code.
   * @throws Failure when the store does not have it.
   */
  point(service: ServiceName, release: Release): Promise<void>;
  /**
   * Has the next fresh container of each service find its pre_setup.sh, as it is in the store; of one that is not named,
   * none. No container that runs is touched by it.
   * @throws Failure when the store does not have it.
   */
  pointSetups(services: readonly ServiceName[], scripts: ReadonlyMap<ServiceName, ArtifactDigest>): Promise<void>;
  /** What lies in the mount for each service at this moment, and the journal's word of it. */
  observe(services: readonly ServiceName[]): Map<ServiceName, ObservedDelivery>;
  /** Writes the journal; to be called before `point` moves what it speaks of. */
  record(record: NewRecord): Promise<void>;
  /** Removes the service's pointers and its record. */
  forget(service: ServiceName): Promise<void>;
  /**
   * Removes entries that neither a pointer nor a record names, and gives their number. Entries that came or were
   * pointed at less than `minimumAgeMs` ago stay: another process may be about to name them.
   */
  prune(minimumAgeMs?: number): Promise<Pruned>;
  /** Removes the mount and the journal; to be called when no container has it any more. */
  clear(): Promise<void>;
  /** Has ready what the first `point` would wait for. Fails only where that would fail, too. */
  warm(): Promise<void>;
  /** Lets go of what `warm`, or the first that was called, has opened. */
  close(): void;
}

export interface Pruned {
  readonly entries: number;
  /** Bytes that are free now; what the store still has is not among them. */
  readonly freed: number;
}

const MINUTE_MS = 60_000;

/** The mount of the cluster whose folder (`clusterFolder` of host/folders) is given. Touches nothing yet. */
export function openMount(clusterFolder: string, artifacts: Artifacts): Mount {
  const [folder, journal] = [mountFolder(clusterFolder), journalFolder(clusterFolder)];
  const records = openRecords(journal);
  return {
    folder,
    async prepare(platform) {
      await prepare(folder, platform);
      // What killed ones left: of a journal that was being written, of a mount that was being removed.
      for (const path of [clusterFolder, journal]) await sweep(path, INCOMING, Date.now()).catch(() => undefined);
    },
    point: (service, release) => point(folder, service, release, artifacts),
    async pointSetups(services, scripts) {
      for (const service of services) await pointSetup(folder, service, scripts.get(service), artifacts);
    },
    observe: (services) => new Map(services.map((service) => [service, observeOne(folder, service, records)])),
    record: (record) => records.write(record),
    async forget(service) {
      await rm(pointerOf(folder, "bin", service), { force: true });
      await rm(pointerOf(folder, "config", service), { force: true });
      await rm(pointerOf(folder, "setup", service), { force: true });
      await records.remove(service);
    },
    prune: (minimumAgeMs = MINUTE_MS) => prune(folder, records, minimumAgeMs),
    async clear() {
      await vanish(folder, clusterFolder);
      await vanish(journal, clusterFolder);
    },
    warm: () => Promise.resolve(),
    close: () => undefined,
  };
}

type Pointer = (typeof POINTERS)[number];

const pointerOf = (folder: string, kind: Pointer, service: ServiceName): string => join(folder, kind, service);
export const entryOf = (folder: string, digest: ArtifactDigest): string => join(folder, "store", digest);

async function prepare(folder: string, platform: Platform): Promise<void> {
  await ensureFolder(folder, 0o755); // a container may run as anybody
  for (const name of [...POINTERS, "store", "init"]) {
    await ensureFolder(join(folder, name), 0o755);
    await sweep(join(folder, name), INCOMING, Date.now());
  }
  await prepareInit(join(folder, "init"), platform);
}

/** How often an entry may vanish under a pointer (a `prune` that began before) until something is very wrong. */
const ATTEMPTS = 3;

async function point(folder: string, service: ServiceName, release: Release, artifacts: Artifacts): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await pointAt(folder, "config", service, release.config, artifacts);
    await pointAt(folder, "bin", service, codeOf(release), artifacts);
    if (isWhole(folder, release)) return;
    if (attempt < ATTEMPTS) continue;
    throw failed(`${service}: what was delivered disappears from ${folder}`, {
      hint: "Another program removes files there; find it, then run `devenv up` again.",
    });
  }
}

/** A service that runs its image's own program is given its config, and no code. */
export const codeOf = ({ artifact, config }: Release): ArtifactDigest | undefined =>
  artifact.digest === config ? undefined : artifact.digest;

async function pointSetup(
  folder: string,
  service: ServiceName,
  digest: ArtifactDigest | undefined,
  artifacts: Artifacts,
): Promise<void> {
  const isInPlace = target(pointerOf(folder, "setup", service)) === digest;
  if (isInPlace && (digest === undefined || isThere(folder, digest))) return;
  await pointAt(folder, "setup", service, digest, artifacts);
}

async function pointAt(
  folder: string,
  kind: Pointer,
  service: ServiceName,
  digest: ArtifactDigest | undefined,
  artifacts: Artifacts,
): Promise<void> {
  const pointer = pointerOf(folder, kind, service);
  if (digest === undefined) {
    rmSync(pointer, { force: true });
    return;
  }
  try {
    await makeEntry(artifacts.pathOf(digest), entryOf(folder, digest));
    await flip(pointer, `../store/${digest}`);
  } catch (cause) {
    throw await explain(cause, service, digest, artifacts);
  }
}

/** Has what a release is made of in a mount's store, and points at nothing. @throws as `point` */
export async function placeRelease(folder: string, service: ServiceName, release: Release, artifacts: Artifacts) {
  for (const digest of digestsOf(release)) {
    try {
      await makeEntry(artifacts.pathOf(digest), entryOf(folder, digest));
    } catch (cause) {
      throw await explain(cause, service, digest, artifacts);
    }
  }
}

const digestsOf = ({ artifact, config }: Release): ArtifactDigest[] => [
  ...new Set(config === undefined ? [artifact.digest] : [config, artifact.digest]),
];

const isWhole = (folder: string, release: Release): boolean =>
  digestsOf(release).every((digest) => isThere(folder, digest));

const isThere = (folder: string, digest: ArtifactDigest): boolean => existsSync(entryOf(folder, digest));

async function explain(cause: unknown, service: ServiceName, digest: ArtifactDigest, artifacts: Artifacts) {
  const path = artifacts.pathOf(digest);
  const isStored = await stat(path).then(
    () => true,
    () => false,
  );
  if (!isStored) {
    return failed(`${service}: the store of artifacts no longer has ${shortDigest(digest)}`, {
      hint: "Run `devenv up`: it fetches what is missing.",
      cause,
    });
  }
  const words = cause instanceof Error ? cause.message : String(cause);
  const hint = errorCode(cause) === "ENOSPC" ? "The disk is full: free some space." : undefined;
  return environmentFailure(`${service}: cannot put ${shortDigest(digest)} into the mount: ${words}`, { hint, cause });
}

function observeOne(folder: string, service: ServiceName, records: Records): ObservedDelivery {
  const [artifact, config] = (["bin", "config"] as const).map((kind) => delivered(pointerOf(folder, kind, service)));
  return {
    // Without code of ours it is the config that was delivered.
    artifact: artifact ?? config,
    config,
    hasSetup: target(pointerOf(folder, "setup", service)) !== undefined,
    record: records.read(service),
  };
}

/** Where a pointer leads; undefined also when nothing is there any more, as after `devenv artifacts verify --repair`. */
const delivered = (pointer: string): ArtifactDigest | undefined => (existsSync(pointer) ? target(pointer) : undefined);

async function prune(folder: string, records: Records, minimumAgeMs: number): Promise<Pruned> {
  // What is there is listed before what is named: an entry that comes between the two is not in the list.
  const entries = listing(join(folder, "store")).filter((name) => !name.startsWith("."));
  const named = new Set<string>(usesIn(folder, records).map(({ digest }) => digest));
  let [removed, freed] = [0, 0];
  for (const name of entries.filter((entry) => !named.has(entry))) {
    const path = join(folder, "store", name);
    const facts = await lstat(path).catch(() => undefined);
    if (facts === undefined || Date.now() - facts.ctimeMs < minimumAgeMs) continue;
    freed += await vanish(path, join(folder, "store"));
    removed++;
  }
  return { entries: removed, freed };
}
