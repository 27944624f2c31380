import type { Clock } from "../host/clock.ts";
import type { PortProbe } from "../model/profile.ts";
import { askInside } from "./ask-inside.ts";
import { type Attempt, type Place, REFUSED, SILENT, tryHttp, tryTcp } from "./connect.ts";
import type { Question } from "./inner-line.ts";
import { never, type ReadyTarget, type Verdict, within } from "./ready-target.ts";

/** Which the last attempt has, too: its time may have gone by while this machine stood still. */
const FAIR_MS = 100;
const FIRST_PAUSE_MS = 1.5;
const LONGEST_PAUSE_MS = 50;

/** Resolves when the port is answered well, or the deadline has passed: with what the last attempt met. */
export async function awaitPort(
  ready: PortProbe,
  target: ReadyTarget,
  clock: Clock,
  signal: AbortSignal,
): Promise<Verdict> {
  const deadline = clock.monotonic() + ready.withinMs;
  const left = () => deadline - clock.monotonic();
  try {
    let last: Attempt | undefined;
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.3, LONGEST_PAUSE_MS)) {
      const attempt = await probePort(ready, target, Math.max(left(), FAIR_MS), signal);
      last = attempt.isCut ? (last ?? attempt) : attempt;
      if (attempt.ready) return { ready: true, reason: attempt.words };
      signal.throwIfAborted();
      if (left() <= pause) return { ready: false, reason: `${wordsOf(last, ready)} ${within(ready.withinMs)}` };
      await clock.sleep(pause, signal);
    }
  } catch (thrown) {
    if (signal.aborted) return never();
    throw thrown;
  }
}

const wordsOf = ({ words }: Attempt, { port }: PortProbe): string =>
  words === REFUSED ? `did not listen on port ${port}` : words;

/** One attempt, no longer than `leftMs`, the nearest way: the container's address, a published port, or from inside. */
export function probePort(
  ready: PortProbe,
  target: ReadyTarget,
  leftMs: number,
  signal: AbortSignal,
): Promise<Attempt> {
  const { endpoint, address } = target;
  const host = endpoint.reachesContainers ? address : undefined;
  if (host !== undefined) {
    const place = { host, port: ready.port, patienceMs: leftMs, connectsWithinMs: CONNECTS_WITHIN_MS, lingerMs: 0 };
    return ask(ready, place, signal);
  }
  const published = publishedPort(ready, target);
  if (published === undefined) return fromInside(ready, target, leftMs, signal);
  return ask(ready, { ...published, patienceMs: leftMs, lingerMs: PROXY_LINGER_MS }, signal);
}

/** To a container on this machine: below 1 ms as a rule, and below 50 ms on one that is very busy. */
const CONNECTS_WITHIN_MS = 150;

/** How fast Docker's proxy closes a connection that the container refused; measured below 5 ms. */
const PROXY_LINGER_MS = 50;

const ask = (ready: PortProbe, place: Place, signal: AbortSignal): Promise<Attempt> =>
  ready.kind === "http" ? tryHttp(place, ready.path, signal) : tryTcp(place, signal);

function publishedPort({ kind, port }: PortProbe, { ports, endpoint }: ReadyTarget) {
  // That a forward takes a connection says nothing of the container.
  if (endpoint.publishedByForward && kind === "tcp") return undefined;
  const binding = ports?.find(
    // Of a free one, or one of a range, only the daemon knows which it is.
    ({ containerPort, protocol, hostPort, hostPortEnd }) =>
      containerPort === port && protocol === "tcp" && hostPort !== 0 && hostPortEnd === undefined,
  );
  return binding && { host: endpoint.publishedOn, port: binding.hostPort };
}

/** Attempts inside the container, for as long as `leftMs`; below a second, just one. */
async function fromInside(
  ready: PortProbe,
  target: ReadyTarget,
  leftMs: number,
  signal: AbortSignal,
): Promise<Attempt> {
  const port = String(ready.port);
  const question: Question = ready.kind === "http" ? ["http", port, ready.path] : ["tcp", port];
  const patience = { often: leftMs < 1000 ? "once" : "until", ms: leftMs, signal } as const;
  const answer = await askInside(question, target, patience);
  if (answer === undefined) return { ready: false, words: REFUSED };
  const { word } = answer;
  if (answer.ready) return { ready: true, words: "answered inside its container" };
  if (/^\d+$/.test(word) && ready.kind === "http") return { ready: false, words: `answered ${word} on ${ready.path}` };
  return { ready: false, words: word === "silent" ? SILENT : REFUSED };
}
