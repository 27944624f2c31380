import { Writable } from "node:stream";
import { render } from "ink";
import type { Live } from "../state/live.ts";
import { Desk } from "./desk.ts";
import { paintedFrame } from "./frame.ts";
import { KeyReader } from "./key-reader.tsx";
import { createKeyboard } from "./keyboard.ts";
import type { Size } from "./layout.ts";
import { LentTerminal } from "./lent-terminal.ts";
import { Pace } from "./pace.ts";
import { createScreen } from "./screen.ts";

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
 * @returns what became of the cluster, where the person had it brought down before quitting
 */
export async function show(live: Live, { stdin, stdout, color, signal }: ShowOptions): Promise<string | undefined> {
  const screen = createScreen(stdout);
  const keyboard = createKeyboard(stdin, (text) => desk.paste(text));
  let leave: (words: string | undefined) => void = () => {};
  const ended = new Promise<string | undefined>((resolve) => {
    leave = resolve;
  });
  const quit = () => leave(undefined);
  const resized = () => {
    desk.resize(sizeOf(stdout));
    screen.redraw();
  };
  const terminal = new LentTerminal(screen, keyboard, resized);
  const desk = new Desk(live, sizeOf(stdout), {
    quit: leave,
    redraw: screen.redraw,
    suspend: terminal.suspend,
    copy: (text) => void stdout.write(clipboardCode(text)),
    lend: (body) => terminal.lend(body),
  });
  const pace = new Pace(() => screen.show(paintedFrame(desk.snapshot(), color)));
  desk.subscribe((madeBy) => (madeBy === "person" ? pace.now() : pace.soon()));
  process.once("exit", screen.leave);
  signal.addEventListener("abort", quit, { once: true });
  stdin.once("end", quit); // the terminal is gone
  stdout.on("resize", resized);
  terminal.open();
  const ink = render(<KeyReader press={desk.press} />, {
    stdin: keyboard.keys,
    stdout: nowhere(),
    debug: true, // else it paces what it does not draw
    exitOnCtrlC: false,
    patchConsole: false,
  });
  try {
    return await Promise.race([ended, ink.waitUntilExit().then(() => undefined)]);
  } finally {
    terminal.close();
    ink.unmount();
    desk.close();
    pace.end();
    stdout.off("resize", resized);
    stdin.off("end", quit);
    signal.removeEventListener("abort", quit);
    process.off("exit", screen.leave);
  }
}

/** OSC 52: also over ssh, the terminal that the person sits at puts it on its clipboard; one that cannot ignores it. */
const clipboardCode = (text: string): string => `\x1b]52;c;${Buffer.from(text).toString("base64")}\x07`;

/** What Ink is given to draw on. Of a terminal's it asks for `write`, `columns` and events. */
const nowhere = () =>
  Object.assign(new Writable({ write: (_chunk, _encoding, done) => done() }), {
    columns: 80,
  }) as unknown as NodeJS.WriteStream;

const sizeOf = ({ columns, rows }: NodeJS.WriteStream): Size => ({ columns: columns || 80, rows: rows || 24 });
