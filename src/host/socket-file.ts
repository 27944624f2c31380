import { closeSync, openSync } from "node:fs";
import { basename, dirname } from "node:path";

/** What fits into a socket's address on Linux, with its closing zero (unix(7)). */
const LONGEST = 107;

/** A socket file under a name that fits into a socket's address, for as long as it is not closed. */
export interface SocketFile {
  readonly path: string;
  close(): void;
}

/** The file itself where its path is short enough, else by way of its folder, which is held open (Linux). */
export function socketFile(path: string): SocketFile {
  if (Buffer.byteLength(path) <= LONGEST) return { path, close: () => {} };
  const folder = openSync(dirname(path), "r");
  return { path: `/proc/self/fd/${folder}/${basename(path)}`, close: () => closeSync(folder) };
}

/**
 * For HTTP without TLS. Left to itself, Node's agent tests the host of each request for being an IPv6 address, for a TLS
 * server name that nobody asks for; the pattern for that costs the first request 8 ms (Node 20).
 */
export const NO_SERVER_NAME = { servername: "" };

/** An HTTP request over a socket file, on a connection of its own. */
export const overSocketFile = (socketPath: string) => ({ socketPath, agent: false, ...NO_SERVER_NAME }) as const;
