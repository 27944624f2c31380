import { mkdir } from "node:fs/promises";
import { ensureFolder } from "../host/files.ts";
import { clusterFolder } from "../host/folders.ts";
import type { Profile } from "../model/profile.ts";
import { DEFAULT_VM, type VmAccess, type VmSpec } from "../model/vm.ts";
import { findProgram } from "./programs.ts";
import type { Provider } from "./provider.ts";
import { type LinkProvider, machineLink, sshProvider } from "./ssh.ts";
import type { Surroundings } from "./surroundings.ts";
import { guestArchitecture } from "./vm/architecture.ts";
import { clusterMachine } from "./vm/layout.ts";
import { vmLoss } from "./vm/loss.ts";
import { readRecord } from "./vm/record.ts";
import { foldersToShare, type Sharing } from "./vm/shared-folders.ts";

/** What a profile says of its machine, and what that is to share. */
export type VmChoice = Sharing & Pick<Profile, "vm">;

/**
 * Provider `vm`: a virtual machine of devenv's own, one a cluster, under QEMU. Its daemon and the ports of its containers
 * come over a link as those of any host behind ssh do; its folders are shared with it at the identical path.
 */
export function vmProvider(choice: VmChoice, surroundings: Surroundings): Provider {
  return {
    name: "vm",
    find: (signal) => machineLink(choice.name, surroundings, signal),
    async up(progress, signal) {
      await makeSources(choice, surroundings);
      const { startVm } = await import("./vm/machine.ts");
      const access = await startVm(specOf(choice, surroundings), surroundings, progress, signal);
      for (const note of access.notes) progress(note, { isNote: true });
      return linkTo(access, surroundings).up(progress, signal);
    },
    async reach(signal) {
      const loss = await vmLoss(choice.name, surroundings);
      if (loss !== undefined) throw loss;
      const { vmAccess } = await import("./vm/machine.ts");
      return linkTo(vmAccess(choice.name, surroundings), surroundings).reach(signal);
    },
  };
}

/** Whether there is a QEMU on this machine for guests of its own architecture. */
export function hasQemu(surroundings: Surroundings): boolean {
  try {
    return findProgram(guestArchitecture().program, surroundings) !== undefined;
  } catch {
    return false; // there is none for this processor
  }
}

/** Whether a cluster has a machine, however that is. */
export const hasVm = async (cluster: string, surroundings: Surroundings): Promise<boolean> =>
  (await readRecord(clusterMachine(cluster, surroundings))) !== undefined;

/** What the machine of a cluster is to be. */
function specOf(choice: VmChoice, surroundings: Surroundings): VmSpec {
  const { name: cluster, vm = DEFAULT_VM } = choice;
  return { ...vm, cluster, folders: foldersToShare(choice, surroundings) };
}

/** The link that leads to a machine which runs. */
const linkTo = ({ cluster, sshConfig: config, sshHost, docker }: VmAccess, surroundings: Surroundings): LinkProvider =>
  sshProvider({ destination: sshHost, machine: { of: "vm", cluster, config, docker } }, surroundings);

/**
 * Only a folder that is there can be shared: without one of them, QEMU does not start. Where one that a service mounts
 * cannot be made, `up` says so when it makes the container.
 */
async function makeSources({ name, services }: Sharing, { folders }: Surroundings): Promise<void> {
  await ensureFolder(clusterFolder(folders, name));
  const mounts = services.flatMap(({ volumes }) => volumes);
  for (const mount of mounts) {
    if (mount.kind === "bind" && mount.createHostPath) {
      await mkdir(mount.source, { recursive: true }).catch(() => undefined);
    }
  }
}
