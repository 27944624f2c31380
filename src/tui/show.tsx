import { render } from "ink";
import type { Live } from "../state/live.ts";
import { App } from "./app.tsx";
import { Desk } from "./desk.ts";
import type { Size } from "./layout.ts";
import { createScreen, type Screen } from "./screen.ts";

export interface ShowOptions {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  /** Whether colours may be shown. Shapes and words say the same. */
  readonly color: boolean;
  /** Ends the showing as `q` does: Ctrl-C from outside, SIGTERM, SIGHUP. */
  readonly signal: AbortSignal;
}

/**
 * Takes the whole terminal and shows the cluster until the person quits. However it ends, also by an error or
 * `process.exit`, the terminal is given back as it was.
 */
export async function show(live: Live, { stdin, stdout, color, signal }: ShowOptions): Promise<void> {
  const screen = createScreen(stdout);
  let quit = () => {};
  const ended = new Promise<void>((resolve) => {
    quit = resolve;
  });
  const suspend = () => suspended(screen, stdin);
  const desk = new Desk(live, sizeOf(stdout), { quit, redraw: screen.redraw, suspend });
  const resized = () => {
    desk.resize(sizeOf(stdout));
    screen.redraw();
  };
  process.once("exit", screen.leave);
  signal.addEventListener("abort", quit, { once: true });
  stdin.once("end", quit); // the terminal is gone
  stdout.on("resize", resized);
  screen.enter();
  const ink = render(<App desk={desk} color={color} />, {
    stdin,
    stdout: screen.frames,
    debug: true, // plain frames: the screen draws them
    exitOnCtrlC: false,
    patchConsole: false,
  });
  try {
    await Promise.race([ended, ink.waitUntilExit()]);
  } finally {
    screen.leave();
    ink.unmount();
    desk.close();
    stdout.off("resize", resized);
    stdin.off("end", quit);
    signal.removeEventListener("abort", quit);
    process.off("exit", screen.leave);
  }
}

const sizeOf = ({ columns, rows }: NodeJS.WriteStream): Size => ({ columns: columns || 80, rows: rows || 24 });

/** Gives the terminal back until the shell continues us (Ctrl-Z, `fg`). */
function suspended(screen: Screen, stdin: NodeJS.ReadStream): void {
  screen.leave();
  stdin.setRawMode(false);
  process.once("SIGCONT", () => {
    stdin.setRawMode(true);
    screen.enter();
  });
  // Its whole group, as the terminal would: it may have been started by another program.
  process.kill(0, "SIGTSTP");
}
