import { Writable } from "node:stream";
import type { Daemon } from "../docker/daemon.ts";
import type { ContainerId } from "../model/names.ts";
import type { InnerCommand } from "../model/profile.ts";

export const BUSYBOX = "/devenv/init/busybox";

/** The image's shell, busybox's where it has none. */
const SHELL = `if [ -x /bin/sh ]; then exec /bin/sh -c "$1"; fi
export PATH="$PATH:/devenv/init/bin"
exec ${BUSYBOX} sh -c "$1"`;

/** The words of a program for the daemon. */
export const wordsOf = (command: InnerCommand): readonly string[] =>
  typeof command === "string" ? [BUSYBOX, "sh", "-c", SHELL, "sh", command] : command;

/** How a person knows it: its first word, or the beginning of its text. */
export const nameOf = (command: InnerCommand): string => {
  const name = typeof command === "string" ? command.trim().replaceAll(/\s+/g, " ") : (command[0] ?? "");
  return name.length <= NAME_LENGTH ? name : `${name.slice(0, NAME_LENGTH - 1)}…`;
};
const NAME_LENGTH = 40;

/** What an exit code says of a program that was told to be run. */
export function codeText(code: number, command: InnerCommand): string {
  if (code === 127) return `${nameOf(command)} is not in its container`;
  return code === 126 ? `${nameOf(command)} cannot be run there` : `${nameOf(command)} ended with code ${code}`;
}

/** As much of an output as helps. */
const KEPT_BYTES = 8192;

/** Keeps the end of what is written to it. */
export class LastWords extends Writable {
  #kept = Buffer.alloc(0);

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#kept = Buffer.concat([this.#kept, chunk]).subarray(-KEPT_BYTES);
    done();
  }

  get text(): string {
    return this.#kept.toString();
  }
}

/** A container, where a program can be run. */
export interface Inside {
  readonly daemon: Daemon;
  readonly container: ContainerId;
}

/** Runs a program in a container, without input and terminal; gives its code and the end of all that it printed. */
export async function runInside(
  { daemon, container }: Inside,
  command: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly code: number; readonly output: string }> {
  const said = new LastWords();
  const streams = { stdin: undefined, stdout: said, stderr: said };
  const code = await daemon.exec(container, { command, tty: false, ...streams, signal });
  return { code, output: said.text.trimEnd() };
}
