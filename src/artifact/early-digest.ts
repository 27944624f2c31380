import { type FSWatcher, lstatSync, watch } from "node:fs";
import { basename, join } from "node:path";
import type { ArtifactDigest } from "../model/names.ts";
import { fileDigest } from "./file-digest.ts";

/** A file's digest, and what tells that it is still this very file that was read. */
export interface HashedFile {
  readonly digest: ArtifactDigest;
  readonly identity: string;
}

/** Says whether a file is one that was hashed before. Its mode may have changed, which is none of its content. */
export function identityOf(path: string): string {
  const { ino, size, mtimeNs } = lstatSync(path, { bigint: true });
  return `${ino} ${size} ${mtimeNs}`;
}

/** Checks and hashes what gets its name in a folder; `close` it when that is no longer wanted. */
export interface EarlyDigests {
  /** Of a file of the folder, where it is still the one that was found well and hashed. Never rejects. */
  of(path: string): Promise<HashedFile | undefined>;
  close(): void;
}

/**
 * Go names its output and then tidies up for 3 to 15 ms: as long as the hash of 5 MB takes on a processor without
 * instructions for it, so it goes on beside that. Without a watch (inotify's limit, say) nothing is hashed early.
 * @param check throws at a file that is not as it has to be
 */
export function earlyDigests(folder: string, check: (path: string) => Promise<void>): EarlyDigests {
  const hashing = new Map<string, Promise<HashedFile | undefined>>();
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(folder, { persistent: false }, (event, name) => {
      if (event === "rename" && name !== null) hashing.set(name, hashed(join(folder, name), check));
    });
    watcher.on("error", () => undefined);
  } catch {
    // Then it is hashed when it is asked for.
  }
  return {
    of: async (path) => {
      const file = await hashing.get(basename(path));
      return file !== undefined && isStill(file, path) ? file : undefined;
    },
    close: () => watcher?.close(),
  };
}

async function hashed(path: string, check: (path: string) => Promise<void>): Promise<HashedFile | undefined> {
  try {
    const identity = identityOf(path);
    const [digest] = await Promise.all([fileDigest(path), check(path)]);
    return { digest, identity };
  } catch {
    return undefined; // A folder, gone again, or not what it has to be: who asks for it looks again, and tells.
  }
}

function isStill({ identity }: HashedFile, path: string): boolean {
  try {
    return identityOf(path) === identity;
  } catch {
    return false;
  }
}
