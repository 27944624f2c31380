import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomic } from "../host/files.ts";
import { type ArtifactDigest, artifactDigest } from "../model/names.ts";
import type { Content } from "./source.ts";

/** What tells one content from every other, whoever gives it. */
export type ContentIdentity = Pick<Content, "key" | "kind" | "packing" | "member" | "checksum">;

/**
 * Which digest a source's content had when it was fetched: what is known of it without fetching it again. A file an
 * identity, in `<cache>/known`; a memory only, that costs a download where it is lost.
 */
export interface KnownDigests {
  of(content: ContentIdentity): Promise<ArtifactDigest | undefined>;
  remember(content: ContentIdentity, digest: ArtifactDigest): Promise<void>;
}

export function openKnownDigests(cacheFolder: string): KnownDigests {
  const folder = join(cacheFolder, "known");
  const fileOf = (content: ContentIdentity) => join(folder, identity(content));
  return {
    async of(content) {
      return sameAsChecksum(content) ?? (await read(fileOf(content)));
    },
    async remember(content, digest) {
      if (sameAsChecksum(content) !== undefined) return;
      await mkdir(folder, { recursive: true });
      await writeAtomic(fileOf(content), `${digest}\n`);
    },
  };
}

/** The store's digest of a file is its SHA-256; of a tree, that of its tar (of the store's own, where it was packed otherwise). */
function sameAsChecksum({ kind, packing, member, checksum }: ContentIdentity): ArtifactDigest | undefined {
  if (checksum?.algorithm !== "sha256" || member !== undefined) return undefined;
  return packing === (kind === "file" ? "none" : "tar") ? artifactDigest(checksum.hex) : undefined;
}

/** By what it contains where a checksum says it, else by where it comes from. A weak checksum alone could be forged. */
function identity({ key, kind, packing, member, checksum }: ContentIdentity): string {
  const content = checksum?.algorithm === "sha256" ? checksum.hex : [key, checksum?.hex ?? null];
  return createHash("sha256")
    .update(JSON.stringify([content, kind, packing, member ?? null]))
    .digest("hex");
}

async function read(file: string): Promise<ArtifactDigest | undefined> {
  const text = await readFile(file, "utf8").catch(() => "");
  return /^[0-9a-f]{64}\n$/.test(text) ? artifactDigest(text.trim()) : undefined;
}
