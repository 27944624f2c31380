import { quote } from "shell-quote";
import { clusterFolder } from "../host/folders.ts";
import { handOver } from "../host/hand-over.ts";
import { environmentFailure } from "../model/failure.ts";
import type { Profile } from "../model/profile.ts";
import type { VmStatus } from "../model/vm.ts";
import { contextName, findContext, removeContext } from "../provider/context-store.ts";
import { dockerConfigFolder } from "../provider/docker-config.ts";
import type { ProviderProgress } from "../provider/provider.ts";
import { endMachineLink, forgetMachineLink } from "../provider/ssh.ts";
import { lossIn } from "../provider/vm/loss.ts";
import { vmAccess } from "../provider/vm/machine.ts";
import { knownVms, vmStatus } from "../provider/vm/status.ts";
import { deleteVm, stopVm, suspendVm } from "../provider/vm/stop.ts";
import { vmProvider } from "../provider/vm.ts";
import type { Machine } from "./machine.ts";

/** The machines of this person, each as it is at this moment; by name. */
export async function vms(machine: Machine): Promise<readonly VmStatus[]> {
  const names = [...(await knownVms(machine))].sort();
  return Promise.all(names.map((name) => vmOf(name, machine)));
}

/** Whether a cluster of this name has a machine: one whose profile is gone can still be stopped and deleted. */
export const isVm = async (name: string, machine: Machine): Promise<boolean> =>
  (await knownVms(machine)).includes(name);

/** One of them; `absent` for a cluster that has none. */
export const vmOf = (cluster: string, machine: Machine): Promise<VmStatus> =>
  vmStatus(cluster, machine, { asksGuest: true });

/** @throws Failure (environment) for a cluster that has none */
export async function expectVm(cluster: string, machine: Machine): Promise<VmStatus> {
  const status = await vmStatus(cluster, machine);
  if (status.state !== "absent") return status;
  throw environmentFailure(`${cluster} has no virtual machine`, {
    hint: "`devenv vm status` lists those that there are.",
  });
}

/**
 * `devenv vm start`: has the machine of a profile's cluster run, as the profile says, and its daemon answer; without the
 * cluster in it.
 */
export async function startMachine(profile: Profile, note: ProviderProgress, machine: Machine): Promise<VmStatus> {
  await vmProvider(profile, machine).up(note, machine.signal);
  return vmOf(profile.name, machine);
}

/** `devenv vm resume`: the same, of a machine that was suspended. @throws Failure where it was not */
export async function resumeMachine(profile: Profile, note: ProviderProgress, machine: Machine): Promise<VmStatus> {
  const { state } = await expectVm(profile.name, machine);
  if (state === "suspended" || state === "running") return startMachine(profile, note, machine);
  throw environmentFailure(`the virtual machine of ${profile.name} is ${state}, and not suspended`, {
    hint: "`devenv vm start` starts it; `devenv up` starts it, and the cluster in it.",
  });
}

/** What `devenv vm` does to a machine without asking its profile. */
export type VmEnd = "stop" | "suspend" | "delete";

const ENDS = { stop: stopVm, suspend: suspendVm, delete: deleteVm } as const satisfies Record<VmEnd, unknown>;

/** `devenv vm stop`, `suspend`, `delete`: the way to the machine ends with it, and the ports of its containers here. */
export async function endMachine(
  end: VmEnd,
  cluster: string,
  note: ProviderProgress,
  machine: Machine,
): Promise<VmStatus> {
  await expectVm(cluster, machine);
  await ENDS[end](cluster, machine, note, machine.signal);
  if (end === "delete") {
    await forgetMachineLink(cluster, machine);
    await forgetContext(cluster, machine);
  } else {
    await endMachineLink(cluster, machine);
  }
  return vmStatus(cluster, machine);
}

/** Its Docker context leads nowhere any more. One that a person made under the name is theirs. */
async function forgetContext(cluster: string, machine: Machine): Promise<void> {
  const folder = dockerConfigFolder(machine);
  const found = await findContext(folder, contextName(cluster)).catch(() => undefined);
  const isOurs = found?.kind === "own" && found.context.folder === clusterFolder(machine.folders, cluster);
  if (isOurs) await removeContext(folder, contextName(cluster));
}

export interface Entering {
  /** A program and its arguments; empty for a shell. */
  readonly command: readonly string[];
  /** A person sits at both ends of this process's streams. */
  readonly isTerminal: boolean;
}

/**
 * `devenv vm ssh`: a shell in the machine, or one program of it, in this process's place.
 * @returns the program's exit code
 * @throws Failure (environment) where the machine does not run, or there is no ssh
 */
export async function enterMachine(
  cluster: string,
  { command, isTerminal }: Entering,
  machine: Machine,
): Promise<number> {
  const loss = lossIn(await vmStatus(cluster, machine));
  if (loss !== undefined) throw loss;
  const { sshConfig, sshHost } = vmAccess(cluster, machine);
  // Words stay words: the shell over there would split and expand them.
  const program = command.length === 0 ? [] : [quote([...command])];
  const terminal = isTerminal && command.length > 0 ? ["-t"] : [];
  const ended = await handOver("ssh", ["-F", sshConfig, ...terminal, "--", sshHost, ...program], {});
  if (ended.started) return ended.code;
  throw environmentFailure(
    ended.missing ? "there is no ssh on this machine" : `ssh cannot be started: ${ended.reason}`,
  );
}
