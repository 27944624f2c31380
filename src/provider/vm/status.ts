import { lockHolder } from "../../host/lock.ts";
import type { VmDisk, VmStatus } from "../../model/vm.ts";
import type { Surroundings } from "../surroundings.ts";
import { bytesTaken, GIB } from "./disk.ts";
import { clusterMachine, type MachineFiles, machineLock, machineNames } from "./layout.ts";
import { type Inside, lookInside } from "./look.ts";
import { qemuPid } from "./qemu-process.ts";
import { readRecord, stateOf, type VmRecord } from "./record.ts";
import { sharedIn } from "./slots.ts";

/** A guest with less does not get far: images cannot be pulled, and Docker fails in ways that do not say so. */
const FULL_BELOW_BYTES = 200 * 1024 ** 2;
const CLOCK_MAY_BE_OFF_MS = 2000;

/**
 * How the machine of a cluster is at this moment. Cheap enough to be asked twice a second, as long as the guest is left
 * alone.
 * @param options `asksGuest`: looks into a guest that runs, for what only it knows; up to 1.5 s where it hangs
 */
export async function vmStatus(
  cluster: string,
  surroundings: Surroundings,
  { asksGuest = false, signal }: { readonly asksGuest?: boolean; readonly signal?: AbortSignal | undefined } = {},
): Promise<VmStatus> {
  const files = clusterMachine(cluster, surroundings);
  const record = await readRecord(files);
  const pid = record && qemuPid(files);
  const busy = (await lockHolder(machineLock(cluster, surroundings))) !== undefined;
  const { state, trouble } = stateOf({ record, pid, busy });
  const inside = state === "running" && asksGuest ? await lookInside(files, signal) : undefined;
  const isSilent = state === "running" && asksGuest && inside === undefined;
  return {
    ...{ cluster, state, since: record?.since, folders: foldersOf(record, state, inside) },
    ...{ pid: state === "running" ? pid : undefined, trouble: trouble ?? (isSilent ? SILENT : troubleInside(inside)) },
    ...(record && factsOf(record, state)),
    ...(record && { disk: await diskOf(record, files, inside) }),
  };
}

const SILENT = "its guest does not answer: `devenv vm stop`, then `devenv up`, starts it anew";

/** What is wrong in a guest that runs; undefined where nothing is. */
export function troubleInside(inside: Inside | undefined): string | undefined {
  if (inside === undefined) return undefined;
  if (inside.freeBytes !== undefined && inside.freeBytes < FULL_BELOW_BYTES) {
    const free = Math.floor(inside.freeBytes / 1024 ** 2);
    return `its disk is full (${free} MiB free): raise x-devenv.vm.disk, or free some with \`devenv docker system prune\``;
  }
  const offSeconds = Math.round(inside.aheadMs / 1000);
  if (Math.abs(inside.aheadMs) < CLOCK_MAY_BE_OFF_MS) return undefined;
  return `its clock is ${Math.abs(offSeconds)} s ${offSeconds > 0 ? "ahead" : "behind"}: \`devenv vm start\` sets it`;
}

const factsOf = ({ hardware, sshPort }: VmRecord, state: VmStatus["state"]) => ({
  ...{ accelerator: hardware.accelerator, cpus: hardware.cpus, memoryMiB: hardware.memoryMiB },
  sshPort: state === "running" ? sshPort : undefined,
});

function foldersOf(
  record: VmRecord | undefined,
  state: VmStatus["state"],
  inside: Inside | undefined,
): VmStatus["folders"] {
  const isMounted = (path: string) => (inside === undefined ? state === "running" : inside.mounted.includes(path));
  return sharedIn(record?.folders ?? []).map((path) => ({ path, mounted: isMounted(path) }));
}

async function diskOf(record: VmRecord, files: MachineFiles, inside: Inside | undefined): Promise<VmDisk> {
  const [disk, state] = await Promise.all([files.disk, files.state].map(bytesTaken));
  return {
    virtualBytes: record.diskGiB * GIB,
    usedBytes: (disk ?? 0) + (state ?? 0),
    ...(inside?.freeBytes !== undefined && { freeBytes: inside.freeBytes }),
  };
}

/** The clusters that have a machine, whether it runs or not, or whose first is just being made. */
export async function knownVms(surroundings: Surroundings): Promise<readonly string[]> {
  const names = await machineNames(surroundings);
  const isKnown = async (name: string) =>
    (await readRecord(clusterMachine(name, surroundings))) !== undefined ||
    (await lockHolder(machineLock(name, surroundings))) !== undefined;
  const known = await Promise.all(names.map(isKnown));
  return names.filter((_, at) => known[at]);
}
