import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Use, usesOf } from "../delivery/uses.ts";
import { clusterFolder, type Folders } from "../host/folders.ts";
import { type ClusterName, clusterName } from "../model/names.ts";

/** A cluster that has a folder on this machine, whether it runs or not, whichever workspace it is from. */
export interface KnownCluster {
  readonly name: ClusterName;
  readonly folder: string;
  /** What it has artifacts for. */
  readonly uses: readonly Use[];
}

/** All clusters of this person on this machine, by name. */
export async function knownClusters(folders: Folders): Promise<KnownCluster[]> {
  const names = await readdir(join(folders.state, "clusters")).catch(() => []);
  return names.sort().map((name) => {
    const folder = clusterFolder(folders, name);
    return { name: clusterName(name), folder, uses: usesOf(folder) };
  });
}
