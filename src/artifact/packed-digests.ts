import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { ensureFolder, writeAtomic } from "../host/files.ts";
import { type ArtifactDigest, artifactDigest } from "../model/names.ts";

/**
 * What packTree makes of the trees that came as a tar of someone else's: their digest is the SHA-256 of that tar, which
 * is not kept, so nothing else could tell whether they are still what came. A file a tree, in `<cache>/packed`; written
 * before the tree is visible.
 */
export interface PackedDigests {
  /** Undefined where none is noted: then the tree's own digest is what packTree makes of it. */
  of(tree: ArtifactDigest): Promise<ArtifactDigest | undefined>;
  remember(tree: ArtifactDigest, packed: ArtifactDigest): Promise<void>;
  forget(tree: ArtifactDigest): Promise<void>;
}

export function openPackedDigests(cacheFolder: string): PackedDigests {
  const folder = join(cacheFolder, "packed");
  return {
    async of(tree) {
      const text = await readFile(join(folder, tree), "utf8").catch(() => "");
      return /^[0-9a-f]{64}\n$/.test(text) ? artifactDigest(text.trim()) : undefined;
    },
    async remember(tree, packed) {
      await ensureFolder(folder);
      await writeAtomic(join(folder, tree), `${packed}\n`);
    },
    forget: (tree) => rm(join(folder, tree), { force: true }),
  };
}

/** The digests that names in a folder are; none when there is no such folder. */
export async function digestsIn(folder: string): Promise<ArtifactDigest[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => /^[0-9a-f]{64}$/.test(name)).map(artifactDigest);
}
