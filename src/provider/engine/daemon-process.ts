import { readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { errorCode, peekText } from "../../host/files.ts";
import { commandLine, isAlive } from "../../host/liveness.ts";
import { environmentFailure } from "../../model/failure.ts";
import type { Surroundings } from "../surroundings.ts";
import type { Layout } from "./layout.ts";

/**
 * The number of our dockerd, undefined when it does not run. A pid file alone proves nothing, since numbers are given
 * anew: the process has to be a dockerd that was started with our settings file. Without a pid file (deleted, or not
 * written yet) all processes are looked at.
 */
export function enginePid(layout: Layout): number | undefined {
  const noted = Number(peekText(layout.pid)?.trim());
  if (isOurs(noted, layout)) return noted;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => isOurs(pid, layout));
}

function isOurs(pid: number, layout: Layout): boolean {
  if (!isAlive(pid)) return false;
  const [program, ...args] = commandLine(pid);
  return basename(program ?? "") === "dockerd" && args[args.indexOf("--config-file") + 1] === layout.config;
}

/**
 * Removes what a dockerd that died (killed, power cut) left and a new one would stumble over: pid files whose numbers
 * belong to other processes by now make dockerd refuse to start, or wait for a containerd that is none.
 */
export async function clearRemains(layout: Layout): Promise<void> {
  await Promise.all([rm(layout.pid, { force: true }), rm(layout.socket, { force: true })]);
  const containerd = join(layout.exec, "containerd");
  const noted = Number(peekText(join(containerd, "containerd.pid"))?.trim());
  const isOurContainerd = isAlive(noted) && commandLine(noted).includes(join(containerd, "containerd.toml"));
  if (!isOurContainerd) await rm(join(containerd, "containerd.pid"), { force: true });
}

/** How often a state that nobody announces is looked at. */
const LOOK_EVERY_MS = 20;

/** Resolves with true once the condition holds, with false at the deadline; rejects on abort. */
export async function waitUntil(
  holds: () => boolean | Promise<boolean>,
  timeoutMs: number,
  { clock }: Surroundings,
  signal?: AbortSignal,
): Promise<boolean> {
  const deadline = clock.monotonic() + timeoutMs;
  while (!(await holds())) {
    if (clock.monotonic() >= deadline) return false;
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
  return true;
}

/** Asks a process to end; one that has ended by itself is fine too. */
export const terminate = (pid: number): void => signal(pid, "SIGTERM");

/** Throws a Failure (environment) when the process belongs to someone else, and does nothing. */
export const assertOwn = (pid: number): void => signal(pid, 0);

function signal(pid: number, what: NodeJS.Signals | 0): void {
  try {
    process.kill(pid, what);
  } catch (error) {
    if (errorCode(error) === "ESRCH") return;
    throw environmentFailure(`the engine (pid ${pid}) belongs to root`, {
      cause: error,
      hint: "Stop it with `sudo devenv engine stop`.",
    });
  }
}
