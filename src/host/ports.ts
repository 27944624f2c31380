import { readdirSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { basename } from "node:path";
import { errorCode, peekText } from "./files.ts";
import { commandLine } from "./liveness.ts";

/** A process that listens, as far as this person may see it. */
export interface Listener {
  readonly pid: number;
  /** The program's name: `nginx`. */
  readonly command: string;
}

/** Whether a TCP port can be had. `by` is absent where the process is someone else's or the system does not tell. */
export type PortState =
  | { readonly free: true }
  | { readonly free: false; readonly by?: Listener | undefined; readonly reason: "taken" | "noSuchAddress" };

/**
 * Whether a TCP port of this machine can be bound, found out by binding it for an instant, and if not by whom it is
 * taken. A port that only root may bind counts as free when nothing listens: the Docker daemon binds it, not we.
 * @param port 1 to 65535
 * @param address an address of this machine, `0.0.0.0` or `::` for all
 */
export async function whoListens(port: number, address: string): Promise<PortState> {
  const code = await tryBind(port, address);
  if (code === undefined) return { free: true };
  if (code === "EADDRNOTAVAIL") return { free: false, reason: "noSuchAddress" };
  const inodes = listeningSockets(port, address);
  if (code === "EACCES" && inodes.size === 0) return { free: true };
  return { free: false, reason: "taken", by: ownerOf(inodes) };
}

/** `nginx (pid 123)`, or the honest word when it cannot be known. */
export const describeListener = (listener: Listener | undefined): string =>
  listener === undefined ? "another process" : `${listener.command} (pid ${listener.pid})`;

/** The system's word for why not, or undefined when it could be bound. */
function tryBind(port: number, address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => resolve(errorCode(error) ?? "unknown"));
    // `ipv6Only`: without it `::` would also try every IPv4 address, which is not what was asked.
    server.listen({ port, host: address, exclusive: true, ipv6Only: address.includes(":") }, () =>
      server.close(() => resolve(undefined)),
    );
  });
}

const LISTEN = "0A";

/** Inodes of the listening sockets that stand in the way of this port at this address (proc(5): /proc/net/tcp). */
function listeningSockets(port: number, address: string): Set<string> {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  const inodes = new Set<string>();
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of (peekText(table) ?? "").split("\n").slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      const [host, hexPort] = (local ?? "").split(":");
      if (state !== LISTEN || hexPort !== wanted || !inode) continue;
      if (meets(addressOf(host ?? ""), address)) inodes.add(inode);
    }
  }
  return inodes;
}

/** Whether a listener on one address keeps another from being bound: equal, or either of them is "all". */
function meets(listening: string, wanted: string): boolean {
  const isAll = (address: string) => address === "0.0.0.0" || address === "::";
  return isAll(listening) || isAll(wanted) || listening === wanted || wanted.includes(":");
}

/** The kernel prints 32-bit words in its own byte order: 127.0.0.1 is 0100007F on every machine that we run on. */
function addressOf(hex: string): string {
  const bytes = (word: string) => [6, 4, 2, 0].map((at) => Number.parseInt(word.slice(at, at + 2), 16)).join(".");
  if (hex.length === 8) return bytes(hex);
  if (/^0+$/.test(hex)) return "::";
  // An IPv4 address of a socket that speaks both.
  return hex.startsWith("0000000000000000FFFF0000") ? bytes(hex.slice(24)) : hex;
}

/** The process that has one of these sockets open; undefined when none can be seen (someone else's, or not Linux). */
function ownerOf(inodes: ReadonlySet<string>): Listener | undefined {
  if (inodes.size === 0) return undefined;
  const links = new Set([...inodes].map((inode) => `socket:[${inode}]`));
  for (const pid of entries("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    if (!entries(`/proc/${pid}/fd`).some((fd) => links.has(linkOf(`/proc/${pid}/fd/${fd}`)))) continue;
    return { pid: Number(pid), command: nameOf(Number(pid)) };
  }
  return undefined;
}

/** The program's file name; programs that rewrite their arguments (`nginx: master process`) keep their first word. */
function nameOf(pid: number): string {
  const program = commandLine(pid)[0]?.split(" ")[0]?.replace(/:$/, "");
  return program ? basename(program) : (peekText(`/proc/${pid}/comm`)?.trim() ?? "unknown");
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
