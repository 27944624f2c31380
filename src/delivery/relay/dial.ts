import { connect, isIP, type LookupFunction, type Socket } from "node:net";
import { connect as connectTls, type SecureContext } from "node:tls";
import { afterRunning } from "../../host/running-time.ts";
import type { RelayTarget } from "../../model/relay.ts";
import { timedOut } from "./trouble.ts";

/** How long a target may take to accept a connection. */
const CONNECTS_WITHIN_MS = 10_000;

/**
 * A connection to where a target is, with TLS and a checked certificate where it speaks that. It emits `ready` when
 * data may flow (after TLS's handshake), or `error` in the system's words.
 */
export function dial(target: RelayTarget, trust: SecureContext, withinMs: number = CONNECTS_WITHIN_MS): Socket {
  const { host, port, isTls } = addressOf(target);
  const place = { host, port, allowHalfOpen: true };
  // An address has no server name (RFC 6066).
  const socket = isTls
    ? connectTls({ ...place, secureContext: trust, ...(isIP(host) === 0 && { servername: host }) })
    : connect(host === HERE ? { ...place, ...loopback(withinMs) } : place);
  socket.setNoDelay(true);
  const stopPatience = afterRunning(withinMs, () => socket.destroy(timedOut()));
  socket.once(isTls ? "secureConnect" : "connect", stopPatience);
  socket.once("close", stopPatience);
  return socket;
}

/** The event with which a connection to the target has come about. */
export const readyEvent = (target: RelayTarget): "secureConnect" | "connect" =>
  addressOf(target).isTls ? "secureConnect" : "connect";

const HERE = "127.0.0.1";

/**
 * Programs that listen on "localhost" often do so on ::1 alone (Vite and others since Node 17): whoever looks for one
 * here is let through to it as well. Nobody listens where that is said, not where it is quiet for Node's 250 ms.
 */
const loopback = (withinMs: number) => ({
  host: "localhost",
  lookup: bothLoopbacks,
  autoSelectFamilyAttemptTimeout: withinMs,
});

const bothLoopbacks: LookupFunction = (_name, { all }, done) => {
  if (!all) return done(null, HERE, 4);
  done(null, [
    { address: HERE, family: 4 },
    { address: "::1", family: 6 },
  ]);
};

function addressOf(target: RelayTarget): { host: string; port: number; isTls: boolean } {
  if (target.kind !== "http") return { host: target.host, port: target.port, isTls: target.kind === "tls" };
  const { protocol, hostname, port } = new URL(target.url);
  const isTls = protocol === "https:";
  return { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(port) || (isTls ? 443 : 80), isTls };
}

/** Whether a target takes connections at this moment; gives what it did instead, as an Error. */
export function reach(target: RelayTarget, trust: SecureContext, withinMs: number): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const socket = dial(target, trust, withinMs);
    socket.once("error", resolve);
    socket.once(readyEvent(target), () => {
      resolve(undefined);
      socket.destroy();
    });
  });
}
