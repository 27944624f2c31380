import { crc32 } from "node:zlib";
import type { Entry, ZipFile } from "yauzl";
import { Failure } from "../model/failure.ts";
import { damaged, MemberPicker, refused, type WantedMember } from "./archive-member.ts";
import { type Limits, TreeWriter } from "./tree-writer.ts";

/**
 * Unpacks a zip that lies in a file into `folder`, which must not exist yet, by its central directory. As of a tar, only
 * plain files and folders below `folder` come out of it; sizes and CRC-32 are checked, two entries that share bytes
 * (how a small zip becomes petabytes) are refused.
 * @returns absolute paths of the files that came; read-only and synced.
 * @throws Failure (exit 1) for anything else in the zip; what was unpacked by then is left to the caller.
 */
export async function unpackZip(
  file: string,
  folder: string,
  wanted: WantedMember,
  limits: Limits,
): Promise<readonly string[]> {
  const zip = await inWords(openZip(file));
  const [writer, picker] = [new TreeWriter(folder, limits), new MemberPicker(wanted)];
  try {
    const entries = await inWords(entriesOf(zip, limits));
    refuseOverlaps(entries);
    for (const entry of entries) await inWords(take(entry, zip, writer, picker));
    picker.finish();
    await writer.finish();
    return writer.files;
  } finally {
    writer.close();
    zip.close();
  }
}

async function openZip(file: string): Promise<ZipFile> {
  const { openPromise } = await import("yauzl");
  return openPromise(file, { autoClose: false, strictFileNames: true });
}

/** All of them, before the first is unpacked. Their paths are checked by the library, and by us. */
async function entriesOf(zip: ZipFile, limits: Limits): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of zip.eachEntry()) {
    entries.push(entry);
    if (entries.length > limits.entries) throw refused(entry.fileName, `is one more than ${limits.entries} entries`);
  }
  return entries;
}

/** A local header's fixed part, in bytes (APPNOTE 4.3.7). */
const LOCAL_HEADER = 30;

/** By what each takes up at least: its header, its name, its data. */
function refuseOverlaps(entries: readonly Entry[]): void {
  let end = 0;
  const inOrder = [...entries].sort((a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader);
  for (const entry of inOrder) {
    const start = entry.relativeOffsetOfLocalHeader;
    if (start < end) throw refused(entry.fileName, "shares its bytes with another entry");
    end = start + LOCAL_HEADER + entry.fileNameLength + entry.compressedSize;
  }
}

async function take(entry: Entry, zip: ZipFile, writer: TreeWriter, picker: MemberPicker): Promise<void> {
  const isFolder = entry.fileName.endsWith("/");
  const path = picker.pick(entry.fileName, isFolder);
  if (path === undefined) return;
  const mode = entry.externalFileAttributes >>> 16;
  refuseOdd(entry, mode, isFolder);
  if (isFolder) return writer.folder(path);
  writer.file(path, entry.uncompressedSize, (mode & 0o111) !== 0);
  let sum = 0;
  for await (const chunk of await zip.openReadStreamPromise(entry)) {
    sum = crc32(chunk as Buffer, sum);
    writer.write(chunk as Buffer);
  }
  writer.close();
  if (sum !== entry.crc32) throw damaged(`${JSON.stringify(entry.fileName)} is not what its CRC-32 says`);
}

/** The upper half of the external attributes is what Unix calls `st_mode`; 0 where the zip was made elsewhere. */
const KINDS: ReadonlyMap<number, string> = new Map([
  [0o120000, "SymbolicLink"],
  [0o020000, "CharacterDevice"],
  [0o060000, "BlockDevice"],
  [0o010000, "FIFO"],
  [0o140000, "Socket"],
]);

function refuseOdd(entry: Entry, mode: number, isFolder: boolean): void {
  const kind = KINDS.get(mode & 0o170000);
  if (kind !== undefined) throw refused(entry.fileName, `is a ${kind}`);
  if (isFolder) return;
  if (entry.isEncrypted()) throw refused(entry.fileName, "is encrypted");
  if (!entry.canDecodeFileData()) {
    throw refused(entry.fileName, `is compressed with method ${entry.compressionMethod}; deflate is known, and none`);
  }
}

/** What the library, and zlib below it, say of a zip that is none, or not whole. Troubles of the disk stay themselves. */
async function inWords<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (cause) {
    if (cause instanceof Failure || !(cause instanceof Error)) throw cause;
    const code = (cause as NodeJS.ErrnoException).code;
    if (code !== undefined && !code.startsWith("Z_")) throw cause;
    throw damaged(cause.message, cause);
  }
}
