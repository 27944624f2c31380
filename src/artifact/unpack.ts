import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { chmod, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import type { ReadEntry } from "tar";
import { Failure, failed } from "../model/failure.ts";

export interface Limits {
  /** Files and folders, those that are only named by the path of another included. */
  readonly entries: number;
  /** Sum of the files' sizes. */
  readonly bytes: number;
}

export const TREE_LIMITS: Limits = { entries: 50_000, bytes: 1024 ** 3 };

const COMPRESSED = new Map([
  [0x1f8b, "gzip"],
  [0x28b5, "zstd"],
]);

/**
 * Unpacks a tar into `folder`, which must not exist yet, and gives the SHA-256 of the tar in hexadecimal. Only files
 * and folders below `folder` come out of it: no path that leads out, no link, no device, and of the mode only whether
 * a file is executable. Everything is synced and read-only (0555, 0444) when it resolves.
 * @throws Failure (exit 1) for anything else in the tar; what was unpacked by then is left to the caller.
 */
export async function unpackTree(
  content: Readable | AsyncIterable<Buffer>,
  folder: string,
  limits: Limits = TREE_LIMITS,
): Promise<string> {
  const { Parser } = await import("tar");
  const hash = createHash("sha256");
  const tree = new Unpacking(folder, limits);
  const parser = new Parser({ strict: true, onReadEntry: (entry) => tree.take(entry) });
  // Without this it would pass over what it does not know; a strict parser says everything else as an error.
  parser.on("ignoredEntry", (entry: ReadEntry) => tree.refuse(entry));
  parser.on("error", (cause: Error) => {
    throw cause instanceof Failure ? cause : damaged(cause.message, cause);
  });
  try {
    let isFirst = true;
    for await (const chunk of content as AsyncIterable<Buffer>) {
      if (isFirst) refuseCompressed(chunk);
      isFirst = false;
      hash.update(chunk);
      // An entry is consumed as it comes, so that a write returns when the bytes are in the file: no drain to await.
      parser.write(chunk);
    }
    parser.end();
    await tree.finish();
    return hash.digest("hex");
  } finally {
    tree.close();
  }
}

/** The files and folders of one tree while they come into being. */
class Unpacking {
  readonly #root: string;
  readonly #limits: Limits;
  readonly #folders = new Set<string>();
  readonly #files: { path: string; mode: number }[] = [];
  #bytes = 0;
  /** The file that is being written. */
  #descriptor: number | undefined;

  constructor(root: string, limits: Limits) {
    this.#root = root;
    this.#limits = limits;
    mkdirSync(root, { mode: 0o700 });
  }

  take(entry: ReadEntry): void {
    const path = insidePath(entry.path);
    if (entry.type === "Directory") {
      this.#folder(path);
      entry.resume();
    } else if (entry.type === "File" || entry.type === "OldFile") {
      this.#file(path, entry);
    } else {
      this.refuse(entry);
    }
  }

  refuse(entry: ReadEntry): never {
    throw refused(entry.path, `is a ${entry.type}`);
  }

  #file(path: string, entry: ReadEntry): void {
    if (path === "") throw refused(entry.path, "names no file");
    this.#bytes += entry.size;
    if (this.#bytes > this.#limits.bytes) throw refused(path, `makes it larger than ${this.#limits.bytes} bytes`);
    this.#folder(path.includes("/") ? dirname(path) : "");
    this.#count(path);
    const name = join(this.#root, path);
    const descriptor = creating(path, () => openSync(name, "wx", 0o600));
    this.#descriptor = descriptor;
    this.#files.push({ path: name, mode: (entry.mode ?? 0) & 0o111 ? 0o555 : 0o444 });
    entry.on("data", (chunk: Buffer) => writeAll(descriptor, chunk));
    entry.on("end", () => this.close());
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #folder(path: string): void {
    if (path === "" || this.#folders.has(path)) return;
    if (path.includes("/")) this.#folder(dirname(path));
    this.#count(path);
    creating(path, () => mkdirSync(join(this.#root, path), { mode: 0o700 }));
    this.#folders.add(path);
  }

  #count(path: string): void {
    const count = this.#files.length + this.#folders.size + 1;
    if (count > this.#limits.entries) throw refused(path, `is one more than ${this.#limits.entries} entries`);
  }

  /** Syncs the files, then takes the right to write away, innermost folders first. */
  async finish(): Promise<void> {
    for (const { path, mode } of this.#files) {
      const file = await open(path, "r");
      try {
        await file.chmod(mode);
        await file.sync();
      } finally {
        await file.close();
      }
    }
    for (const path of [...this.#folders].reverse()) await chmod(join(this.#root, path), 0o555);
    await chmod(this.#root, 0o555);
  }
}

/** A tar's path without `./` and the closing slash; "" is the tree itself. */
function insidePath(path: string): string {
  if (path.startsWith("/") || path.includes("\0")) throw refused(path, "is an absolute path");
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== ".");
  if (segments.includes("..")) throw refused(path, "leads out of it");
  return segments.join("/");
}

function creating<T>(path: string, create: () => T): T {
  try {
    return create();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === "EEXIST" || code === "ENOTDIR") throw refused(path, "comes twice");
    throw cause;
  }
}

function writeAll(descriptor: number, chunk: Buffer): void {
  let written = 0;
  while (written < chunk.length) written += writeSync(descriptor, chunk, written);
}

function refuseCompressed(chunk: Buffer): void {
  const kind = chunk.length >= 2 ? COMPRESSED.get(chunk.readUInt16BE(0)) : undefined;
  if (kind !== undefined) throw damaged(`it is compressed with ${kind}`);
}

const HINT = "an artifact of kind tree is an uncompressed tar of files and folders; let CI pack it again";

const refused = (path: string, why: string): Failure =>
  failed(`the tree's tar was refused: ${JSON.stringify(path)} ${why}`, { hint: HINT });

const damaged = (why: string, cause?: unknown): Failure =>
  failed(`the tree's tar cannot be read: ${why}`, { hint: HINT, cause });
