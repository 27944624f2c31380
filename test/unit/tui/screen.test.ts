import { describe, expect, test } from "vitest";
import { changedLines, createScreen } from "../../../src/tui/screen.ts";

function terminal(rows = 10) {
  let written = "";
  return {
    rows,
    write: (text: string | Uint8Array) => {
      written += text;
      return true;
    },
    /** What was written since the last look. */
    taken: () => {
      const text = written;
      written = "";
      return text;
    },
  };
}

describe("the screen", () => {
  test("writes the lines that changed, each at its place, and nothing for the same frame", () => {
    const target = terminal();
    const screen = createScreen(target);
    screen.enter();
    screen.show(["one", "two", "three"]);
    target.taken();
    screen.show(["one", "2", "three"]);
    expect(target.taken()).toBe("\x1b[?2026h\x1b[2;1H\x1b[2K2\x1b[?2026l");
    screen.show(["one", "2", "three"]);
    expect(target.taken()).toBe("");
  });

  test("empties the lines that a shorter frame no longer has", () => {
    expect(changedLines(["a", "b", "c"], ["a"])).toBe("\x1b[2;1H\x1b[2K\x1b[3;1H\x1b[2K");
  });

  test("never draws on the terminal's last line", () => {
    const target = terminal(3);
    const screen = createScreen(target);
    screen.enter();
    target.taken();
    screen.show(["1", "2", "3", "4"]);
    expect(target.taken()).not.toContain("\x1b[3;1H");
  });

  test("draws everything anew when it is asked to, on an empty screen", () => {
    const target = terminal();
    const screen = createScreen(target);
    screen.enter();
    screen.show(["one", "two"]);
    target.taken();
    screen.redraw();
    expect(target.taken()).toBe("\x1b[?2026h\x1b[0m\x1b[2J\x1b[1;1H\x1b[2Kone\x1b[2;1H\x1b[2Ktwo\x1b[?2026l");
  });

  test("gives the terminal back once, and draws nothing after that", () => {
    const target = terminal();
    const screen = createScreen(target);
    screen.enter();
    expect(target.taken()).toContain("\x1b[?1049h");
    screen.leave();
    expect(target.taken()).toBe("\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l");
    screen.leave();
    screen.show(["late"]);
    screen.redraw();
    expect(target.taken()).toBe("");
  });

  test("shows the last frame again when it is entered anew", () => {
    const target = terminal();
    const screen = createScreen(target);
    screen.enter();
    screen.show(["one"]);
    screen.leave();
    screen.show(["two"]);
    target.taken();
    screen.enter();
    expect(target.taken()).toContain("\x1b[1;1H\x1b[2Ktwo");
  });
});
