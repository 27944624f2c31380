import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemProcesses } from "../../src/host/process.ts";
import { eventually } from "./eventually.ts";

export interface TerminalOptions {
  readonly columns: number;
  readonly rows: number;
  readonly cwd: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A real terminal with a shell in it, seen by its screen and driven by its keys. */
export interface Terminal {
  /** Text as it stands. */
  type(text: string): Promise<void>;
  /** Keys by tmux's names (`Enter`, `C-c`, `PageUp`), each when the one before it has arrived. */
  press(...keys: readonly string[]): Promise<void>;
  /** A text from a clipboard; told from keys where the program in the terminal asks for that. */
  paste(text: string): Promise<void>;
  /** The lines of the screen without blanks at their ends; with `styled`, with the codes of its colours. */
  screen(options?: { readonly styled: boolean }): Promise<string>;
  /** Resolves with the first screen that matches; rejects, showing the last screen, when none does in time. */
  until(wanted: RegExp | ((screen: string) => boolean), withinMs?: number): Promise<string>;
  resize(columns: number, rows: number): Promise<void>;
  /** Whether the alternate buffer is shown, and whether the cursor is. */
  state(): Promise<{ readonly isAlternate: boolean; readonly hasCursor: boolean }>;
  /** The process number of the shell. */
  shell(): Promise<number>;
  /** Writes to the terminal as another program on it would. */
  drawOver(text: string): Promise<void>;
  /** Hangs up on what runs in it. */
  close(): Promise<void>;
}

/** Opens a terminal of its own tmux server, which nothing else knows of, with a shell that prompts `$ `. */
export async function openTerminal({ columns, rows, cwd, env = {} }: TerminalOptions): Promise<Terminal> {
  const folder = await mkdtemp(join(tmpdir(), "devenv-tmux-"));
  const tmux = async (...args: string[]): Promise<string> => {
    const { code, stdout, output } = await systemProcesses.run("tmux", ["-S", join(folder, "socket"), ...args]);
    if (code !== 0) throw new Error(`tmux ${args[0]}: ${output}`);
    return stdout;
  };
  const asked = (format: string) => tmux("display-message", "-p", format);
  // A shell that its terminal is taken from writes its history as it ends, when the test's folders are being removed.
  const own = { PS1: "$ ", LC_ALL: "C.UTF-8", HISTFILE: "/dev/null" };
  const environment = Object.entries({ ...own, ...env }).map(([key, value]) => `${key}=${value}`);
  // A person's terminal, wherever the tests run: libraries leave colours out where there is a CI at all, even an empty one, and scripts/test wants none.
  const shell = ["env", "-u", "CI", "-u", "NO_COLOR", ...environment, "bash", "--norc", "--noprofile"];
  const size = ["-x", String(columns), "-y", String(rows)];
  await tmux("-f", "/dev/null", "new-session", "-d", ...size, "-c", cwd, "--", ...shell);
  const screen: Terminal["screen"] = async (options) =>
    (await tmux("capture-pane", "-p", ...(options?.styled ? ["-e"] : []))).replace(/[ \t]+$/gm, "");
  return {
    type: async (text) => void (await tmux("send-keys", "-l", "--", text)),
    paste: async (text) => {
      await tmux("set-buffer", "--", text);
      await tmux("paste-buffer", "-p", "-d");
    },
    press: async (...keys) => {
      for (const key of keys) await tmux("send-keys", key);
    },
    screen,
    until(wanted, withinMs = 30_000) {
      const matches = (text: string) => (typeof wanted === "function" ? wanted(text) : wanted.test(text));
      const late = (text: string) => `the screen never showed ${wanted}; it shows\n${text}`;
      return eventually(screen, matches, { withinMs, late });
    },
    resize: async (width, height) => void (await tmux("resize-window", "-x", String(width), "-y", String(height))),
    async state() {
      const [alternate, cursor] = (await asked("#{alternate_on} #{cursor_flag}")).trim().split(" ");
      return { isAlternate: alternate === "1", hasCursor: cursor === "1" };
    },
    shell: async () => Number(await asked("#{pane_pid}")),
    drawOver: async (text) => writeFile((await asked("#{pane_tty}")).trim(), text),
    async close() {
      await tmux("kill-server");
      await rm(folder, { recursive: true, force: true });
    },
  };
}
