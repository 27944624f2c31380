import { lstat, open } from "node:fs/promises";
import { packTree } from "../../artifact/pack.ts";
import { failed } from "../../model/failure.ts";

const CHUNK_BYTES = 512 * 1024;

/** A file or a folder as it travels: a folder as a tar of so many bytes. */
export interface Content {
  readonly kind: "file" | "tree";
  /** Permission bits, in octal: `755`. */
  readonly mode: string;
  readonly bytes: number;
  /** Reads it; a chunk's memory is used again after the next. @throws where it has fewer bytes by now, or is gone. */
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

/** Reads on while what was read is sent, into two pieces of memory: a new one for each takes longer than the reading. */
async function* chunksOf(path: string, size: number): AsyncGenerator<Buffer> {
  const file = await open(path, "r");
  const [one, two] = [Buffer.allocUnsafe(CHUNK_BYTES), Buffer.allocUnsafe(CHUNK_BYTES)];
  const read = (into: Buffer, position: number) => {
    const reading = file.read(into, 0, Math.min(CHUNK_BYTES, size - position), position);
    reading.catch(() => undefined); // told when it is waited for
    return reading;
  };
  let reading = read(one, 0);
  try {
    for (let position = 0; position < size; ) {
      const { bytesRead, buffer } = await reading;
      if (bytesRead === 0) throw failed(`${path} became shorter while it was sent`, { hint: "Try again." });
      position += bytesRead;
      reading = read(buffer === one ? two : one, position);
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await reading.catch(() => undefined);
    await file.close();
  }
}
