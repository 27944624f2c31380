import { createHash, type Hash } from "node:crypto";
import { type Clock, systemClock } from "../host/clock.ts";
import { environmentFailure, Failure } from "../model/failure.ts";
import { reasonOf } from "./http/reasons.ts";
import { backOffMs } from "./http/retry.ts";
import type { Content, Opened } from "./source.ts";

export interface DownloadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with every chunk that arrives; both numbers in bytes, `total` where it is known. */
  readonly onProgress?: ((done: number, total: number | undefined) => void) | undefined;
  readonly clock?: Clock;
}

/** The source has something else by now than what has come so far: only from the beginning it can be had. */
export class ChangedMeanwhile extends Error {
  override readonly name = "ChangedMeanwhile";
}

/** Given up when so many connections in a row bring not a byte, or so many in all bring not everything. */
const FRUITLESS_AT_MOST = 5;
const CONNECTIONS_AT_MOST = 200;

/**
 * The bytes of a content as one stream, whatever number of connections they take: one that breaks off is followed by
 * another from there on. What is given is always the beginning of one and the same content.
 * @throws ChangedMeanwhile; Failure when it cannot be had or its length is not what was said; the signal's reason.
 */
export async function* download(content: Content, options: DownloadOptions = {}): AsyncGenerator<Buffer> {
  const { signal, clock = systemClock } = options;
  const report = () => options.onProgress?.(so.bytes, so.size);
  const so = new SoFar(content);
  let fruitless = 0;
  for (let connections = 1; ; connections++) {
    const before = so.bytes;
    const cause = yield* following(so, await content.open(so.continuesAt, signal, so.version), report);
    signal?.throwIfAborted();
    if (cause === undefined && so.isComplete) return;
    fruitless = so.bytes > before ? 0 : fruitless + 1;
    if (fruitless >= FRUITLESS_AT_MOST || connections >= CONNECTIONS_AT_MOST) throw brokenOff(content, so, cause);
    await clock.sleep(backOffMs(fruitless + 1, Math.random()), signal);
  }
}

/** What one connection adds; returns what it broke off with, if it did. */
async function* following(so: SoFar, opened: Opened, report: () => void): AsyncGenerator<Buffer, unknown> {
  try {
    for await (const chunk of so.rest(opened)) {
      yield chunk;
      report();
    }
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Failure || thrown instanceof ChangedMeanwhile) throw thrown;
    return thrown;
  }
}

/** What has come of a content, and what is known of all of it. */
class SoFar {
  readonly #content: Content;
  /** Of what has come, where nothing else would tell that another connection gives other bytes. */
  #hash: Hash | undefined;
  bytes = 0;
  size: number | undefined;
  version: string | undefined;

  constructor(content: Content) {
    this.#content = content;
    this.size = content.size;
  }

  /** A stream that just ends, without anyone having said how long it would be, has ended. */
  get isComplete(): boolean {
    return this.size === undefined || this.bytes === this.size;
  }

  /** Where the next connection is to go on: at the beginning where nothing would tell that it goes on with the same. */
  get continuesAt(): number {
    return this.version === undefined && this.#content.checksum === undefined ? 0 : this.bytes;
  }

  /** What an opened stream gives beyond what has come. */
  async *rest(opened: Opened): AsyncGenerator<Buffer> {
    let skip = this.#begin(opened);
    const skipped = this.#hash === undefined || skip === 0 ? undefined : createHash("sha256");
    for await (const chunk of opened.stream as AsyncIterable<Buffer>) {
      const known = chunk.subarray(0, skip);
      skip -= known.length;
      skipped?.update(known);
      if (skip > 0) continue;
      if (known.length > 0) this.#expectSame(skipped);
      const fresh = chunk.subarray(known.length);
      this.bytes += fresh.length;
      if (this.size !== undefined && this.bytes > this.size) throw longer(this.#content, this.size);
      this.#hash?.update(fresh);
      if (fresh.length > 0) yield fresh;
    }
  }

  /** Compares what is opened with what has come; gives how many bytes of it are known already. */
  #begin(opened: Opened): number {
    const { offset, size, version, stream } = opened;
    const isFirst = this.bytes === 0;
    if (isFirst) this.size = this.#content.size;
    const isOtherSize = size !== undefined && this.size !== undefined && size !== this.size;
    if (isFirst && isOtherSize) throw stopped(stream, otherLength(this.#content, size));
    const isOther = !isFirst && (isOtherSize || version !== this.version);
    if (isOther || offset > this.bytes) throw stopped(stream, new ChangedMeanwhile());
    this.size ??= size;
    this.version = version;
    if (isFirst) this.#hash = version === undefined && !this.#content.checksum ? createHash("sha256") : undefined;
    return this.bytes - offset;
  }

  #expectSame(skipped: Hash | undefined): void {
    if (skipped?.digest("hex") !== this.#hash?.copy().digest("hex")) throw new ChangedMeanwhile();
  }
}

/** Ends a stream that nobody reads, so that its connection is free. */
function stopped<T>(stream: Opened["stream"], reason: T): T {
  stream.on("error", () => {}).destroy();
  return reason;
}

const otherLength = ({ from, size }: Content, there: number): Failure =>
  environmentFailure(`${from} has ${there} bytes, not ${size} as CI said`, {
    hint: "CI's list of builds and its files do not belong together; let CI build again",
  });

const longer = ({ from }: Content, size: number): Failure =>
  environmentFailure(`${from} gives more than the ${size} bytes that it has`, {
    hint: "the server, or a proxy on the way, lies about lengths; let CI build again, or ask who runs it",
  });

function brokenOff({ from }: Content, { bytes, size }: SoFar, cause: unknown): Failure {
  const why = cause === undefined ? "it ends there" : reasonOf(cause);
  const of = size === undefined ? "" : ` of ${size}`;
  return environmentFailure(`${from} broke off after ${bytes}${of} bytes, again and again: ${why}`, {
    hint: "try again; if it is always there, the server's file is not whole: let CI build again",
    cause,
  });
}
