import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { ArtifactKind } from "../model/artifact.ts";
import type { ArtifactDigest } from "../model/names.ts";
import { digestsIn } from "./packed-digests.ts";

/** An artifact in a store, or in a cluster's mount. */
export interface Stored {
  readonly digest: ArtifactDigest;
  readonly path: string;
  readonly kind: ArtifactKind;
  /** Of all its files together. */
  readonly bytes: number;
  /** When it came or was last asked for, in milliseconds since the epoch. */
  readonly usedAt: number;
}

/** The store's folder in the user's cache folder. */
export const storeFolder = (cacheFolder: string): string => join(cacheFolder, "store");

/** What is in a folder of artifacts, without reading any; what disappears meanwhile is left out. */
export async function storedIn(folder: string): Promise<Stored[]> {
  const stored: Stored[] = [];
  for (const digest of await digestsIn(folder)) {
    const path = join(folder, digest);
    try {
      const facts = await lstat(path);
      const kind = facts.isDirectory() ? "tree" : "file";
      stored.push({ digest, path, kind, bytes: await bytesOf(path), usedAt: facts.mtimeMs });
    } catch {
      // Another process has pruned it.
    }
  }
  return stored;
}

async function bytesOf(path: string): Promise<number> {
  const facts = await lstat(path);
  if (!facts.isDirectory()) return facts.size;
  const inside = await Promise.all((await readdir(path)).map((name) => bytesOf(join(path, name))));
  return inside.reduce((sum, bytes) => sum + bytes, 0);
}
