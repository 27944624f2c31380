import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Use, usesOf } from "../delivery/uses.ts";
import { peekText, writeAtomic } from "../host/files.ts";
import { clusterFolder, type Folders } from "../host/folders.ts";
import { type ClusterName, clusterName } from "../model/names.ts";

/** A cluster that has a folder on this machine, whether it runs or not, whichever workspace it is from. */
export interface KnownCluster {
  readonly name: ClusterName;
  readonly folder: string;
  /** Where it came up from last; undefined where that is not known. */
  readonly workspace: string | undefined;
  /** What it has artifacts for. */
  readonly uses: readonly Use[];
}

/** All clusters of this person on this machine, by name. */
export async function knownClusters(folders: Folders): Promise<KnownCluster[]> {
  const names = await readdir(join(folders.state, "clusters")).catch(() => []);
  return names.sort().map((name) => {
    const folder = clusterFolder(folders, name);
    const workspace = peekText(workspaceFile(folder))?.trim();
    return { name: clusterName(name), folder, workspace: workspace || undefined, uses: usesOf(folder) };
  });
}

const workspaceFile = (clusterFolder: string): string => join(clusterFolder, "workspace");

/** Notes which workspace a cluster comes up from: its pins count for `prune`, wherever that is called. */
export async function rememberWorkspace(clusterFolder: string, workspace: string): Promise<void> {
  if (peekText(workspaceFile(clusterFolder))?.trim() === workspace) return;
  await writeAtomic(workspaceFile(clusterFolder), `${workspace}\n`);
}
