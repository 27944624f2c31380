import type { Readable } from "node:stream";
import { Failure } from "../model/failure.ts";

/** A piece of a container's output, as the daemon multiplexes it. */
export interface Frame {
  readonly stream: "stdout" | "stderr";
  readonly payload: Buffer;
}

const HEADER_BYTES = 8;

/**
 * Takes the daemon's multiplexed stream apart: eight bytes (stream, 0, 0, 0, length) before every piece.
 * @throws Failure (bug) when the stream is not multiplexed, as that of a container with a terminal is not.
 */
export async function* frames(source: Readable): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of source as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    while (rest.length - start >= HEADER_BYTES) {
      const end = start + HEADER_BYTES + rest.readUInt32BE(start + 4);
      const stream = streamOf(rest[start]);
      if (rest.length < end) break;
      yield { stream, payload: rest.subarray(start + HEADER_BYTES, end) };
      start = end;
    }
    rest = rest.subarray(start);
  }
}

function streamOf(kind: number | undefined): Frame["stream"] {
  if (kind === 0 || kind === 1) return "stdout";
  // 3 is an error of the daemon itself, which is best read where errors are.
  if (kind === 2 || kind === 3) return "stderr";
  throw new Failure("bug", "the container's output is not multiplexed: was it made with a terminal?");
}
