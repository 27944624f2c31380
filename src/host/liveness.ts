import { peekText } from "./files.ts";

/** A process by more than its number, which the system gives to another one after its end. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the kernel's ticks since boot (Linux); undefined elsewhere. */
  readonly started?: string | undefined;
  /** The boot that the ticks count from (Linux). */
  readonly boot?: string | undefined;
}

/** This process's identity. */
export const thisProcess = (): ProcessIdentity => ({
  pid: process.pid,
  started: startedAt(process.pid),
  boot: bootId(),
});

/** Whether that very process is alive: not another one that has its number now, and not one that only waits to be reaped. */
export function isSameProcess(identity: ProcessIdentity): boolean {
  if (identity.boot !== undefined && identity.boot !== bootId()) return false;
  if (!isAlive(identity.pid)) return false;
  return identity.started === undefined || identity.started === startedAt(identity.pid);
}

/** Whether a process with this number runs. A zombie does not: its parent has merely not asked for its exit code. */
export function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is alive and someone else's.
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return false;
  }
  return statFields(pid)?.[0] !== "Z";
}

/** The program and its arguments, as /proc has them; empty for a process that is gone, or not on Linux. */
export function commandLine(pid: number): readonly string[] {
  const text = peekText(`/proc/${pid}/cmdline`);
  return text ? text.replace(/\0$/, "").split("\0") : [];
}

/**
 * Whether this process is in the terminal's foreground: one in the background that changes the terminal's settings is
 * stopped by the kernel (SIGTTOU). Where there is no /proc, it is taken to be.
 */
export function isInForeground(): boolean {
  // Its process group (field 5 of proc(5)'s stat), and the one that has the terminal (field 8).
  const fields = statFields(process.pid);
  return fields === undefined || fields[2] === fields[5];
}

/** Field 22 of proc(5)'s stat. */
const startedAt = (pid: number): string | undefined => statFields(pid)?.[19];

const bootId = (): string | undefined => peekText("/proc/sys/kernel/random/boot_id")?.trim();

/** The fields after the program's name, which stands in parentheses and may itself contain any of them. */
function statFields(pid: number): string[] | undefined {
  const text = peekText(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(")") + 2).split(" ");
}
