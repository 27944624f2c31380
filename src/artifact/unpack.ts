import { createHash } from "node:crypto";
import type { ReadEntry } from "tar";
import { Failure } from "../model/failure.ts";
import { damaged, MemberPicker, refused, type WantedMember, WHOLE } from "./archive-member.ts";
import { type Limits, TREE_LIMITS, TreeWriter } from "./tree-writer.ts";

const COMPRESSED = new Map([
  [0x1f8b, "gzip"],
  [0x28b5, "zstd"],
  [0x504b, "zip"],
]);

/**
 * Unpacks a tar into `folder`, which must not exist yet, and gives the SHA-256 of the tar in hexadecimal. Only files
 * and folders below `folder` come out of it: no path that leads out, no link (not even one that stays inside: what it
 * would lead to is not known before the tar's end), no device, and of the mode only whether a file is executable.
 * Everything is synced and read-only (0555, 0444) when it resolves.
 * @throws Failure (exit 1) for anything else in the tar; what was unpacked by then is left to the caller.
 */
export async function unpackTree(
  content: AsyncIterable<Uint8Array>,
  folder: string,
  limits: Limits = TREE_LIMITS,
): Promise<string> {
  const hash = createHash("sha256");
  const hashed = async function* () {
    for await (const chunk of content) {
      hash.update(chunk);
      yield chunk;
    }
  };
  await unpackTar(hashed(), folder, WHOLE, limits);
  return hash.digest("hex");
}

/**
 * As `unpackTree`, of a part of the tar. A single file lies in `folder` under its own name.
 * @returns absolute paths of the files that came.
 */
export async function unpackTar(
  content: AsyncIterable<Uint8Array>,
  folder: string,
  wanted: WantedMember,
  limits: Limits,
): Promise<readonly string[]> {
  const { Parser } = await import("tar");
  const [writer, picker] = [new TreeWriter(folder, limits), new MemberPicker(wanted)];
  const parser = new Parser({ strict: true, onReadEntry: (entry) => take(entry, writer, picker) });
  // Without this it would pass over what it does not know; a strict parser says everything else as an error.
  parser.on("ignoredEntry", (entry: ReadEntry) => {
    if (picker.pick(entry.path, false) !== undefined) throw notPlain(entry);
  });
  parser.on("error", (cause: Error) => {
    throw cause instanceof Failure ? cause : damaged(cause.message, cause);
  });
  try {
    for await (const chunk of withoutCompression(content)) {
      // An entry is consumed as it comes, so that a write returns when the bytes are in the file: no drain to await.
      parser.write(chunk as Buffer);
    }
    parser.end();
    picker.finish();
    await writer.finish();
    return writer.files;
  } finally {
    writer.close();
  }
}

function take(entry: ReadEntry, writer: TreeWriter, picker: MemberPicker): void {
  const isFolder = entry.type === "Directory";
  const path = picker.pick(entry.path, isFolder);
  if (path !== undefined && !isFolder && entry.type !== "File" && entry.type !== "OldFile") throw notPlain(entry);
  if (path === undefined || isFolder) {
    if (path !== undefined) writer.folder(path);
    entry.resume();
    return;
  }
  writer.file(path, entry.size, ((entry.mode ?? 0) & 0o111) !== 0);
  entry.on("data", (chunk: Buffer) => writer.write(chunk));
  entry.on("end", () => writer.close());
}

const notPlain = (entry: ReadEntry): Failure => refused(entry.path, `is a ${entry.type}`);

/** The parser would unpack what is compressed by itself: then nothing would bound it, and the digest be another. */
async function* withoutCompression(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of content) {
    if (head === undefined) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < HEAD) continue;
    refuseCompressed(head);
    yield head;
    head = undefined;
  }
  if (head !== undefined && head.length > 0) yield head;
}

/** More than the longest mark that a parser looks for. */
const HEAD = 16;

function refuseCompressed(head: Buffer): void {
  const kind = COMPRESSED.get(head.readUInt16BE(0));
  if (kind !== undefined) throw damaged(`it is compressed with ${kind}`);
}
