import { Writable } from "node:stream";
import type { Clock } from "../host/clock.ts";
import type { ReadyProbe } from "../model/profile.ts";
import { type Attempt, type Place, REFUSED, SILENT, tryHttp, tryTcp } from "./connect.ts";
import insideScript from "./probe-inside.sh";
import { never, type ReadyTarget, type Verdict } from "./ready-target.ts";

const FIRST_PAUSE_MS = 1.5;
const LONGEST_PAUSE_MS = 50;

/** Resolves when the probe is answered well, or its deadline has passed: with what the last attempt met. */
export async function awaitProbe(
  ready: ReadyProbe,
  target: ReadyTarget,
  clock: Clock,
  signal: AbortSignal,
): Promise<Verdict> {
  const deadline = clock.monotonic() + ready.withinMs;
  const left = () => deadline - clock.monotonic();
  try {
    let last: Attempt | undefined;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.3, LONGEST_PAUSE_MS)) {
      const attempt = await probe(ready, target, left(), signal);
      last = attempt.isCut ? (last ?? attempt) : attempt;
      if (attempt.ready) return { ready: true, reason: attempt.words };
      signal.throwIfAborted();
      if (left() <= pause) return { ready: false, reason: `${wordsOf(last, ready)} within ${seconds(ready.withinMs)}` };
      await clock.sleep(pause, signal);
    }
  } catch (thrown) {
    if (signal.aborted) return never();
    throw thrown;
  }
}

const wordsOf = ({ words }: Attempt, { port }: ReadyProbe): string =>
  words === REFUSED ? `did not listen on port ${port}` : words;

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;

/** One attempt, no longer than `leftMs`, the nearest way: the container's address, a published port, or from inside. */
export function probe(ready: ReadyProbe, target: ReadyTarget, leftMs: number, signal: AbortSignal): Promise<Attempt> {
  const { endpoint, address } = target;
  const host = endpoint.reachesContainers ? address : undefined;
  if (host !== undefined) {
    const place = { host, port: ready.port, patienceMs: leftMs, connectsWithinMs: CONNECTS_WITHIN_MS, lingerMs: 0 };
    return ask(ready, place, signal);
  }
  const published = publishedPort(ready, target);
  if (published === undefined) return askInside(ready, target, leftMs, signal);
  return ask(ready, { ...published, patienceMs: leftMs, lingerMs: PROXY_LINGER_MS }, signal);
}

/** To a container on this machine: below 1 ms as a rule, and below 50 ms on one that is very busy. */
const CONNECTS_WITHIN_MS = 150;

/** How fast Docker's proxy closes a connection that the container refused; measured below 5 ms. */
const PROXY_LINGER_MS = 50;

const ask = (ready: ReadyProbe, place: Place, signal: AbortSignal): Promise<Attempt> =>
  ready.kind === "http" ? tryHttp(place, ready.path, signal) : tryTcp(place, signal);

function publishedPort({ port }: ReadyProbe, { ports, endpoint }: ReadyTarget) {
  const binding = ports?.find(
    // Of a free one, or one of a range, only the daemon knows which it is.
    ({ containerPort, protocol, hostPort, hostPortEnd }) =>
      containerPort === port && protocol === "tcp" && hostPort !== 0 && hostPortEnd === undefined,
  );
  return binding && { host: endpoint.publishedOn, port: binding.hostPort };
}

/** A loop of attempts inside the container, as long as `leftMs`: one exec costs more than many attempts. */
async function askInside(
  ready: ReadyProbe,
  target: ReadyTarget,
  leftMs: number,
  signal: AbortSignal,
): Promise<Attempt> {
  const path = ready.kind === "http" ? ready.path : "";
  const wholeSeconds = String(Math.floor(leftMs / 1000));
  const said = new LastWord();
  const words = ["probe", ready.kind, String(ready.port), path, wholeSeconds];
  const command = ["/devenv/init/busybox", "sh", "-c", insideScript, ...words];
  const streams = { stdin: undefined, stdout: said, stderr: new LastWord() };
  const code = await target.daemon
    .exec(target.container, { command, tty: false, ...streams, signal })
    .catch((thrown: unknown) => unlessEnded(thrown, target));
  if (code === undefined) return { ready: false, words: REFUSED };
  if (code === 0) return { ready: true, words: "answered inside its container" };
  if (/^\d+$/.test(said.word)) return { ready: false, words: `answered ${said.word} on ${path}` };
  return { ready: false, words: said.word === "silent" ? SILENT : REFUSED };
}

/** In a program that has just ended nothing can be asked: it does not answer, and why it ended is said elsewhere. */
async function unlessEnded(thrown: unknown, { daemon, container }: ReadyTarget): Promise<undefined> {
  const detail = await daemon.inspect(container).catch(() => undefined);
  if (detail === undefined || detail.state === "running") throw thrown;
}

/** Keeps the last line that is written to it. */
class LastWord extends Writable {
  word = "";

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.word = chunk.toString().trimEnd().split("\n").at(-1) ?? this.word;
    done();
  }
}
