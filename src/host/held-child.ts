// biome-ignore lint/style/noRestrictedImports: this is where host/process starts them.
import { spawn } from "node:child_process";

/** How a program ended; `code` is the system's word where it could not be started (ENOENT). */
export interface HeldEnd {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams, interleaved as they came. */
  readonly all: string;
  readonly code?: string | undefined;
}

/** A program that runs; resolves when it and whoever holds its output have ended, and never rejects. */
export interface HeldChild extends Promise<HeldEnd> {
  /** Undefined where it could not be started. */
  readonly pid?: number | undefined;
}

interface HeldOptions {
  readonly cwd?: string | undefined;
  /** Added to this process's environment; a variable that is undefined is taken out of it. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Starts a program of which nothing is wanted before its end, in a process group of its own. With Node's own spawn,
 * because a command that starts one for each of many repositories waits for the starting: execa takes 8 ms of this
 * process's time for each, spawn 2 (measured).
 * @param file where its words go in place of being held: a file descriptor.
 */
export function startHeld(
  command: string,
  args: readonly string[],
  { cwd, env }: HeldOptions,
  file?: number,
): HeldChild {
  const words = { stdout: "", stderr: "", all: "" };
  const output = file ?? "pipe";
  let pid: number | undefined;
  const ended = new Promise<HeldEnd>((resolve) => {
    const failed = (cause: NodeJS.ErrnoException) => resolve({ ...words, code: cause.code });
    try {
      const child = spawn(command, [...args], {
        cwd,
        env: { ...process.env, ...env },
        detached: true,
        stdio: ["ignore", output, output],
      });
      pid = child.pid;
      for (const name of ["stdout", "stderr"] as const) {
        child[name]?.setEncoding("utf8").on("data", (text: string) => {
          words[name] += text;
          words.all += text;
        });
      }
      child.once("error", failed);
      child.once("close", (code, signal) =>
        resolve({ ...words, exitCode: code ?? undefined, signal: signal ?? undefined }),
      );
    } catch (cause) {
      failed(cause as NodeJS.ErrnoException);
    }
  });
  return Object.assign(ended, { pid });
}
