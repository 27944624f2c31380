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
