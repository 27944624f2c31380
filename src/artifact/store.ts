import { chmodSync, constants, linkSync, lstatSync, renameSync, utimesSync } from "node:fs";
import { copyFile, mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { ArtifactKind, Release } from "../model/artifact.ts";
import { environmentFailure, type Failure, failed } from "../model/failure.ts";
import { type ArtifactDigest, artifactDigest, type ServiceName, shortDigest } from "../model/names.ts";
import { type HashedFile, identityOf } from "./early-digest.ts";
import { fileDigest } from "./file-digest.ts";
import { openGivenReleases } from "./given-releases.ts";
import { INCOMING, incomingName, removeTree, sweep } from "./incoming.ts";
import { type ContentIdentity, openKnownDigests } from "./known-digests.ts";
import { packTree, type TreeOptions, treeDigest } from "./pack.ts";
import { openPackedDigests } from "./packed-digests.ts";
import { type Received, type Taken, takeIn } from "./receive.ts";
import { storeFolder } from "./stored.ts";
import { type Limits, TREE_LIMITS } from "./tree-writer.ts";
import { unpackTree } from "./unpack.ts";

export interface AdoptOptions extends TreeOptions {
  readonly hashed?: HashedFile | undefined;
}

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
   * @param options how a tree is packed; of a file, what it was hashed to already: it is not read again for that.
   */
  adopt(path: string, kind: ArtifactKind, options?: AdoptOptions): Promise<ArtifactDigest>;
  /**
   * Notes that a service is given a release, before it is looked for here: what is here counts as new from now on, which
   * keeps a `prune` in another process away from it, and `prune` keeps the newest of each service.
   */
  note(service: ServiceName, release: Release): Promise<void>;
  /** Where it is, or would be. */
  pathOf(digest: ArtifactDigest): string;
}

/** The store in the cache folder, which is made when the first artifact comes. */
export function openStore(cacheFolder: string, limits: Limits = TREE_LIMITS): Store {
  const root = storeFolder(cacheFolder);
  const pathOf = (digest: ArtifactDigest) => join(root, digest);
  const has = (digest: ArtifactDigest) => isThere(pathOf(digest));
  const [known, packedDigests] = [openKnownDigests(cacheFolder), openPackedDigests(cacheFolder)];
  let prepared: Promise<void> | undefined;

  /** Runs a writer on a temporary name and reveals its work under the digest that it gives. */
  const admit = async (write: (temporary: string) => Promise<Taken>): Promise<ArtifactDigest> => {
    const temporary = incomingName(root);
    let isRevealed = false;
    try {
      prepared ??= prepare(root);
      await prepared.catch((cause) => {
        prepared = undefined; // a disk that was full is looked at again
        throw cause;
      });
      const { digest, packed = digest } = await write(temporary);
      if (!(await has(digest))) {
        if (packed !== digest) await packedDigests.remember(digest, packed);
        isRevealed = await reveal(temporary, pathOf(digest));
      }
      return digest;
    } catch (cause) {
      throw explain(cause, root);
    } finally {
      if (!isRevealed) await removeTree(temporary);
    }
  };

  const receive = async (content: Received, stream: Readable): Promise<ArtifactDigest> => {
    stream.on("error", () => {}); // It may break off before it is read; whoever reads it then is told.
    const before = await known.of(content);
    if (before !== undefined && (await has(before))) {
      stream.destroy();
      return before;
    }
    const digest = await admit((temporary) => takeIn(content, stream, temporary, limits));
    await known.remember(content, digest);
    if (before !== undefined && before !== digest) throw replaced(content);
    return digest;
  };

  return {
    has,
    pathOf,
    digestOf: (content) => known.of(content),
    async note(service, release) {
      const now = new Date();
      const digests = [release.artifact.digest, ...(release.config === undefined ? [] : [release.config])];
      // What is not there is new when it comes; a note that cannot be written costs an early pruning at most.
      for (const digest of digests) quietly(() => utimesSync(pathOf(digest), now, now));
      quietly(() => openGivenReleases(cacheFolder).note(service, release));
    },
    receive,
    async put(digest, kind, stream) {
      const from = `the artifact ${shortDigest(digest)}`;
      const packing = kind === "file" ? "none" : "tar";
      const checksum = { algorithm: "sha256", hex: digest } as const;
      await receive({ from, key: from, kind, packing, member: undefined, checksum, size: undefined }, stream);
    },
    async adopt(path, kind, { hashed, ...tree } = {}) {
      if (kind === "file") return admit((temporary) => takeFile(path, temporary, hashed));
      const digest = await treeDigest(path, tree);
      if (await has(digest)) return digest;
      // The folder may change between the two readings; what the second one saw is what is stored, and its name.
      return admit(async (temporary) => takenTree(await unpackTree(packTree(path, tree), temporary, limits)));
    },
  };
}

const takenTree = (sum: string): Taken => ({ digest: artifactDigest(sum), packed: artifactDigest(sum) });

async function prepare(root: string): Promise<void> {
  await mkdir(root, { recursive: true, mode: 0o755 });
  await sweep(root, INCOMING, Date.now());
}

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // As said where it is called.
  }
}

/**
 * Hashes the temporary name, not the original: Go replaces its output by rename, so the inode behind the link stays
 * what was hashed. An original with a second name may be written through that one, so it is copied.
 * No sync here: a killed process loses nothing of the page cache, and a save is not to wait for the disk.
 */
async function takeFile(path: string, temporary: string, hashed: HashedFile | undefined): Promise<Taken> {
  // What is a single entry of a folder is done at once: a save waits for it.
  const linked = lstatSync(path).nlink === 1 && isLinked(path, temporary);
  if (!linked) await copyFile(path, temporary, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  chmodSync(temporary, 0o555);
  const isHashed = hashed !== undefined && identityOf(temporary) === hashed.identity;
  return { digest: isHashed ? hashed.digest : await fileDigest(temporary), packed: undefined };
}

/** False on another file system, on one without hard links, and where the kernel protects the file: then it is copied. */
function isLinked(path: string, temporary: string): boolean {
  try {
    linkSync(path, temporary);
    return true;
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    if (["EXDEV", "EPERM", "EMLINK", "ENOTSUP", "ENOSYS"].includes(code)) return false;
    throw cause;
  }
}

/**
 * One rename makes it visible. False where a folder that another process has revealed meanwhile is as good as ours; one
 * file takes the place of another of the same content.
 */
async function reveal(temporary: string, final: string): Promise<boolean> {
  try {
    renameSync(temporary, final);
    return true;
  } catch (cause) {
    if (!(await isThere(final))) throw cause;
    return false;
  }
}

/** What was promised never to change has changed; whoever planned with the old digest would wait for it in vain. */
const replaced = ({ from }: Received): Failure =>
  failed(`${from} is another one than it was before under the same name`, {
    hint: "CI has built over it, and what it has now was taken note of: run the same again",
  });

/** A full or read-only disk is the machine's matter; what is a Failure already stays one. */
function explain(cause: unknown, root: string): unknown {
  const { code, path } = cause as NodeJS.ErrnoException;
  const reason = code === undefined ? undefined : DISK.get(code);
  if (reason === undefined || (path !== undefined && !path.startsWith(root))) return cause;
  return environmentFailure(`the store of artifacts cannot be written: ${reason}`, {
    hint: `make room (\`devenv artifacts prune\`), or correct the permissions of ${root}; it can be removed while no cluster runs`,
    cause,
  });
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const DISK: ReadonlyMap<string, string> = new Map([
  ["ENOSPC", "the disk is full"],
  ["EDQUOT", "the disk quota is used up"],
  ["EROFS", "the file system is read-only"],
  ["EACCES", "no permission"],
  ["ENOTDIR", "a file is in the place of its folder"],
]);
