import { chmod, rename } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Packing } from "../model/artifact.ts";
import { Failure, failed } from "../model/failure.ts";
import { type ArtifactDigest, artifactDigest } from "../model/names.ts";
import { damaged } from "./archive-member.ts";
import { Checked } from "./checked.ts";
import { type Compression, expand } from "./expand.ts";
import { fileDigest } from "./file-digest.ts";
import { newFile, removeTree } from "./incoming.ts";
import type { ContentIdentity } from "./known-digests.ts";
import { treeDigest } from "./pack.ts";
import type { Content } from "./source.ts";
import type { Limits } from "./tree-writer.ts";
import { unpackTar, unpackTree } from "./unpack.ts";
import { unpackZip } from "./unpack-zip.ts";

/** What is to be known of a content to take it in. */
export type Received = ContentIdentity & Pick<Content, "size" | "from">;

/** What came of a content. */
export interface Taken {
  readonly digest: ArtifactDigest;
  /** Of a tree, what packTree makes of it: its digest, unless that is the SHA-256 of a tar that was packed elsewhere. */
  readonly packed: ArtifactDigest | undefined;
}

/**
 * Makes what a stream gives of a content a file or a folder at `temporary`, complete, synced and read-only. What is
 * compressed, a zip, or an archive of which a member is wanted, lies beside it as it came until its checksum was found
 * right: none of it is unpacked before.
 * @throws Failure (exit 1), with the content's name, when it is not what was announced or holds what none may. Then part
 * of it may lie at `temporary`.
 */
export async function takeIn(content: Received, stream: Readable, temporary: string, limits: Limits): Promise<Taken> {
  try {
    if (content.packing === "none") return await takeFile(content, stream, temporary);
    const isPlainTree = content.packing === "tar" && content.kind === "tree" && content.member === undefined;
    return await (isPlainTree ? takeTar : takeArchive)(content, stream, temporary, limits);
  } catch (cause) {
    if (!(cause instanceof Failure) || cause.message.startsWith(content.from)) throw cause;
    throw new Failure(cause.class, `${content.from}: ${cause.message}`, cause);
  }
}

async function takeFile(content: Received, stream: Readable, temporary: string): Promise<Taken> {
  if (content.kind === "tree") {
    throw failed(`${content.from} is one file, and a folder is wanted`, {
      hint: "name an archive (tar, tar.gz, tar.zst, zip), and with #path a folder in it",
    });
  }
  const sum = await write(content, stream, temporary, true);
  await chmod(temporary, 0o555);
  return { digest: artifactDigest(sum), packed: undefined };
}

/** How much is gathered for one write. */
const WRITE_BYTES = 1024 * 1024;

/** Writes a content as it comes, and gives its SHA-256. @throws Failure when it is not what was announced. */
async function write(content: Received, stream: Readable, file: string, flush: boolean): Promise<string> {
  const checked = new Checked(content);
  const target = await newFile(file, { mode: 0o600, highWaterMark: WRITE_BYTES, flush });
  await pipeline(stream, (chunks: AsyncIterable<Uint8Array>) => checked.pass(chunks), target);
  return checked.finish();
}

async function takeTar(content: Received, stream: Readable, temporary: string, limits: Limits): Promise<Taken> {
  const checked = new Checked(content);
  await unpackTree(checked.pass(stream), temporary, limits);
  return { digest: artifactDigest(checked.finish()), packed: await treeDigest(temporary) };
}

async function takeArchive(content: Received, stream: Readable, temporary: string, limits: Limits): Promise<Taken> {
  const [packed, folder] = [`${temporary}-packed`, `${temporary}-unpacked`];
  try {
    await write(content, stream, packed, false);
    const files = await unpack(content, packed, folder, limits);
    if (content.kind === "file") {
      await onlyFile(files, folder, temporary);
      return { digest: await fileDigest(temporary), packed: undefined };
    }
    await rename(folder, temporary);
    const digest = await treeDigest(temporary);
    return { digest, packed: digest };
  } finally {
    await removeTree(packed);
    await removeTree(folder);
  }
}

const COMPRESSIONS: Readonly<Record<Exclude<Packing, "zip" | "none">, Compression>> = {
  tar: "none",
  "tar.gz": "gzip",
  "tar.zst": "zstd",
};

/** A tar has up to three blocks of 512 bytes around each entry, extended headers included, and a block's end. */
const TAR_BYTES_PER_ENTRY = 2048;

function unpack({ packing, ...wanted }: Received, packed: string, folder: string, limits: Limits) {
  if (packing === "zip") return unpackZip(packed, folder, wanted, limits);
  if (packing === "none") throw new RangeError("nothing to unpack");
  const most = limits.bytes + limits.entries * TAR_BYTES_PER_ENTRY;
  return unpackTar(expand(packed, COMPRESSIONS[packing], most), folder, wanted, limits);
}

/** The one file that came becomes the artifact, an executable. */
async function onlyFile(files: readonly string[], folder: string, temporary: string): Promise<void> {
  const [file, ...others] = files;
  if (file === undefined) throw damaged("there is no file in it");
  if (others.length > 0) {
    const names = files.slice(0, 5).map((path) => path.slice(folder.length + 1));
    throw failed(`its archive holds ${files.length} files, and one is wanted`, {
      hint: `Say which, with #path after the archive's name: ${names.join(", ")}${files.length > 5 ? ", …" : ""}.`,
    });
  }
  await chmod(folder, 0o700); // it is read-only by now, and so would be whatever is moved out of it
  await rename(file, temporary);
  await chmod(temporary, 0o555);
}
