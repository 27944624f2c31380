import { connect, type Socket } from "node:net";
import { afterRunning } from "../host/running-time.ts";

export interface Place {
  readonly host: string;
  readonly port: number;
  /** How long an attempt may take; never more than a second, in which a service that is up answers its probe well. */
  readonly patienceMs: number;
  /**
   * How long a connection may take to come about, where that is known to be quick: a first packet that is lost while a
   * container's network comes up is repeated only after a second (measured: 1.2 s instead of 0.3 s for a roll-back).
   */
  readonly connectsWithinMs?: number | undefined;
  /**
   * How long a connection has to stay, to count. For a published port: Docker's proxy accepts before it knows whether
   * the container does, and closes again at once when it does not.
   */
  readonly lingerMs: number;
}

/** What one attempt gave. `words` says what happened, to follow the service's name in a sentence. */
export interface Attempt {
  readonly ready: boolean;
  readonly words: string;
  /** It was ended by a patience shorter than a second: it says less than an attempt before it. */
  readonly isCut?: boolean;
}

const LONGEST_PATIENCE_MS = 1000;

/**
 * One GET on a fresh connection; a status of 200 to 399 is ready. Never throws. Spoken by hand: only the status line
 * matters, and a swap asks every few milliseconds.
 */
export function tryHttp(place: Place, path: string, signal: AbortSignal): Promise<Attempt> {
  return attempt(place, signal, (socket, settle) => {
    let answer = "";
    let isJudged = false;
    socket.setEncoding("latin1");
    socket.on("connect", () => socket.write(requestFor(place, path)));
    socket.on("data", (chunk: string) => {
      // The rest is read to its end, so that the service's log shows no broken connection.
      if (isJudged) return;
      answer += chunk;
      isJudged = answer.includes("\n") || answer.length > LONGEST_STATUS_LINE;
      if (isJudged) settle(judge(answer, path), "drain");
    });
    socket.on("close", () => settle({ ready: false, words: `closed the connection without an answer to ${path}` }));
  });
}

const LONGEST_STATUS_LINE = 1024;

const requestFor = ({ host, port }: Place, path: string): string =>
  [
    `GET ${path} HTTP/1.1`,
    `Host: ${host.includes(":") ? `[${host}]` : host}:${port}`,
    "User-Agent: devenv",
    "Accept: */*",
    "Connection: close",
    "\r\n",
  ].join("\r\n");

function judge(answer: string, path: string): Attempt {
  const [, status] = /^HTTP\/\d\.\d (\d{3})/.exec(answer) ?? [];
  if (status === undefined) return { ready: false, words: `does not speak HTTP on ${path}` };
  return { ready: status >= "200" && status < "400", words: `answered ${status} on ${path}` };
}

/** One connection that is taken, and not closed again at once. Never throws. */
export function tryTcp(place: Place, signal: AbortSignal): Promise<Attempt> {
  return attempt(place, signal, (socket, settle) => {
    const accepted = { ready: true, words: "accepted a connection" };
    socket.on("connect", () => {
      if (place.lingerMs === 0) settle(accepted);
      else setTimeout(() => settle(accepted), place.lingerMs);
    });
    // A service may speak first.
    socket.on("data", () => settle(accepted));
    socket.on("close", () => settle({ ready: false, words: "closed the connection at once" }));
  });
}

type Settle = (attempt: Attempt, rest?: "drain" | "leave") => void;
type Conversation = (socket: Socket, settle: Settle) => void;

function attempt(place: Place, signal: AbortSignal, converse: Conversation): Promise<Attempt> {
  return new Promise((resolve) => {
    const socket = connect(place);
    // The first word counts.
    const settle: Settle = (attempt, rest = "leave") => {
      resolve(attempt);
      // Who asked ends all that is under way once one answer is known: not the reading of that one.
      signal.removeEventListener("abort", stop);
      if (rest === "leave") socket.destroy();
      else socket.unref(); // it may drain, but not keep this process alive
    };
    const stop = () => settle({ ready: false, words: "was not asked to the end" });
    // Their timers keep no process alive: as long as nothing is decided, the socket does.
    const stopPatience = afterRunning(Math.min(place.patienceMs, LONGEST_PATIENCE_MS), () => {
      settle({
        ready: false,
        words: socket.connecting ? "did not take a connection" : SILENT,
        isCut: place.patienceMs < LONGEST_PATIENCE_MS,
      });
      socket.destroy();
    });
    const stopConnecting = afterRunning(place.connectsWithinMs ?? LONGEST_PATIENCE_MS, () => {
      if (!socket.connecting) return;
      settle({ ready: false, words: "did not take a connection" });
      socket.destroy();
    });
    socket.on("error", ({ code, message }: NodeJS.ErrnoException) => {
      settle({ ready: false, words: code === "ECONNREFUSED" ? REFUSED : `could not be reached: ${code ?? message}` });
    });
    socket.on("close", () => {
      stopPatience();
      stopConnecting();
    });
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
    converse(socket, settle);
  });
}

/** What an attempt says when nobody listens yet, and when somebody does and no answer comes. */
export const REFUSED = "did not listen";
export const SILENT = "took a connection and did not answer";
