import type { Command } from "commander";
import type { VmEnd } from "../flow/vm.ts";
import type { VmStatus } from "../model/vm.ts";
import type { Commands } from "./commands.ts";
import { painter } from "./paint.ts";
import { printJson, type Session, say, sayWords } from "./session.ts";
import { withStages } from "./stages.ts";
import { vmLines, vmTable } from "./vm-lines.ts";

const CLUSTER = "cluster or profile; that of this workspace by default";

/** `devenv vm`: the virtual machine that a cluster of provider `vm` is in. */
export function defineVm(commands: Commands): void {
  const vm = commands.program
    .command("vm")
    .description("a cluster's virtual machine: vm status|start|stop|suspend|resume|ssh|delete");
  defineStatus(vm, commands);
  defineStart(vm, commands, "start", "have it run, as the profile says; `devenv up` does, too");
  defineEnd(vm, commands, "stop", "shut it down; its disk stays, and its containers with it");
  defineEnd(vm, commands, "suspend", "save it with its memory, and give that back to this machine");
  defineStart(vm, commands, "resume", "go on with one that was suspended");
  defineSsh(vm, commands);
  defineDelete(vm, commands);
}

function defineStatus(vm: Command, { run, profileOf }: Commands): void {
  vm.command("status")
    .description("every machine, or one in full: what it runs on, its disk, what it shares")
    .argument("[cluster]", "cluster or profile")
    .action((cluster: string | undefined) => run((session) => status(session, profileOf(cluster))));
}

async function status(session: Session, name: string | undefined): Promise<void> {
  const { vms, vmOf } = await import("../flow/vm.ts");
  const { machine, json } = session;
  if (name !== undefined) return tell(session, await vmOf(await clusterOf(session, name), machine));
  const all = await vms(machine);
  if (json) return printJson(session, { machines: all });
  if (all.length === 0)
    return sayWords(session, "There is no virtual machine; `devenv up` makes one for a profile with `provider: vm`.");
  say(
    session,
    vmTable(all, { now: machine.clock.now(), columns: session.stdout.columns ?? 120, paint: painter(session.color) }),
  );
}

function defineStart(vm: Command, commands: Commands, verb: "start" | "resume", description: string): void {
  vm.command(verb)
    .description(description)
    .argument("[profile]", "profile, by name or path")
    .action((profile: string | undefined) =>
      commands.run((session) => start(session, verb, commands.profileOf(profile))),
    );
}

async function start(session: Session, verb: "start" | "resume", name: string | undefined): Promise<void> {
  const profile = await session.profile(name);
  const { resumeMachine, startMachine } = await import("../flow/vm.ts");
  const bring = verb === "start" ? startMachine : resumeMachine;
  tell(session, await withStages(session, (stage) => bring(profile, stage, session.machine)));
}

function defineEnd(vm: Command, { run, profileOf }: Commands, verb: VmEnd, description: string): void {
  vm.command(verb)
    .description(description)
    .argument("[cluster]", CLUSTER)
    .action((cluster: string | undefined) => run((session) => end(session, verb, profileOf(cluster))));
}

async function end(session: Session, verb: VmEnd, name: string | undefined): Promise<void> {
  const cluster = await clusterOf(session, name);
  const { endMachine } = await import("../flow/vm.ts");
  const now = await withStages(session, (stage) => endMachine(verb, cluster, stage, session.machine));
  if (session.json) printJson(session, now);
  else say(session, ENDED[verb](cluster));
}

const ENDED: Readonly<Record<VmEnd, (cluster: string) => string>> = {
  stop: (cluster) => `The virtual machine of ${cluster} is stopped; \`devenv up\` starts it again.`,
  suspend: (cluster) => `The virtual machine of ${cluster} is suspended; \`devenv vm resume\` goes on with it.`,
  delete: (cluster) => `The virtual machine of ${cluster} is gone, with all that was on its disk.`,
};

function defineDelete(vm: Command, { run, profileOf }: Commands): void {
  vm.command("delete")
    .description("end it, and remove its disk with all containers, images and data on it")
    .argument("[cluster]", CLUSTER)
    .option("--yes", "do not ask", false)
    .action((cluster: string | undefined, { yes }: { yes: boolean }) =>
      run((session) => remove(session, profileOf(cluster), yes)),
    );
}

async function remove(session: Session, name: string | undefined, isSure: boolean): Promise<void> {
  const cluster = await clusterOf(session, name);
  const { expectVm } = await import("../flow/vm.ts");
  const known = await expectVm(cluster, session.machine);
  if (!isSure) await (await import("./vm-questions.ts")).askToDelete(session, known);
  await end(session, "delete", cluster);
}

const EXAMPLES = `
Examples:
  devenv vm ssh                        a shell in it
  devenv vm ssh -- journalctl -u docker -n 50
  devenv vm ssh -- sh -c 'ps aux | sort -rnk 4 | head'
  devenv -p books vm ssh -- df -h /

As with \`docker exec\`, words reach the program as they are: no shell splits or
expands them. A line for a shell is \`-- sh -c 'a; b'\`, and not \`-- 'a; b'\`.`;

function defineSsh(vm: Command, { run, profileOf }: Commands): void {
  vm.command("ssh")
    .description("a shell in it, or one program of it")
    .argument("[command...]", "the program and its arguments, after --")
    .passThroughOptions()
    .addHelpText("after", EXAMPLES)
    .action((command: string[]) => run((session) => ssh(session, profileOf(), command)));
}

/** Ends with the program's own exit code. */
async function ssh(session: Session, name: string | undefined, command: readonly string[]): Promise<number> {
  const cluster = await clusterOf(session, name);
  const { enterMachine } = await import("../flow/vm.ts");
  const isTerminal = session.stdin.isTTY === true && session.stdout.isTTY === true;
  session.leaveInterrupts();
  return enterMachine(cluster, { command, isTerminal }, session.machine);
}

/** A machine by its cluster's name: its profile may be gone, or be another workspace's. Else that of the profile. */
async function clusterOf(session: Session, name: string | undefined): Promise<string> {
  const { isVm } = await import("../flow/vm.ts");
  if (name !== undefined && (await isVm(name, session.machine))) return name;
  return (await session.profile(name)).name;
}

function tell(session: Session, now: VmStatus): void {
  if (session.json) printJson(session, now);
  else say(session, vmLines(now, session.machine.clock.now(), painter(session.color)));
}
