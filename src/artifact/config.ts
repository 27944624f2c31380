import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Release } from "../model/artifact.ts";
import { type ArtifactDigest, shortDigest } from "../model/names.ts";
import { isEditorsTemporary } from "../swap/route.ts";
import type { Store } from "./store.ts";

/** The folder of a repository that its service sees as /devenv/config/<service>. */
export const configFolder = (repo: string): string => join(repo, "container", "etc");

/** Whether a path is that folder, or in it. */
export const isConfigOf = (repo: string, path: string): boolean =>
  path === configFolder(repo) || path.startsWith(`${configFolder(repo)}/`);

/**
 * Takes `<repo>/container/etc` into the store, without what an editor keeps there while a file is open; undefined when
 * there is no such folder or nothing in it.
 * @throws Failure (exit 1): a symbolic link in it leads out of it, or there is something else than files and folders.
 */
export async function snapshotConfig(repo: string, store: Store): Promise<ArtifactDigest | undefined> {
  const folder = configFolder(repo);
  const names = await readdir(folder).catch(() => []);
  if (names.every(isEditorsTemporary)) return undefined;
  return store.adopt(folder, "tree", { leaveOut: isEditorsTemporary });
}

/** What a service that runs its image's own program is given: its config tree is all that there is to deliver. */
export const configOnly = (config: ArtifactDigest): Release => ({
  artifact: { digest: config, kind: "tree", build: `config:${shortDigest(config)}` },
  config,
});
