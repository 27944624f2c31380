import { once } from "node:events";
import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { systemProcesses } from "../../src/host/process.ts";

export interface PtyOptions {
  readonly columns: number;
  readonly rows: number;
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A program on a terminal of its own, of which only the bytes are looked at: faster to ask than tmux, for figures. */
export interface Pty {
  /** The program's process. */
  readonly pid: number;
  /** Sends a key and resolves with the milliseconds until what is drawn after it, without its codes, matches. */
  press(key: string, effect: RegExp, withinMs?: number): Promise<number>;
  /** Resolves when the program has ended. */
  readonly ended: Promise<unknown>;
  kill(): Promise<void>;
}

/** What was drawn is forgotten beyond this: a flood of it must not fill the memory. */
const KEPT = 200_000;

/** Starts a program under script(1), of util-linux, which gives it a real terminal. */
export async function openPty(command: readonly string[], { columns, rows, cwd, env = {} }: PtyOptions): Promise<Pty> {
  const keys = new PassThrough();
  const words = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  const shell = `stty rows ${rows} cols ${columns}; echo "pid $$"; exec ${words}`;
  const closing = new AbortController();
  const { stdout, ended } = await systemProcesses.stream("script", ["-qefc", shell, "/dev/null"], {
    cwd,
    // A person's terminal, wherever the figures are taken: libraries leave colours out where there is a CI.
    env: { CI: undefined, NO_COLOR: undefined, TERM: "xterm-256color", SHELL: "/bin/sh", ...env },
    input: keys,
    signal: closing.signal,
  });
  let drawn = "";
  stdout.setEncoding("utf8").on("data", (text: string) => {
    drawn = (drawn + text).slice(-KEPT);
  });
  const until = async (wanted: RegExp, withinMs: number) => {
    const signal = AbortSignal.any([AbortSignal.timeout(withinMs), closing.signal]);
    while (!wanted.test(stripVTControlCharacters(drawn))) {
      await once(stdout, "data", { signal }).catch(() => {
        throw new Error(
          `the terminal never showed ${wanted} within ${withinMs} ms; last it was sent\n${drawn.slice(-4000)}`,
        );
      });
    }
  };
  await until(/pid \d+/, 20_000);
  return {
    pid: Number(/pid (\d+)/.exec(drawn)?.[1]),
    async press(key, effect, withinMs = 20_000) {
      drawn = "";
      const begun = performance.now();
      keys.write(key);
      await until(effect, withinMs);
      return performance.now() - begun;
    },
    ended,
    async kill() {
      closing.abort();
      await ended;
    },
  };
}
