import { dirname } from "node:path";
import { type GivenRelease, openGivenReleases } from "../artifact/given-releases.ts";
import { choosePrunings, type Pruning } from "../artifact/prune.ts";
import { type Stored, storedIn, storeFolder } from "../artifact/stored.ts";
import { forgetStale, leftOvers, unusedBuildFolders } from "../artifact/tidy.ts";
import { vanish } from "../artifact/vanish.ts";
import { openMount } from "../delivery/mount.ts";
import { mountStore } from "../delivery/uses.ts";
import type { ArtifactKind, BuildName } from "../model/artifact.ts";
import type { ArtifactDigest, ServiceName } from "../model/names.ts";
import { readPins } from "../profile/pins.ts";
import { markedWorkspace } from "../profile/workspace.ts";
import { type KnownCluster, knownClusters } from "./known-clusters.ts";
import type { Machine } from "./machine.ts";

export interface PruneWish {
  /** How many builds of each service stay. */
  readonly keep: number;
  /** How many bytes the store may have; undefined for no bound. */
  readonly max: number | undefined;
  /** Tell, and remove nothing. */
  readonly dryRun: boolean;
  /** A folder in a workspace whose pins count, though no cluster is known that came up from there. */
  readonly from: string;
}

export interface PrunedArtifact {
  readonly digest: ArtifactDigest;
  readonly kind: ArtifactKind;
  readonly bytes: number;
  readonly service: ServiceName | undefined;
  readonly build: BuildName | undefined;
  readonly reason: string;
}

export interface PruneResult {
  readonly removed: readonly PrunedArtifact[];
  /** What killed writers had left, and what compilers had in folders where nothing was built for a month. */
  readonly leftOvers: number;
  /** Bytes that are free now. What a mount still has was removed from the store alone, and freed nothing. */
  readonly freed: number;
  /** What the store has now. */
  readonly left: { readonly artifacts: number; readonly bytes: number; readonly used: number };
}

/** Younger than this, what nobody seems to use may be about to be used: by an `up` or a `fetch` in another process. */
const YOUNG_MS = 60 * 60 * 1000;

/**
 * `devenv artifacts prune`: takes away what the store has beyond the newest builds of each service, then the oldest until
 * it is small enough. Never what a cluster of this machine points at or names in its journal, nor what a pin names in a
 * workspace that is known: the one that this is called in, and those that clusters came up from.
 * @throws Failure when a `pins.yaml` cannot be read: then nothing is removed.
 */
export async function pruneArtifacts(
  { keep, max, dryRun, from }: PruneWish,
  machine: Pick<Machine, "folders" | "store" | "clock">,
): Promise<PruneResult> {
  const { cache } = machine.folders;
  const [now, notes] = [machine.clock.now(), openGivenReleases(cache)];
  const [clusters, given, stored] = await Promise.all([
    knownClusters(machine.folders),
    notes.all(),
    storedIn(storeFolder(cache)),
  ]);
  const used = await usedBy(clusters, given, from);
  const chosen = choosePrunings(stored, given, used, { keep, max, before: now - YOUNG_MS });
  const left = stored.filter((each) => !chosen.some((pruning) => pruning.stored === each));
  const leftNow = {
    artifacts: left.length,
    bytes: sum(left),
    used: sum(left.filter(({ digest }) => used.has(digest))),
  };
  const swept = await Promise.all([
    ...places(cache, clusters).map((folder) => leftOvers(folder, now - YOUNG_MS)),
    unusedBuildFolders(cache, now),
  ]);
  const result = { removed: chosen.map(describe), leftOvers: swept.flat().length, left: leftNow };
  if (dryRun) return { ...result, freed: sum(chosen.map((pruning) => pruning.stored)) };
  let freed = 0;
  // The mounts first: what only they have besides the store is free when the store lets go of it.
  for (const { folder } of clusters) freed += (await openMount(folder, machine.store).prune(YOUNG_MS)).freed;
  for (const path of [...swept.flat(), ...chosen.map((pruning) => pruning.stored.path)])
    freed += await vanish(path, dirname(path));
  await forgetStale(cache, notes, { stored: new Set(left.map(({ digest }) => digest)), before: now - YOUNG_MS, now });
  return { ...result, freed };
}

const places = (cache: string, clusters: readonly KnownCluster[]): string[] => [
  storeFolder(cache),
  ...clusters.map(({ folder }) => mountStore(folder)),
];

/** What clusters use, and what pins name: a pin has a build's number, and the notes say which artifact that is. */
async function usedBy(
  clusters: readonly KnownCluster[],
  given: readonly GivenRelease[],
  from: string,
): Promise<ReadonlySet<ArtifactDigest>> {
  const here = await markedWorkspace(from);
  const known = clusters.flatMap(({ workspace }) => workspace ?? []);
  const workspaces = new Set([...known, ...(here === undefined ? [] : [here])]);
  const pinned = new Set<string>();
  for (const workspace of workspaces) {
    for (const [service, { build }] of await readPins(workspace)) pinned.add(`${service} ci:${build}`);
  }
  const ofPins = given.filter(({ service, build }) => pinned.has(`${service} ${build}`));
  const digests = ofPins.flatMap(({ artifact, config }) => (config === undefined ? [artifact] : [artifact, config]));
  return new Set([...clusters.flatMap(({ uses }) => uses.map(({ digest }) => digest)), ...digests]);
}

const describe = ({ stored: { digest, kind, bytes }, given: [newest], reason }: Pruning): PrunedArtifact => ({
  digest,
  kind,
  bytes,
  service: newest?.service,
  build: newest?.artifact === digest ? newest.build : undefined,
  reason,
});

const sum = (stored: readonly Stored[]): number => stored.reduce((bytes, each) => bytes + each.bytes, 0);
