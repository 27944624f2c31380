import { type FSWatcher, watch } from "node:fs";
import { lstat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { ArtifactDigest } from "../model/names.ts";
import { fileDigest } from "./file-digest.ts";

/** A file's digest, and what tells that it is still this very file that was read. */
export interface HashedFile {
  readonly digest: ArtifactDigest;
  readonly identity: string;
}

/** Says whether a file is one that was hashed before. Its mode may have changed, which is none of its content. */
export async function identityOf(path: string): Promise<string> {
  const { ino, size, mtimeNs } = await lstat(path, { bigint: true });
  return `${ino} ${size} ${mtimeNs}`;
}

/** Hashes what gets its name in a folder; `close` it when that is no longer wanted. */
export interface EarlyDigests {
  /** Of a file of the folder, where it was hashed; its end is waited for. Never rejects. */
  of(path: string): Promise<HashedFile | undefined>;
  close(): void;
}

/**
 * Go names its output and then tidies up for 3 to 15 ms: as long as the hash of 5 MB takes on a processor without
 * instructions for it, so it goes on beside that. Without a watch (inotify's limit, say) nothing is hashed early.
 */
export function earlyDigests(folder: string): EarlyDigests {
  const hashing = new Map<string, Promise<HashedFile | undefined>>();
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(folder, { persistent: false }, (event, name) => {
      if (event === "rename" && name !== null) hashing.set(name, hashed(join(folder, name)));
    });
    watcher.on("error", () => undefined);
  } catch {
    // Then it is hashed when it is asked for.
  }
  return {
    of: async (path) => hashing.get(basename(path)),
    close: () => watcher?.close(),
  };
}

async function hashed(path: string): Promise<HashedFile | undefined> {
  try {
    const identity = await identityOf(path);
    const digest = await fileDigest(path);
    return (await identityOf(path)) === identity ? { digest, identity } : undefined;
  } catch {
    return undefined; // a folder, or gone again
  }
}
