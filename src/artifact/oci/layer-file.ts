import { open } from "node:fs/promises";
import { type Compression, expand } from "../expand.ts";

/** More than any layer of an image that people pull; what expands to more is a bomb. */
const LAYER_BYTES = 64 * 1024 ** 3;

/**
 * The tar of a layer that lies in a file as the registry gave it: as it is, or compressed by gzip or zstd. As with Docker
 * its first bytes say which, not its media type.
 * @throws Failure (exit 1) where it is damaged
 */
export async function* layerTar(path: string): AsyncGenerator<Buffer> {
  for await (const chunk of expand(path, await compressionOf(path), LAYER_BYTES)) {
    yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
}

async function compressionOf(path: string): Promise<Compression> {
  const file = await open(path, "r");
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    if (buffer.readUInt16BE(0) === 0x1f8b) return "gzip";
    const mark = buffer.readUInt32LE(0);
    // A frame of zstd, or one that may be skipped, which zstd:chunked layers begin with.
    return mark === 0xfd2fb528 || (mark & 0xfffffff0) >>> 0 === 0x184d2a50 ? "zstd" : "none";
  } finally {
    await file.close();
  }
}
