import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ensureFolder } from "../../host/files.ts";
import { environmentFailure } from "../../model/failure.ts";
import type { Surroundings } from "../surroundings.ts";

/** The files of one machine: a cluster's, or the empty one that a template is made of. All are this person's alone. */
export interface MachineFiles {
  readonly folder: string;
  /** Holds the sockets: `folder`, or a short one where their paths would be too long. */
  readonly run: string;
  /** What is known of a cluster's machine (record.ts). */
  readonly record: string;
  /** The guest's disk, qcow2 over those beside it. */
  readonly disk: string;
  /** A saved guest's memory and devices; there only where the disk is just as it was then. */
  readonly state: string;
  /** Where QEMU listens for orders (QMP). */
  readonly monitor: string;
  /** Where the agent in the guest is spoken to. */
  readonly agent: string;
  /** QEMU's number. */
  readonly pid: string;
  /** QEMU's own words. */
  readonly log: string;
  /** The guest's words on its console. */
  readonly console: string;
  /** An empty folder. */
  readonly nothing: string;
}

/** What a socket's address holds where it holds least (104 bytes on macOS, the last of them zero). */
const LONGEST_SOCKET = 103;
const DEEPEST_SOCKET = "monitor.sock";

/** The files of the machine in a folder. @throws Failure (environment) when there is no short place for its sockets */
export function machineFiles(folder: string, surroundings: Surroundings): MachineFiles {
  const run = runFolder(folder, surroundings);
  const inside = (name: string) => join(folder, name);
  return {
    ...{ folder, run, record: inside("vm.json"), disk: inside("disk.qcow2"), state: inside("state") },
    ...{ monitor: join(run, DEEPEST_SOCKET), agent: join(run, "agent.sock") },
    ...{ pid: inside("pid"), log: inside("log"), console: inside("console"), nothing: inside("nothing") },
  };
}

/** Of the machines of clusters, one folder a cluster. */
const machinesFolder = ({ folders }: Surroundings): string => join(folders.state, "vm");

/** The files of a cluster's machine, whether there is one or not. */
export const clusterMachine = (cluster: string, surroundings: Surroundings): MachineFiles =>
  machineFiles(join(machinesFolder(surroundings), cluster), surroundings);

/** Not in the machine's own folder, which is deleted under it. */
export const machineLock = (cluster: string, surroundings: Surroundings): string =>
  join(machinesFolder(surroundings), LOCKS, cluster);

/** No cluster's name begins with a dot. */
const LOCKS = ".locks";

/** The clusters that may have a machine. One whose image is only just being made has nothing but its lock. */
export async function machineNames(surroundings: Surroundings): Promise<readonly string[]> {
  const machines = machinesFolder(surroundings);
  const [made, locked] = await Promise.all([machines, join(machines, LOCKS)].map(foldersIn));
  return [...new Set([...(made ?? []), ...(locked ?? [])])].filter((name) => name !== LOCKS);
}

const foldersIn = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder, { withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

/** Makes the folders of a machine. */
export async function makeMachineFolders({ folder, run, nothing }: MachineFiles): Promise<void> {
  for (const each of [folder, run, nothing]) await ensureFolder(each);
}

function runFolder(folder: string, { environment, machine }: Surroundings): string {
  const short = machine.uid === 0 ? "/run" : environment.XDG_RUNTIME_DIR;
  const name = createHash("sha256").update(folder).digest("hex").slice(0, 12);
  const places = [folder, ...(short ? [join(short, `devenv-vm-${name}`)] : [])];
  const found = places.find((place) => Buffer.byteLength(join(place, DEEPEST_SOCKET)) <= LONGEST_SOCKET);
  if (found !== undefined) return found;
  throw environmentFailure(`the path ${folder} is too long for a socket`, {
    hint: "Set XDG_STATE_HOME and XDG_CACHE_HOME to folders with shorter paths, or XDG_RUNTIME_DIR.",
  });
}
