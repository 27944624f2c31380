import { readJson, writeJson } from "../../host/files.ts";
import type { VmState } from "../../model/vm.ts";
import type { Hardware } from "./arguments.ts";
import type { MachineFiles } from "./layout.ts";

/** What was last done with a machine. `starting` and `stopping` are noted before anything is done. */
export type VmPhase = "starting" | "running" | "stopping" | "stopped" | "suspended";

/** `vm.json`: what is known of a cluster's machine. */
export interface VmRecord {
  readonly phase: VmPhase;
  /** When it came to that: ISO 8601. */
  readonly since: string;
  /** No start of it has ended well yet, so nothing on its disk is anybody's. */
  readonly isNew: boolean;
  readonly hardware: Hardware;
  /** The disk as the guest's file system fills it. */
  readonly diskGiB: number;
  /** The digest of the image that its disk lies over. */
  readonly image: string;
  /** The kernel's command line; undefined where the disk has a boot loader of its own. */
  readonly append?: string | undefined;
  /** Which folder each slot shares; the last run's while it does not run. */
  readonly folders: readonly string[];
  readonly sshPort?: number | undefined;
  /** Of the QEMU that saved it: another one may not understand what was saved. */
  readonly savedBy?: string | undefined;
}

/** What is noted of a machine; undefined where there is none, or a crash cut the note off. */
export async function readRecord({ record }: MachineFiles): Promise<VmRecord | undefined> {
  const value = await readJson(record).catch(() => undefined);
  return isRecord(value) ? value : undefined;
}

export const writeRecord = ({ record }: MachineFiles, value: VmRecord): Promise<void> => writeJson(record, value);

function isRecord(value: unknown): value is VmRecord {
  if (typeof value !== "object" || value === null) return false;
  const { phase, hardware, folders, since } = value as Partial<Record<keyof VmRecord, unknown>>;
  return typeof phase === "string" && typeof since === "string" && Array.isArray(folders) && hardware !== undefined;
}

/** What can be seen of a machine from outside. */
export interface Seen {
  readonly record: VmRecord | undefined;
  /** Its QEMU's process. */
  readonly pid: number | undefined;
  /** A process is starting or ending it. */
  readonly busy: boolean;
}

/**
 * How a machine is: never `running` where its QEMU does not, or where its start was cut off before all that belongs to it
 * was there.
 */
export function stateOf({ record, pid, busy }: Seen): { readonly state: VmState; readonly trouble?: string } {
  if (record === undefined) return { state: busy ? "starting" : "absent" };
  switch (record.phase) {
    case "stopped":
    case "suspended":
      return { state: record.phase };
    case "running":
      return pid === undefined
        ? { state: "ended", trouble: "its QEMU was killed, or the guest powered off" }
        : { state: "running" };
    case "starting":
      return busy ? { state: "starting" } : { state: "ended", trouble: "its start was cut off" };
    case "stopping":
      return busy
        ? { state: "stopping" }
        : { state: "ended", trouble: "it was being stopped or suspended, and that was cut off" };
    default:
      return record.phase satisfies never;
  }
}
