import { readdirSync, readlinkSync } from "node:fs";
import { basename, join } from "node:path";
import type { BuildName } from "../model/artifact.ts";
import { type ArtifactDigest, artifactDigest, type ServiceName, serviceName } from "../model/names.ts";
import { openRecords, type Records, releasesOf } from "./records.ts";

/** What a cluster has an artifact for. */
export interface Use {
  readonly digest: ArtifactDigest;
  readonly service: ServiceName;
  /** What the journal calls it; undefined of a config, a pre_setup.sh, or what no journal names. */
  readonly build: BuildName | undefined;
  /** The service's next start takes it from the mount. */
  readonly isPointedAt: boolean;
}

/** A folder of pointers in a mount, each named after its service. */
export const POINTERS = ["bin", "config", "setup"] as const;

/** The mount in a cluster's folder, and the journal beside it. */
export const mountFolder = (clusterFolder: string): string => join(clusterFolder, "mount");
export const journalFolder = (clusterFolder: string): string => join(clusterFolder, "services");

/** Where a mount has its artifacts. */
export const mountStore = (clusterFolder: string): string => join(mountFolder(clusterFolder), "store");

/** All that a cluster uses, by the folder that is its own: what its pointers and its journal name. */
export const usesOf = (clusterFolder: string): Use[] =>
  usesIn(mountFolder(clusterFolder), openRecords(journalFolder(clusterFolder)));

export function usesIn(mount: string, records: Records): Use[] {
  const pointed = POINTERS.flatMap((kind) =>
    listing(join(mount, kind)).flatMap((name) => {
      const digest = target(join(mount, kind, name));
      const service = serviceName(name);
      const build = kind === "bin" ? buildOf(digest, service, records) : undefined;
      return digest === undefined ? [] : [{ digest, service, build, isPointedAt: true }];
    }),
  );
  const named = records.names().flatMap((service) => {
    const record = records.read(service);
    return record === undefined ? [] : releasesOf(record).flatMap((release) => usesOfRelease(service, release));
  });
  return [...pointed, ...named];
}

function usesOfRelease(service: ServiceName, { artifact, config }: ReturnType<typeof releasesOf>[number]): Use[] {
  const code = { digest: artifact.digest, service, build: artifact.build, isPointedAt: false };
  return config === undefined ? [code] : [code, { digest: config, service, build: undefined, isPointedAt: false }];
}

function buildOf(digest: ArtifactDigest | undefined, service: ServiceName, records: Records): BuildName | undefined {
  const record = records.read(service);
  const releases = record === undefined ? [] : releasesOf(record);
  return releases.find(({ artifact }) => artifact.digest === digest)?.artifact.build;
}

/** The digest that a pointer names; undefined when there is no pointer of ours. */
export function target(pointer: string): ArtifactDigest | undefined {
  try {
    return artifactDigest(basename(readlinkSync(pointer)));
  } catch {
    return undefined;
  }
}

export function listing(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
