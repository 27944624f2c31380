import { createHash } from "node:crypto";
import { readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { ensureFolder, errorCode } from "../../host/files.ts";
import { environmentFailure, type Failure, failed } from "../../model/failure.ts";
import { INCOMING, incomingName, newFile, sweep } from "../incoming.ts";
import type { Descriptor } from "./manifest.ts";

/**
 * What registries gave, by its digest: manifests, configs, and layers as they came, packed. In `<cache>/oci`. What is
 * there was verified when it came. A memory only: layers are shared by the builds and the services of a team, and one
 * that is asked for again costs no download.
 */
export interface Blobs {
  /** The path of a blob's file. What is not there is downloaded. @throws Failure: it is not what its digest says. */
  have(blob: Blob, download: () => AsyncIterable<Buffer>, from: string): Promise<string>;
  /** The same of what is there; undefined of what is not. */
  kept(digest: string): Promise<string | undefined>;
  /** The digests that begin like this and are there. */
  beginningWith(hex: string): Promise<readonly string[]>;
}

type Blob = Pick<Descriptor, "digest" | "size">;

/** What may stay: enough for the layers of many services, and not a second copy of everything for ever. */
export interface Bounds {
  readonly bytes: number;
  readonly ageMs: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const BOUNDS: Bounds = { bytes: 2 * 1024 ** 3, ageMs: 14 * DAY_MS };
/** What was used so lately may be about to be read by another process. */
const IN_USE_MS = 60 * 60 * 1000;

/** @param cacheFolder devenv's; nothing is made in it before the first blob comes */
export function openBlobs(cacheFolder: string, bounds: Bounds = BOUNDS): Blobs {
  const folder = join(cacheFolder, "oci");
  const underWay = new Map<string, Promise<string>>();
  return {
    have(blob, download, from) {
      const having = underWay.get(blob.digest) ?? get(blob, download, from).finally(() => underWay.delete(blob.digest));
      underWay.set(blob.digest, having);
      return having;
    },
    kept,
    async beginningWith(hex) {
      const names = await readdir(folder).catch(() => []);
      return names.filter((name) => name.startsWith(hex) && isDigest(name)).map((name) => `sha256:${name}`);
    },
  };

  /** Using it makes it young. */
  async function kept(digest: string): Promise<string | undefined> {
    const path = join(folder, hexOf(digest));
    const now = new Date();
    return utimes(path, now, now).then(
      () => path,
      () => undefined,
    );
  }

  async function get(blob: Blob, download: () => AsyncIterable<Buffer>, from: string): Promise<string> {
    const there = await kept(blob.digest);
    if (there !== undefined) return there;
    const path = join(folder, hexOf(blob.digest));
    try {
      await ensureFolder(folder);
      await makeRoom(folder, blob.size, bounds);
      await receive(download(), blob, path, from);
    } catch (cause) {
      throw explained(cause, folder);
    }
    return path;
  }

  async function receive(content: AsyncIterable<Buffer>, blob: Blob, path: string, from: string): Promise<void> {
    const temporary = incomingName(folder);
    try {
      await pipeline(verified(content, blob, from), await newFile(temporary, { mode: 0o600 }));
      await rename(temporary, path);
    } finally {
      await rm(temporary, { force: true });
    }
  }
}

const hexOf = (digest: string): string => digest.slice("sha256:".length);
const isDigest = (name: string): boolean => /^[0-9a-f]{64}$/.test(name);

/** The same bytes, and an error instead of their end where they are not what they should be. */
async function* verified(content: AsyncIterable<Buffer>, { digest, size }: Blob, from: string) {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.length;
    if (bytes > size) throw damaged(from, digest, `it is longer than ${size} bytes`);
    hash.update(chunk);
    yield chunk;
  }
  if (bytes < size) throw damaged(from, digest, `it ends after ${bytes} of ${size} bytes`);
  const actual = `sha256:${hash.digest("hex")}`;
  if (actual !== digest) throw damaged(from, digest, `its content is ${actual}`);
}

const damaged = (from: string, digest: string, why: string): Failure =>
  failed(`${from} is damaged: the registry's ${digest} is not what it should be: ${why}`, {
    hint: "the registry, or a proxy before it, gives wrong content: let CI push the image again, or ask who runs it",
  });

/** Removes what nobody used for long, and the longest unused where there is too much for `coming` bytes more. */
async function makeRoom(folder: string, coming: number, { bytes, ageMs }: Bounds): Promise<void> {
  const now = Date.now();
  await sweep(folder, INCOMING, now);
  const blobs = await Promise.all((await readdir(folder)).filter(isDigest).map((name) => facts(join(folder, name))));
  let total = coming;
  for (const blob of blobs.flat().sort((a, b) => b.usedMs - a.usedMs)) {
    total += blob.size;
    const unused = now - blob.usedMs;
    if (unused > ageMs || (total > bytes && unused > IN_USE_MS)) await rm(blob.path, { force: true });
  }
}

async function facts(path: string): Promise<{ path: string; size: number; usedMs: number }[]> {
  const found = await stat(path).catch(() => undefined); // another process may have removed it
  return found === undefined ? [] : [{ path, size: found.size, usedMs: found.mtimeMs }];
}

function explained(cause: unknown, folder: string): unknown {
  const reason = DISK.get(errorCode(cause) ?? "");
  if (reason === undefined) return cause;
  return environmentFailure(`layers of images cannot be kept in ${folder}: ${reason}`, {
    hint: "it is a cache: make room or correct its permissions; all of it can be removed at any time",
    cause,
  });
}

const DISK: ReadonlyMap<string, string> = new Map([
  ["ENOSPC", "the disk is full"],
  ["EDQUOT", "the disk quota is used up"],
  ["EROFS", "the file system is read-only"],
  ["EACCES", "no permission"],
]);
