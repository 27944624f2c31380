import { constants } from "node:os";
import { peekText } from "./files.ts";

/** How a program ended that had our standard streams, or why it was not started. */
export type HandedOver =
  /** `code` is 128 and the signal's number where a signal ended it, as shells have it. */
  | { readonly started: true; readonly code: number }
  | { readonly started: false; readonly missing: boolean; readonly reason: string };

/** Of a terminal that the person presses keys at; the kernel sends them to every process in the foreground. */
const FROM_KEYS = ["SIGINT", "SIGQUIT"] as const;
const FROM_OTHERS = ["SIGTERM", "SIGHUP"] as const;

/**
 * Runs a program in our place: it has our standard streams and our terminal, and gets the signals that we get. Resolves
 * when it has ended; this process ends before it by KILL only.
 * @param env added to this process's environment, for the program alone; a variable that is undefined is taken out
 */
export async function handOver(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<HandedOver> {
  const { execa } = await import("execa");
  const child = execa(command, [...args], { env, stdio: "inherit", buffer: false, reject: false, cleanup: false });
  const passOn = (signal: NodeJS.Signals) => {
    // What Ctrl-C sends, the program has by itself: told twice, `docker compose` would kill what it is to stop.
    if (!FROM_KEYS.some((key) => key === signal) || !isInForeground()) child.kill(signal);
  };
  const signals = [...FROM_KEYS, ...FROM_OTHERS];
  for (const signal of signals) process.on(signal, passOn);
  try {
    const { exitCode, signal, code, originalMessage } = await child;
    if (exitCode !== undefined) return { started: true, code: exitCode };
    if (signal !== undefined) return { started: true, code: 128 + constants.signals[signal] };
    return { started: false, missing: code === "ENOENT", reason: originalMessage ?? code ?? "unknown" };
  } finally {
    for (const signal of signals) process.removeListener(signal, passOn);
  }
}

/** Whether our process group is the one that a terminal's keys are for (proc(5): `tpgid` of /proc/self/stat). */
function isInForeground(): boolean {
  const stat = peekText("/proc/self/stat");
  if (stat === undefined) return process.stdin.isTTY === true;
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return group === foreground;
}
