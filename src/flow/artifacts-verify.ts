import { dirname } from "node:path";
import { openPackedDigests } from "../artifact/packed-digests.ts";
import { type Stored, storedIn, storeFolder } from "../artifact/stored.ts";
import { vanish } from "../artifact/vanish.ts";
import { areLinked, findDamaged } from "../artifact/verify.ts";
import { mountStore } from "../delivery/uses.ts";
import type { ArtifactKind, BuildName } from "../model/artifact.ts";
import type { ArtifactDigest, ClusterName, ServiceName } from "../model/names.ts";
import { type KnownCluster, knownClusters } from "./known-clusters.ts";
import type { Machine } from "./machine.ts";

/** A service that has an artifact, or would start it. */
export interface ArtifactUser {
  readonly cluster: ClusterName;
  readonly service: ServiceName;
  readonly build: BuildName | undefined;
  /** Its next start takes it. */
  readonly isPointedAt: boolean;
}

export interface DamagedArtifact {
  readonly digest: ArtifactDigest;
  readonly kind: ArtifactKind;
  readonly bytes: number;
  readonly damage: string;
  /** Where it is damaged: in the store, in mounts of clusters. */
  readonly places: readonly string[];
  readonly usedBy: readonly ArtifactUser[];
}

export interface Verification {
  /** How many artifacts, and how many bytes of them, were read. */
  readonly artifacts: number;
  readonly bytes: number;
  readonly damaged: readonly DamagedArtifact[];
}

export interface VerifyWish {
  /**
   * Whether what is damaged is taken away, so that the next `up` or `fetch` brings it anew. A process that runs keeps
   * what it was started from; a service that starts anew before finds nothing, rather than what is damaged.
   */
  readonly repair: boolean;
  /** Called as artifacts are read; both numbers in bytes. */
  readonly onProgress: (done: number, total: number) => void;
}

/** An artifact, and where its bytes appear besides. */
interface Place extends Stored {
  /** Undefined in the store. */
  readonly cluster: KnownCluster | undefined;
  /** In mounts, by hard link: what is damaged here is damaged there. */
  readonly linked: readonly string[];
}

/**
 * `devenv artifacts verify`: reads all that the store has, and what mounts have besides (copies, and what the store has
 * no longer), and compares it with its digests.
 * @throws the signal's reason; nothing was taken away then.
 */
export async function verifyArtifacts(
  { repair, onProgress }: VerifyWish,
  machine: Pick<Machine, "folders" | "signal">,
): Promise<Verification> {
  const { cache } = machine.folders;
  const clusters = await knownClusters(machine.folders);
  const places = await placesOf(cache, clusters);
  const onBytes = counting(places, onProgress);
  const found = await findDamaged(places, cache, { signal: machine.signal, onBytes });
  const damaged = places.filter(({ path }) => found.has(path));
  if (repair) for (const place of damaged) await takeAway(place, cache);
  return {
    artifacts: places.length,
    bytes: sum(places),
    damaged: damaged.map((place) => describe(place, found.get(place.path) ?? "", clusters)),
  };
}

async function placesOf(cache: string, clusters: readonly KnownCluster[]): Promise<Place[]> {
  const inStore = await storedIn(storeFolder(cache));
  const linked = new Map<string, string[]>(inStore.map(({ path }) => [path, []]));
  const others: Place[] = [];
  const byDigest = new Map(inStore.map(({ digest, path }) => [digest, path]));
  for (const cluster of clusters) {
    for (const stored of await storedIn(mountStore(cluster.folder))) {
      const original = byDigest.get(stored.digest);
      if (original !== undefined && (await areLinked(original, stored.path))) linked.get(original)?.push(stored.path);
      else others.push({ ...stored, cluster, linked: [] });
    }
  }
  return [
    ...inStore.map((stored) => ({ ...stored, cluster: undefined, linked: linked.get(stored.path) ?? [] })),
    ...others,
  ];
}

/** The store's first: while it is there, an `up` would only link it into the mount again. */
async function takeAway({ path, linked, digest, cluster }: Place, cache: string): Promise<void> {
  for (const each of [path, ...linked]) await vanish(each, dirname(each));
  if (cluster === undefined) await openPackedDigests(cache).forget(digest);
}

function describe(
  { digest, kind, bytes, cluster, linked, path }: Place,
  damage: string,
  clusters: readonly KnownCluster[],
) {
  const own = cluster === undefined ? "store" : `mount of ${cluster.name}`;
  const holders = clusters.filter(({ folder }) => [path, ...linked].some((each) => each.startsWith(`${folder}/`)));
  const mounts = holders.map(({ name }) => `mount of ${name}`).filter((name) => name !== own);
  const usedBy = clusters.flatMap(({ name, uses }) =>
    uses
      .filter((use) => use.digest === digest)
      .map(({ service, build, isPointedAt }) => ({ cluster: name, service, build, isPointedAt })),
  );
  return { digest, kind, bytes, damage, places: [own, ...mounts], usedBy: oncePerService(usedBy) };
}

/** What a service has as several things is told once; that it runs it counts most. */
function oncePerService(users: readonly ArtifactUser[]): ArtifactUser[] {
  const byService = new Map<string, ArtifactUser>();
  for (const user of users) {
    const key = `${user.cluster}/${user.service}`;
    if (byService.get(key)?.isPointedAt !== true) byService.set(key, user);
  }
  return [...byService.values()];
}

/** How many bytes go by from one word about them to the next. */
const TOLD_EVERY = 16_000_000;

/** Counts the bytes of all that is read. */
function counting(places: readonly Stored[], onProgress: VerifyWish["onProgress"]): (bytes: number) => void {
  const total = sum(places);
  let [done, next] = [0, 0];
  return (bytes) => {
    done += bytes;
    if (done < next) return;
    next = done + TOLD_EVERY;
    onProgress(Math.min(done, total), total); // of a tree, the tar around its files is read too
  };
}

const sum = (places: readonly Stored[]): number => places.reduce((bytes, place) => bytes + place.bytes, 0);
