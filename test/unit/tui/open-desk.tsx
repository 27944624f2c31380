import { stripVTControlCharacters } from "node:util";
import { render } from "ink-testing-library";
import { Desk } from "../../../src/tui/desk.ts";
import { paintedFrame } from "../../../src/tui/frame.ts";
import { KeyReader } from "../../../src/tui/key-reader.tsx";
import type { FakeLive } from "./fake-live.ts";

/** What a terminal sends. */
export const KEYS = {
  down: "\x1b[B",
  up: "\x1b[A",
  pageUp: "\x1b[5~",
  enter: "\r",
  escape: "\x1b",
  tab: "\t",
  backspace: "\x7f",
};

/** Ink reads in turns of the event loop; a lone escape is told from a code by what does not follow in the next one. */
async function drawn(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
}

/** The screen in front of a cluster that is made up, driven by what a terminal sends. Ends with ink's `cleanup`. */
export function open(live: FakeLive, columns = 80, rows = 24) {
  const asked: string[] = [];
  const desk = new Desk(
    live,
    { columns, rows },
    {
      quit: () => asked.push("quit"),
      redraw: () => asked.push("redraw"),
      suspend: () => asked.push("suspend"),
      copy: (text) => asked.push(`copy ${text}`),
      lend: async (body) => {
        asked.push("lend");
        const ended = await body();
        asked.push("back");
        return ended;
      },
    },
  );
  const { stdin } = render(<KeyReader press={desk.press} />);
  let changes = 0;
  desk.subscribe(() => changes++);
  return {
    asked,
    /** How often there was something new to draw. */
    changes: () => changes,
    /** What is on the screen once all that happened is drawn. */
    frame: async () => {
      await drawn();
      const lines = paintedFrame(desk.snapshot(), false);
      return lines.map((line) => stripVTControlCharacters(line).trimEnd()).join("\n");
    },
    /** What is told from keys before it comes here (terminal-input.ts). */
    paste: (text: string) => desk.paste(text),
    resize: (width: number, height: number) => desk.resize({ columns: width, rows: height }),
    /** Keys, each when what the one before it did is on the screen. */
    press: async (...keys: string[]) => {
      for (const key of keys) {
        stdin.write(key);
        await drawn();
      }
    },
  };
}
