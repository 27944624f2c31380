import { closeSync, createReadStream, openSync, readSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { createGunzip } from "node:zlib";
import { failed } from "../model/failure.ts";
import { damaged } from "./archive-member.ts";

/** How a tar is compressed that lies in a file. */
export type Compression = "none" | "gzip" | "zstd";

const CHUNK_BYTES = 256 * 1024;

/**
 * What a file holds, expanded, in chunks. A bomb is stopped as soon as it is past the limit: nothing more of it is
 * expanded.
 * @param most how many bytes it may expand to.
 * @throws Failure (exit 1) where the file is not what it is said to be, ends too early, or expands to more.
 */
export async function* expand(file: string, compression: Compression, most: number): AsyncGenerator<Uint8Array> {
  let total = 0;
  for await (const chunk of EXPANDERS[compression](file)) {
    total += chunk.length;
    if (total > most) {
      throw failed(`its archive was refused: it expands to more than ${most} bytes`, {
        hint: "an artifact is not that large; let CI pack less, or look at who packed this",
      });
    }
    yield chunk;
  }
}

const EXPANDERS: Readonly<Record<Compression, (file: string) => AsyncIterable<Uint8Array>>> = {
  none: (file) => createReadStream(file, { highWaterMark: CHUNK_BYTES }),
  gzip: gunzip,
  zstd: unzstd,
};

async function* gunzip(file: string): AsyncGenerator<Uint8Array> {
  const source = createReadStream(file, { highWaterMark: CHUNK_BYTES });
  const expanded = createGunzip({ chunkSize: CHUNK_BYTES });
  source.on("error", (cause) => expanded.destroy(cause));
  try {
    yield* source.pipe(expanded);
  } catch (cause) {
    if (!String((cause as NodeJS.ErrnoException).code).startsWith("Z_")) throw cause;
    throw damaged(`gzip says ${JSON.stringify((cause as Error).message)}`, cause);
  } finally {
    source.destroy();
    expanded.destroy();
  }
}

/**
 * The decoder (zstd's own code as WebAssembly) pulls its input, so the file is read at once, chunk by chunk, and others
 * get a turn between them. Of what is damaged it says nothing but empty chunks, without end.
 */
async function* unzstd(file: string): AsyncGenerator<Uint8Array> {
  const { ZSTDDecoder } = await import("zstddec/stream");
  const decoder = new ZSTDDecoder();
  await decoder.init();
  let empty = 0;
  let total = 0;
  try {
    for (const chunk of decoder.decodeStreaming(chunksOf(file))) {
      empty = chunk.length === 0 ? empty + 1 : 0;
      total += chunk.length;
      if (empty > EMPTY_AT_MOST) break;
      if (chunk.length === 0) continue;
      yield chunk;
      await setImmediate();
    }
  } catch (cause) {
    if (!(cause instanceof Error) || !cause.message.startsWith("Incomplete stream")) throw cause;
    throw damaged("zstd finds that it is cut off", cause);
  }
  if (empty > EMPTY_AT_MOST || total === 0) throw damaged("zstd finds it damaged, or no zstd at all");
}

/** A frame may expand to nothing; so many of them in a row nobody writes. */
const EMPTY_AT_MOST = 1000;

function* chunksOf(file: string): Generator<Uint8Array> {
  const descriptor = openSync(file, "r");
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let read = readSync(descriptor, buffer); read > 0; read = readSync(descriptor, buffer)) {
      yield buffer.subarray(0, read);
    }
  } finally {
    closeSync(descriptor);
  }
}
