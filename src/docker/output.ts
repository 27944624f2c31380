import type { Duplex, Readable } from "node:stream";
import type { ContainerId, ServiceName } from "../model/names.ts";
import type { Client } from "./client.ts";
import type { Daemon, LogLine, LogOptions } from "./daemon.ts";
import { type Frame, frames } from "./frames.ts";
import { type Lines, lines } from "./lines.ts";

/** The two ways to a container's output. */
export function outputCalls(client: Client): Pick<Daemon, "logs" | "attach"> {
  return {
    logs: (container, service, options) => logLines(client, container, service, options),
    async attach(container, service, signal) {
      const what = `attach to the output of ${service}`;
      const asked = { stream: true, stdin: true, stdout: true, stderr: true, hijack: true, abortSignal: signal };
      const socket = await client.call(
        what,
        async (docker) => (await docker.getContainer(container).attach(asked)) as unknown as Duplex,
        signal,
      );
      // The request's signal ends with the request; what it was upgraded to is ours to end.
      const end = () => socket.destroy();
      signal.addEventListener("abort", end, { once: true });
      socket.once("close", () => signal.removeEventListener("abort", end));
      // One that comes after the last read would otherwise end this process.
      socket.on("error", () => {});
      const lines = guarded(client, what, socket, attachedLines(socket, container, service), signal);
      const write = (text: string) => {
        if (socket.writable) socket.write(text);
      };
      return { [Symbol.asyncIterator]: () => lines, write };
    },
  };
}

async function* logLines(
  client: Client,
  container: ContainerId,
  service: ServiceName,
  options: LogOptions,
): AsyncGenerator<LogLine> {
  const what = `read the log of ${service}`;
  const { signal } = options;
  if (signal?.aborted) return;
  const query = {
    follow: options.follow,
    stdout: true,
    stderr: true,
    timestamps: true,
    ...(options.tail !== undefined && { tail: options.tail }),
    ...(options.since !== undefined && { since: epochOf(options.since) }),
  };
  // `follow` outside of the query asks the client for a stream rather than the whole log at once.
  const asked = { follow: true as const, _query: query, ...(signal && { abortSignal: signal }) };
  let stream: Readable;
  try {
    stream = (await client.call(what, (docker) => docker.getContainer(container).logs(asked), signal)) as Readable;
  } catch (thrown) {
    if (signal?.aborted) return;
    throw thrown;
  }
  yield* guarded(client, what, stream, loggedLines(stream, container, service), signal);
}

/** Ends quietly on abort, turns what breaks the stream into a Failure, and never leaves the socket behind. */
async function* guarded<T>(
  client: Client,
  what: string,
  stream: Readable,
  source: AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (thrown) {
    if (!signal?.aborted) throw client.failure(what, thrown);
  } finally {
    stream.destroy();
  }
}

const terminal = ({ isTerminal }: Frame) => (isTerminal ? { isTerminal: true as const } : {});

type Held = Record<Frame["stream"], Lines>;

async function* attachedLines(
  stream: Readable,
  container: ContainerId,
  service: ServiceName,
): AsyncGenerator<readonly LogLine[]> {
  const held: Held = { stdout: lines(), stderr: lines() };
  for await (const frame of frames(stream)) {
    const { stream: name, isTerminal } = frame;
    const texts = held[name].push(frame.payload);
    // Written out: to spread what is the same in all of them takes longer than all the rest.
    yield isTerminal
      ? texts.map((text): LogLine => ({ service, container, stream: name, isTerminal, text, time: undefined }))
      : texts.map((text): LogLine => ({ service, container, stream: name, text, time: undefined }));
  }
  for (const name of ["stdout", "stderr"] as const) {
    yield held[name].end().map((text): LogLine => ({ service, container, stream: name, text, time: undefined }));
  }
}

async function* loggedLines(stream: Readable, container: ContainerId, service: ServiceName): AsyncGenerator<LogLine> {
  const held: Held = { stdout: lines(), stderr: lines() };
  const times: { [stream in Frame["stream"]]?: string | undefined } = {};
  for await (const frame of frames(stream)) {
    // The daemon stores a long line in pieces of 16 KiB, each a frame with a time of its own; the first is the line's.
    const { time, text: piece } = timeAndText(frame.payload);
    times[frame.stream] ??= time;
    const first = times[frame.stream];
    const complete = held[frame.stream].push(piece);
    for (const text of complete)
      yield { service, container, stream: frame.stream, ...terminal(frame), text, time: first };
    if (complete.length > 0) delete times[frame.stream];
  }
  for (const name of ["stdout", "stderr"] as const) {
    for (const text of held[name].end()) yield { service, container, stream: name, text, time: times[name] };
  }
}

/** `2026-11-20T13:44:11.509494521Z text` taken apart; a piece without a time is all text. */
function timeAndText(payload: Buffer): { time: string | undefined; text: Buffer } {
  const space = payload.indexOf(0x20);
  const time = space > 0 && space <= 40 ? payload.toString("latin1", 0, space) : undefined;
  if (time === undefined || !/^\d{4}-\d\d-\d\dT/.test(time)) return { time: undefined, text: payload };
  return { time, text: payload.subarray(space + 1) };
}

/**
 * The API takes seconds with nine decimals; people and log lines have RFC 3339. A Date would round to milliseconds and
 * show lines twice, so the fraction is carried over as text.
 */
export function epochOf(since: string): string {
  if (/^\d+(\.\d+)?$/.test(since)) return since;
  const [, whole, fraction = "", zone = "Z"] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)?$/i.exec(since) ?? [];
  const seconds = Date.parse(`${whole}${zone}`) / 1000;
  return Number.isNaN(seconds) ? since : `${seconds}${fraction}`;
}
