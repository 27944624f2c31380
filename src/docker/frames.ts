import type { Readable } from "node:stream";
import { Failure } from "../model/failure.ts";
import { LONGEST_LINE } from "./lines.ts";

/** A piece of a container's output, as the daemon multiplexes it. */
export interface Frame {
  readonly stream: "stdout" | "stderr";
  readonly payload: Buffer;
  /** The container has a terminal (`tty: true`), which makes one stream of both. */
  readonly isTerminal: boolean;
}

const HEADER_BYTES = 8;

/**
 * Takes the daemon's stream apart: eight bytes (stream, 0, 0, 0, length) before every piece, or, of a container with a
 * terminal, its lines and nothing else. Daemons before API 1.42 do not say which; the first bytes do.
 * @throws Failure (bug) when a stream that began with such a header goes on without.
 */
export async function* frames(source: Readable): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0);
  let isTerminal: boolean | undefined;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (isTerminal === undefined && rest.length >= 4) isTerminal = !isHeader(rest);
    if (isTerminal === undefined) continue;
    const taken = isTerminal ? linesIn(rest) : framesIn(rest);
    yield* taken.frames;
    rest = taken.rest;
  }
  if (isTerminal !== false && rest.length > 0) yield { stream: "stdout", payload: rest, isTerminal: true };
}

interface Taken {
  readonly frames: readonly Frame[];
  /** What the next chunk completes. */
  readonly rest: Buffer;
}

const isHeader = (bytes: Buffer): boolean => (bytes[0] ?? 255) <= 3 && bytes.readUIntBE(1, 3) === 0;

function framesIn(bytes: Buffer): Taken {
  const frames: Frame[] = [];
  let start = 0;
  while (bytes.length - start >= HEADER_BYTES) {
    const end = start + HEADER_BYTES + bytes.readUInt32BE(start + 4);
    const stream = streamOf(bytes[start]);
    if (bytes.length < end) break;
    frames.push({ stream, payload: bytes.subarray(start + HEADER_BYTES, end), isTerminal: false });
    start = end;
  }
  return { frames, rest: bytes.subarray(start) };
}

function linesIn(bytes: Buffer): Taken {
  const frames: Frame[] = [];
  let start = 0;
  for (let end = bytes.indexOf(0x0a) + 1; end > 0; end = bytes.indexOf(0x0a, start) + 1) {
    frames.push({ stream: "stdout", payload: bytes.subarray(start, end), isTerminal: true });
    start = end;
  }
  const rest = bytes.subarray(start);
  if (rest.length < LONGEST_LINE) return { frames, rest };
  return { frames: [...frames, { stream: "stdout", payload: rest, isTerminal: true }], rest: Buffer.alloc(0) };
}

function streamOf(kind: number | undefined): Frame["stream"] {
  if (kind === 0 || kind === 1) return "stdout";
  // 3 is an error of the daemon itself, which is best read where errors are.
  if (kind === 2 || kind === 3) return "stderr";
  throw new Failure("bug", "the container's output is not multiplexed any more");
}
