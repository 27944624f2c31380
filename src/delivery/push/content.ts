import { lstat, open } from "node:fs/promises";
import { packTree } from "../../artifact/pack.ts";
import { failed } from "../../model/failure.ts";

const CHUNK_BYTES = 1024 * 1024;

/** A file or a folder as it travels: a folder as a tar of so many bytes. */
export interface Content {
  readonly kind: "file" | "tree";
  /** Permission bits, in octal: `755`. */
  readonly mode: string;
  readonly bytes: number;
  /** Reads it. @throws where it has fewer bytes by now, or is gone. */
  chunks(): AsyncGenerator<Buffer>;
}

/** What lies at a path. Nothing is held in memory; a folder is read twice, as its tar is announced with its size. */
export async function contentOf(path: string): Promise<Content> {
  const facts = await lstat(path);
  if (facts.isDirectory()) {
    return { kind: "tree", mode: "755", bytes: await tarBytes(path), chunks: () => packTree(path) };
  }
  const [mode, bytes] = [(facts.mode & 0o777).toString(8), facts.size];
  return { kind: "file", mode, bytes, chunks: () => chunksOf(path, bytes) };
}

async function tarBytes(folder: string): Promise<number> {
  let bytes = 0;
  for await (const chunk of packTree(folder)) bytes += chunk.length;
  return bytes;
}

async function* chunksOf(path: string, size: number): AsyncGenerator<Buffer> {
  const file = await open(path, "r");
  try {
    for (let position = 0; position < size; ) {
      const want = Math.min(CHUNK_BYTES, size - position);
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(want), 0, want, position);
      if (bytesRead === 0) throw failed(`${path} became shorter while it was sent`, { hint: "Try again." });
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
