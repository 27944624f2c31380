import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { chmod, copyFile, mkdir, open, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ArtifactDigest } from "../model/names.ts";
import { newFile } from "./incoming.ts";
import type { ManifestArtifact, ManifestService } from "./manifest-checks.ts";
import { packTree } from "./pack.ts";
import { ANY, type BuiltService } from "./publish-entries.ts";
import type { Store } from "./store.ts";

type Contents = NonNullable<ManifestService["config"]>;

/** Where the files of a build go. */
export interface Place {
  /** The CI folder. */
  readonly folder: string;
  /** What is to become its `builds/<number>`. */
  readonly incoming: string;
  readonly number: number;
  readonly store: Store;
  /** Contents that the folder has, by digest; those that are laid out are added. */
  readonly parts: Map<string, { readonly path: string; readonly size: number }>;
}

/**
 * Lays out the parts of a service that the folder has not, synced to the disk; gives all of them as a manifest has them.
 * A tree becomes its deterministic tar, so that its file's SHA-256 is the tree's own digest.
 */
export async function layOut(
  { service, artifacts, config, setup }: Pick<BuiltService, "service" | "artifacts" | "config" | "setup">,
  place: Place,
): Promise<Pick<ManifestService, "artifacts" | "config" | "setup">> {
  const laidOut: ManifestArtifact[] = [];
  for (const { platform, kind, digest } of artifacts) {
    const { os, arch } = platform ?? ANY;
    const folder = platform === undefined ? "any" : `${os}-${arch}`;
    const path = kind === "file" ? `${folder}/${service}` : `${folder}/${service}.tar`;
    laidOut.push({ os, arch, kind, ...(await part(digest, path, kind, place)) });
  }
  return {
    artifacts: laidOut,
    ...(config && { config: await part(config, `config/${service}.tar`, "tree", place) }),
    ...(setup && { setup: await part(setup, `setup/${service}`, "file", place) }),
  };
}

async function part(sha256: ArtifactDigest, name: string, kind: "file" | "tree", place: Place): Promise<Contents> {
  const known = place.parts.get(sha256);
  if (known !== undefined && (await isThere(known, place))) return { path: known.path, sha256, size: known.size };
  const target = join(place.incoming, name);
  await mkdir(dirname(target), { recursive: true });
  const source = place.store.pathOf(sha256);
  if (kind === "file") await copy(source, target);
  else await pack(source, target, sha256);
  const { size } = await stat(target);
  const path = `builds/${place.number}/${name}`;
  place.parts.set(sha256, { path, size });
  return { path, sha256, size };
}

/** Of this build, or of an earlier one as it was published. */
async function isThere({ path, size }: { path: string; size: number }, place: Place): Promise<boolean> {
  const own = `builds/${place.number}/`;
  const file = path.startsWith(own) ? join(place.incoming, path.slice(own.length)) : join(place.folder, path);
  const facts = await stat(file).catch(() => undefined);
  return facts?.isFile() === true && facts.size === size;
}

/** Not a hard link: what is published may be written over, and the store's own must not be. */
async function copy(source: string, target: string): Promise<void> {
  await copyFile(source, target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  await chmod(target, 0o755);
  const file = await open(target, "r");
  await file.sync().finally(() => file.close());
}

async function pack(source: string, target: string, digest: ArtifactDigest): Promise<void> {
  const hash = createHash("sha256");
  const hashing = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  };
  await pipeline(packTree(source), hashing, await newFile(target, { mode: 0o644, flush: true }));
  const actual = hash.digest("hex");
  if (actual !== digest) throw new Error(`the store's tree ${digest} is packed as ${actual}`);
}
