import { createHash } from "node:crypto";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import pLimit from "p-limit";
import { errorCode } from "../host/files.ts";
import { Failure } from "../model/failure.ts";
import { type ArtifactDigest, artifactDigest, shortDigest } from "../model/names.ts";
import { fileDigest } from "./file-digest.ts";
import { packTree } from "./pack.ts";
import { openPackedDigests, type PackedDigests } from "./packed-digests.ts";
import type { Stored } from "./stored.ts";

export interface VerifyOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes of each piece that was read. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** While one is hashed, the disk reads for the other. */
const AT_ONCE = 2;

/**
 * Reads artifacts again and compares them with their digests. Gives why one is damaged, by its path; what is whole, or
 * was removed meanwhile, is not among them.
 * @throws the signal's reason.
 */
export async function findDamaged(
  stored: readonly Stored[],
  cacheFolder: string,
  options: VerifyOptions = {},
): Promise<Map<string, string>> {
  const [limit, packed] = [pLimit(AT_ONCE), openPackedDigests(cacheFolder)];
  const found = await Promise.all(
    stored.map((each) => limit(async () => [each.path, await damageOf(each, packed, options)] as const)),
  );
  return new Map(found.flatMap(([path, damage]) => (damage === undefined ? [] : [[path, damage]])));
}

async function damageOf(stored: Stored, packed: PackedDigests, options: VerifyOptions): Promise<string | undefined> {
  options.signal?.throwIfAborted();
  try {
    if (stored.kind === "file") return await damageOfFile(stored, options);
    const [wanted, actual] = [await packed.of(stored.digest), await digestOfTree(stored.path, options)];
    if (wanted !== undefined) return differs(actual, wanted);
    return actual === stored.digest ? undefined : "it is not what it was, or nobody knows any more what that was";
  } catch (cause) {
    options.signal?.throwIfAborted();
    if (!(await isThere(stored.path))) return undefined;
    if (cause instanceof Failure) return cause.message;
    if (errorCode(cause) === undefined) throw cause;
    return `it cannot be read (${errorCode(cause)})`;
  }
}

async function damageOfFile({ path, digest }: Stored, options: VerifyOptions): Promise<string | undefined> {
  const damage = differs(await fileDigest(path, pieceOf(options)), digest);
  if (damage !== undefined) return damage;
  return ((await lstat(path)).mode & 0o111) === 0 ? "it can no longer be executed" : undefined;
}

async function digestOfTree(path: string, options: VerifyOptions): Promise<ArtifactDigest> {
  const [hash, onPiece] = [createHash("sha256"), pieceOf(options)];
  for await (const chunk of packTree(path)) {
    hash.update(chunk);
    onPiece(chunk.length);
  }
  return artifactDigest(hash.digest("hex"));
}

const pieceOf =
  ({ signal, onBytes }: VerifyOptions) =>
  (bytes: number) => {
    signal?.throwIfAborted();
    onBytes?.(bytes);
  };

const differs = (actual: ArtifactDigest, wanted: ArtifactDigest): string | undefined =>
  actual === wanted ? undefined : `its content is ${shortDigest(actual)}, and was ${shortDigest(wanted)}`;

/** Whether two places of one artifact have the same bytes on the disk: every file of one is a file of the other. */
export async function areLinked(one: string, other: string): Promise<boolean> {
  try {
    const [a, b] = await Promise.all([lstat(one), lstat(other)]);
    if (!a.isDirectory() || !b.isDirectory()) return a.dev === b.dev && a.ino === b.ino;
    const [names, others] = await Promise.all([readdir(one), readdir(other)]);
    if (names.sort().join("/") !== others.sort().join("/")) return false;
    for (const name of names) if (!(await areLinked(join(one, name), join(other, name)))) return false;
    return true;
  } catch {
    return false;
  }
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );
