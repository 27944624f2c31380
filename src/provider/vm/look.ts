import { GuestAgent } from "./agent.ts";
import { decodedPath } from "./guest.ts";
import type { MachineFiles } from "./layout.ts";

/** What was seen in a guest. */
export interface Inside {
  /** How far the guest's clock is ahead of ours, in milliseconds. */
  readonly aheadMs: number;
  /** Our folders that are mounted in it, by their paths. */
  readonly mounted: readonly string[];
  /** Of the file system of its root, for whoever is not root. */
  readonly freeBytes: number | undefined;
}

/** What is more would hold up whoever asks for the status. */
const ANSWERS_WITHIN_MS = 1500;
const MOUNTS_READ = 256 * 1024;

/**
 * Looks into a guest that runs, by its agent and without starting a program in it; undefined where it does not answer at
 * once: its agent is busy, or it hangs.
 */
export async function lookInside(files: MachineFiles, signal?: AbortSignal): Promise<Inside | undefined> {
  const limits = { timeoutMs: ANSWERS_WITHIN_MS, signal };
  const agent = await GuestAgent.open(files.agent, limits).catch(() => undefined);
  if (agent === undefined) return undefined;
  try {
    const guestNs = Number(await agent.ask("guest-get-time", {}, limits));
    const aheadMs = guestNs / 1e6 - Date.now();
    const mounted = mountedIn(await readInside(agent, "/proc/mounts", limits));
    const systems = (await agent.ask("guest-get-fsinfo", {}, limits)) as readonly FileSystem[];
    return { aheadMs, mounted, freeBytes: freeIn(systems) };
  } catch {
    return undefined;
  } finally {
    agent.close();
  }
}

async function readInside(agent: GuestAgent, path: string, limits: { readonly timeoutMs: number }): Promise<string> {
  const handle = await agent.ask("guest-file-open", { path }, limits);
  const read = (await agent.ask("guest-file-read", { handle, count: MOUNTS_READ }, limits)) as { "buf-b64": string };
  await agent.ask("guest-file-close", { handle }, limits);
  return Buffer.from(read["buf-b64"], "base64").toString("utf8");
}

/** The places of our folders, in the words of /proc/mounts. */
export const mountedIn = (mounts: string): readonly string[] =>
  mounts.split("\n").flatMap((line) => {
    const [tag = "", path = "", kind] = line.split(" ");
    return kind === "9p" && /^devenv\d+$/.test(tag) ? [decodedPath(path)] : [];
  });

interface FileSystem {
  readonly mountpoint: string;
  readonly "used-bytes"?: number;
  readonly "total-bytes"?: number;
}

function freeIn(systems: readonly FileSystem[]): number | undefined {
  const root = systems.find(({ mountpoint }) => mountpoint === "/");
  const [used, total] = [root?.["used-bytes"], root?.["total-bytes"]];
  return used === undefined || total === undefined ? undefined : total - used;
}
