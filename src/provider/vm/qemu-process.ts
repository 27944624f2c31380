import { readdirSync } from "node:fs";
import { chmod, rm } from "node:fs/promises";
import { basename } from "node:path";
import { errorCode, peekText } from "../../host/files.ts";
import { commandLine, isAlive } from "../../host/liveness.ts";
import { environmentFailure, type Failure, interrupted } from "../../model/failure.ts";
import { findProgram, installCommand, tryProgram } from "../programs.ts";
import { startApart } from "../start-apart.ts";
import type { Surroundings } from "../surroundings.ts";
import { GuestAgent, type Limits } from "./agent.ts";
import type { GuestArchitecture } from "./architecture.ts";
import { type QemuRun, qemuArguments } from "./arguments.ts";
import type { MachineFiles } from "./layout.ts";
import { Qmp } from "./qmp.ts";

/** Until a guest's agent answers after a cold boot: under emulation, on a machine that is busy with other things. */
export const BOOTS_WITHIN_MS = 600_000;
/** From its start to its monitor's answer; a tenth of a second on a quiet machine. */
const ANSWERS_WITHIN_MS = 30_000;
/** From KILL to its end: it may have gigabytes to give back. */
const ENDS_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 10;

/**
 * The number of a machine's QEMU, undefined when it does not run. A number alone proves nothing, since numbers are given
 * anew: the process has to have been started with this machine's pid file.
 */
export function qemuPid(files: MachineFiles): number | undefined {
  const noted = Number(peekText(files.pid)?.trim());
  return isOurs(noted, files) ? noted : undefined;
}

/** As `qemuPid`, and finds also one that was started so short a time ago that it has not noted its number. */
export function findQemu(files: MachineFiles): number | undefined {
  const noted = qemuPid(files);
  if (noted !== undefined || process.platform !== "linux") return noted;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => isOurs(pid, files));
}

function isOurs(pid: number, { pid: file }: MachineFiles): boolean {
  if (!isAlive(pid)) return false;
  // Only Linux tells a process's arguments without starting a program; elsewhere the number has to do.
  if (process.platform !== "linux") return true;
  const [program, ...args] = commandLine(pid);
  return basename(program ?? "").startsWith("qemu-system-") && args[args.indexOf("-pidfile") + 1] === file;
}

/**
 * Starts QEMU, and gives its monitor once that answers. What an earlier run left (sockets, a stale pid file) is removed;
 * the caller has the lock, and has made sure that none runs.
 * @throws Failure (environment) with QEMU's words; `interrupted` on abort, and then it does not run
 */
export async function startQemu(run: QemuRun, surroundings: Surroundings, signal?: AbortSignal): Promise<Qmp> {
  const { files, guest } = run;
  const program = findProgram(guest.program, surroundings);
  if (program === undefined) throw qemuMissing(guest);
  for (const remains of [files.monitor, files.agent, files.pid]) await rm(remains, { force: true });
  const apart = { name: program, program, args: qemuArguments(run), log: files.log };
  const pid = await startApart(apart, surroundings);
  const monitor = await untilItAnswers(files, pid, surroundings, signal).catch(async (error: unknown) => {
    await killQemu(pid, surroundings);
    throw error;
  });
  for (const socket of [files.monitor, files.agent]) await chmod(socket, 0o600);
  return monitor;
}

const qemuMissing = ({ program, packages }: GuestArchitecture): Failure =>
  environmentFailure(`${program}, which runs virtual machines, is not installed`, {
    hint: `Install it: ${installCommand(packages)}, then try again.`,
  });

async function untilItAnswers(
  files: MachineFiles,
  pid: number,
  { clock }: Surroundings,
  signal: AbortSignal | undefined,
): Promise<Qmp> {
  const deadline = clock.monotonic() + ANSWERS_WITHIN_MS;
  for (;;) {
    const hasEnded = !isAlive(pid);
    // It listens before it looks at its devices, and may end over one of them.
    const monitor = await Qmp.open(files.monitor).catch(() => undefined);
    if (monitor !== undefined) return monitor;
    if (hasEnded) throw qemuFailure("QEMU ended at its start", files);
    if (clock.monotonic() > deadline) throw qemuFailure("QEMU does not answer", files);
    await clock.sleep(LOOK_EVERY_MS, signal).catch(() => {
      throw interrupted();
    });
  }
}

/**
 * The agent in the guest of a QEMU that runs, once it answers.
 * @throws Failure (environment) with the guest's last words where it does not come up
 */
export async function openAgent(files: MachineFiles, limits: Limits): Promise<GuestAgent> {
  return GuestAgent.open(files.agent, limits).catch((error: unknown) => {
    if (limits.signal?.aborted) throw interrupted();
    throw qemuFailure("the virtual machine does not come up", files, error);
  });
}

/** What `--version` says first: what one QEMU saved, another may not understand. */
export async function qemuVersion({ program }: GuestArchitecture, surroundings: Surroundings): Promise<string> {
  const { stdout } = await tryProgram(surroundings, program, ["--version"]);
  return stdout.split("\n")[0] ?? "";
}

/** Has a QEMU whose guest stands still end. */
export async function endQemu(monitor: Qmp, files: MachineFiles, surroundings: Surroundings): Promise<void> {
  const pid = qemuPid(files);
  await monitor.ask("quit").catch(() => undefined); // it may end before it has answered
  if (pid !== undefined && !(await untilGone(pid, ENDS_WITHIN_MS, surroundings.clock)))
    await killQemu(pid, surroundings);
}

/** Ends a QEMU at once, as a pulled plug would its guest; nothing to do where it has ended. */
export async function killQemu(pid: number, { clock }: Surroundings): Promise<void> {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (errorCode(error) === "ESRCH") return;
    throw environmentFailure(`QEMU (pid ${pid}) belongs to someone else`, {
      cause: error,
      hint: `It was started by another account, perhaps with sudo: end it with \`sudo kill ${pid}\`.`,
    });
  }
  await untilGone(pid, ENDS_WITHIN_MS, clock);
}

/** Waits for a process's end, but not longer than this; gives whether it has ended. */
export async function untilGone(pid: number, withinMs: number, clock: Surroundings["clock"]): Promise<boolean> {
  const deadline = clock.monotonic() + withinMs;
  while (isAlive(pid)) {
    if (clock.monotonic() > deadline) return false;
    await clock.sleep(LOOK_EVERY_MS);
  }
  return true;
}

const LINES_SHOWN = 12;

/** A failure with QEMU's last words, and with what the guest said last on its console where QEMU said nothing. */
export function qemuFailure(message: string, { log, console }: MachineFiles, cause?: unknown): Failure {
  const words = (path: string) => (peekText(path) ?? "").trim().split("\n").slice(-LINES_SHOWN).join("\n");
  const hint = `All of what was said is in ${log} and ${console}.`;
  return environmentFailure(message, { output: words(log) || words(console), hint, cause });
}
