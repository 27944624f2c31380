import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { openTerminal, type Terminal } from "../harness/terminal.ts";

const ROOT = join(import.meta.dirname, "../..");
const opened: Terminal[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((terminal) => terminal.close()));
});

/** A terminal in which the screen shows a cluster that is made up. */
async function shown(columns: number, rows: number, { services = 3, lines = 0, ending = "", color = false } = {}) {
  const env = color ? { FORCE_COLOR: "1" } : { NO_COLOR: "1", FORCE_COLOR: "0" };
  const terminal = await openTerminal({ columns, rows, cwd: ROOT, env });
  opened.push(terminal);
  await terminal.type("echo before");
  await terminal.press("Enter");
  await terminal.type(
    `node --import tsx test/unit/tui/made-up-cluster.ts ${services} ${lines} ${ending}; echo "code $?"`,
  );
  await terminal.press("Enter");
  await terminal.until(/▸ ● service-0/);
  return terminal;
}

/** The codes of foreground colours in a screen. */
const coloursIn = (styled: string): string[] =>
  styled.split("\x1b[").flatMap((part) => /^[\d;]*(?<=^|;)(3[0-7]|9[0-7])(?=;|m)/.exec(part)?.[1] ?? []);

describe("in a real terminal", () => {
  test.each([
    [60, 10],
    [80, 24],
    [200, 60],
  ])("%i x %i is filled from the first line to the keys, and nothing scrolls", async (columns, rows) => {
    const terminal = await shown(columns, rows, { services: 11, lines: 200 });
    await terminal.press("Down");
    const lines = (await terminal.until(/▸ ● service-1/)).split("\n");
    expect(lines[0]).toMatch(/^ books on engine, environment local +● 11 ready$/);
    expect(lines[rows - 2]).toMatch(/^ ↑↓ choose/);
    expect(lines[rows - 1]).toBe("");
    for (const [key, sign] of [
      ["Tab", /── all services · following/],
      ["l", /── service-1 · following/],
      ["Escape", /SERVICE/],
      ["Enter", /^address +service-1:8080$/m],
      ["?", /any key closes/],
    ] as const) {
      await terminal.press(key);
      const screen = await terminal.until(sign);
      expect(screen.split("\n")[0]).toMatch(/^ books on engine/);
    }
  });

  test("a resize draws everything anew, through a terminal that is too small and back", async () => {
    const terminal = await shown(80, 24);
    await terminal.resize(50, 8);
    await terminal.until((screen) => screen.trim() === "books ● 3 ready  q quit");
    await terminal.resize(120, 30);
    const lines = (await terminal.until(/^ ↑↓ choose.*\n\n?$/m)).split("\n");
    expect(lines[0]).toMatch(/^ books on engine/);
    expect(lines.findIndex((line) => line.startsWith(" ↑↓"))).toBe(28);
    expect(lines.filter((line) => line.includes("● service-0"))).toHaveLength(1);
  });

  test("q gives the terminal back as it was, with one line that says the cluster goes on", async () => {
    const terminal = await shown(80, 24);
    expect(await terminal.state()).toEqual({ isAlternate: true, hasCursor: false });
    await terminal.press("q");
    const screen = await terminal.until(/^code 0$/m);
    expect(screen).toMatch(/^before\n\$ node .*\n(.*\n)?the cluster goes on\ncode 0\n\$\n/m);
    expect(await terminal.state()).toEqual({ isAlternate: false, hasCursor: true });
    await terminal.type("echo typed");
    await terminal.until(/^\$ echo typed$/m);
  });

  test("an error that nobody catches gives the terminal back before it is told", async () => {
    const terminal = await shown(80, 24, { ending: "crash" });
    await terminal.press("r");
    const screen = await terminal.until(/^code 1$/m);
    expect(screen).toContain("Error: boom");
    expect(screen).toContain("before");
    expect(await terminal.state()).toEqual({ isAlternate: false, hasCursor: true });
    await terminal.type("echo typed");
    await terminal.until(/^\$ echo typed$/m);
  });

  test("Ctrl-Z suspends with the terminal as it was, and fg goes on", async () => {
    const terminal = await shown(80, 24);
    await terminal.press("C-z");
    await terminal.until(/Stopped/);
    expect(await terminal.state()).toEqual({ isAlternate: false, hasCursor: true });
    await terminal.type("fg");
    await terminal.press("Enter");
    await terminal.until(/▸ ● service-0/);
    await terminal.press("j");
    await terminal.until(/▸ ● service-1/);
  });

  test("without colour no code of a colour is sent, and with it the shapes and words are the same", async () => {
    const plain = await shown(80, 24);
    const coloured = await shown(80, 24, { color: true });
    expect(coloursIn(await plain.screen({ styled: true }))).toEqual([]);
    expect(coloursIn(await coloured.screen({ styled: true }))).toContain("32");
    expect(await coloured.screen()).toBe(await plain.screen());
  });

  test("Ctrl-L draws what another program has drawn over", async () => {
    const terminal = await shown(80, 24);
    await terminal.drawOver("\x1b[1;1Hgarbage\x1b[5;1Hgarbage");
    await terminal.until(/garbage/);
    await terminal.press("C-l");
    const screen = await terminal.until((text) => !text.includes("garbage"));
    expect(screen).toContain("▸ ● service-0");
  });
});
