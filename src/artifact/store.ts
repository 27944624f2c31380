import { createHash } from "node:crypto";
import { constants, createReadStream, createWriteStream } from "node:fs";
import { chmod, copyFile, link, lstat, mkdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ArtifactKind } from "../model/artifact.ts";
import { environmentFailure, type Failure, failed } from "../model/failure.ts";
import { type ArtifactDigest, artifactDigest, shortDigest } from "../model/names.ts";
import { INCOMING, incomingName, removeTree, sweep } from "./incoming.ts";
import { type ContentIdentity, openKnownDigests } from "./known-digests.ts";
import { packTree, type TreeOptions } from "./pack.ts";
import type { Content } from "./source.ts";
import { type Limits, TREE_LIMITS, unpackTree } from "./unpack.ts";

/**
 * Artifacts by their content, under `<cache>/store/<digest>`: a file is a read-only executable (0555), a tree a
 * folder (0555, its files 0555 or 0444). A name appears by one rename and only with the right content behind it, so
 * a writer that was killed leaves nothing visible, and any number of processes may put the same digest at once.
 */
export interface Store {
  has(digest: ArtifactDigest): Promise<boolean>;
  /** Takes the file, or the tar of the tree. @throws Failure (exit 1) when the content is not what `digest` names. */
  put(digest: ArtifactDigest, kind: ArtifactKind, content: Readable): Promise<void>;
  /** The digest that a source's content has here, or would have; undefined when only fetching it will tell. */
  digestOf(content: ContentIdentity): Promise<ArtifactDigest | undefined>;
  /**
   * Takes the bytes that a source gives for a content, unpacks them, gives the digest and remembers it.
   * @throws Failure (exit 1) when they are not what the checksum or the size says: then nothing of them is visible.
   */
  receive(content: Received, stream: Readable): Promise<ArtifactDigest>;
  /**
   * Takes in a finished local build and gives its digest: a file by hard link where the file system allows (so that
   * Go's own up-to-date check keeps its output), else by copy; a tree by copy. The original may be removed after.
   */
  adopt(path: string, kind: ArtifactKind, tree?: TreeOptions): Promise<ArtifactDigest>;
  /** Where it is, or would be. */
  pathOf(digest: ArtifactDigest): string;
}

/** What is to be known of a content to take it in. */
export type Received = ContentIdentity & Pick<Content, "size" | "from">;

/** The store in the cache folder, which is made when the first artifact comes. */
export function openStore(cacheFolder: string, limits: Limits = TREE_LIMITS): Store {
  const root = join(cacheFolder, "store");
  const pathOf = (digest: ArtifactDigest) => join(root, digest);
  const has = (digest: ArtifactDigest) => isThere(pathOf(digest));
  const known = openKnownDigests(cacheFolder);
  let prepared: Promise<void> | undefined;

  /** Runs a writer on a temporary name and reveals its work under the digest that it gives. */
  const receive = async (write: (temporary: string) => Promise<ArtifactDigest>): Promise<ArtifactDigest> => {
    const temporary = incomingName(root);
    try {
      prepared ??= prepare(root);
      await prepared.catch((cause) => {
        prepared = undefined; // a disk that was full is looked at again
        throw cause;
      });
      const digest = await write(temporary);
      if (!(await has(digest))) await reveal(temporary, pathOf(digest));
      return digest;
    } catch (cause) {
      throw explain(cause, root);
    } finally {
      await removeTree(temporary);
    }
  };

  const put = async (digest: ArtifactDigest, kind: ArtifactKind, content: Readable): Promise<void> => {
    content.on("error", () => {}); // It may break off before it is read; whoever reads it then is told.
    if (await has(digest)) {
      content.destroy();
      return;
    }
    await receive(async (temporary) => {
      const found = kind === "file" ? writeFile(content, temporary) : unpackTree(content, temporary, limits);
      const actual = artifactDigest(await found);
      if (actual !== digest) throw wrongContent(digest, actual);
      return digest;
    });
  };

  return {
    has,
    pathOf,
    put,
    digestOf: (content) => known.of(content),
    async receive(content, stream) {
      const digest = await known.of(content);
      if (digest === undefined) throw new Error(`${content.from}: nothing says what its digest is`);
      await put(digest, content.kind, stream);
      return digest;
    },
    async adopt(path, kind, tree) {
      if (kind === "file") return receive((temporary) => takeFile(path, temporary));
      const digest = await treeDigest(path, tree);
      if (await has(digest)) return digest;
      // The folder may change between the two readings; what the second one saw is what is stored, and its name.
      return receive(async (temporary) => artifactDigest(await unpackTree(packTree(path, tree), temporary, limits)));
    },
  };
}

/** The digest that `adopt` would give a folder; reads all of it, writes nothing. */
export async function treeDigest(folder: string, options?: TreeOptions): Promise<ArtifactDigest> {
  const hash = createHash("sha256");
  for await (const chunk of packTree(folder, options)) hash.update(chunk);
  return artifactDigest(hash.digest("hex"));
}

async function prepare(root: string): Promise<void> {
  await mkdir(root, { recursive: true, mode: 0o755 });
  await sweep(root, INCOMING, Date.now());
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

async function writeFile(content: Readable, temporary: string): Promise<string> {
  const hash = createHash("sha256");
  const hashing = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  };
  await pipeline(content, hashing, createWriteStream(temporary, { flags: "wx", mode: 0o600, flush: true }));
  await chmod(temporary, 0o555);
  return hash.digest("hex");
}

/**
 * Hashes the temporary name, not the original: Go replaces its output by rename, so the inode behind the link stays
 * what was hashed. An original with a second name may be written through that one, so it is copied.
 * No sync here: a killed process loses nothing of the page cache, and a save is not to wait for the disk.
 */
async function takeFile(path: string, temporary: string): Promise<ArtifactDigest> {
  const { nlink } = await lstat(path);
  const linked = nlink === 1 && (await link(path, temporary).then(() => true, isLinkRefused));
  if (!linked) await copyFile(path, temporary, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  await chmod(temporary, 0o555);
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(temporary, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  return artifactDigest(hash.digest("hex"));
}

/** Another file system, or one without hard links, or a kernel that protects the file: a copy does as well. */
function isLinkRefused(cause: NodeJS.ErrnoException): false {
  if (["EXDEV", "EPERM", "EMLINK", "ENOTSUP", "ENOSYS"].includes(cause.code ?? "")) return false;
  throw cause;
}

/** One rename makes it visible. A folder that another process has revealed meanwhile is as good as ours. */
async function reveal(temporary: string, final: string): Promise<void> {
  try {
    await rename(temporary, final);
  } catch (cause) {
    if (!(await isThere(final))) throw cause;
  }
}

const wrongContent = (wanted: ArtifactDigest, actual: ArtifactDigest): Failure =>
  failed(`the artifact ${shortDigest(wanted)} is damaged: its content is ${shortDigest(actual)}`, {
    hint: "CI's manifest and its files do not belong together; let CI build again",
  });

/** A full or read-only disk is the machine's matter; what is a Failure already stays one. */
function explain(cause: unknown, root: string): unknown {
  const { code, path } = cause as NodeJS.ErrnoException;
  const reason = code === undefined ? undefined : DISK.get(code);
  if (reason === undefined || (path !== undefined && !path.startsWith(root))) return cause;
  return environmentFailure(`the store of artifacts cannot be written: ${reason}`, {
    hint: `${root} is a cache: make room or correct its permissions; it can be removed while no cluster runs`,
    cause,
  });
}

const DISK: ReadonlyMap<string, string> = new Map([
  ["ENOSPC", "the disk is full"],
  ["EDQUOT", "the disk quota is used up"],
  ["EROFS", "the file system is read-only"],
  ["EACCES", "no permission"],
  ["ENOTDIR", "a file is in the place of its folder"],
]);
