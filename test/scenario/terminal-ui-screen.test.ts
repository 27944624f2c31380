import { join } from "node:path";
import { build } from "esbuild";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { systemProcesses } from "../../src/host/process.ts";
import { MARKS } from "../../src/state/marks.ts";
import { eventually } from "../harness/eventually.ts";
import { openTerminal, type Terminal } from "../harness/terminal.ts";

const ROOT = join(import.meta.dirname, "../..");
const opened: Terminal[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((terminal) => terminal.close()));
});

/** The screen in front of a cluster that is made up, as one file: it starts in a fraction of the time. */
const CLUSTER = join(ROOT, "node_modules/.cache/devenv-test/made-up-cluster.mjs");
beforeAll(async () => {
  await build({
    entryPoints: [join(ROOT, "test/unit/tui/made-up-cluster.ts")],
    outfile: CLUSTER,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    jsx: "automatic",
    logLevel: "silent",
  });
});

/** A terminal in which that screen is shown. */
async function shown(columns: number, rows: number, { services = 3, lines = 0, ending = "", color = false } = {}) {
  const env = color ? { FORCE_COLOR: "1" } : { NO_COLOR: "1", FORCE_COLOR: "0" };
  const terminal = await openTerminal({ columns, rows, cwd: ROOT, env: { ...env, NODE_ENV: "production", CLUSTER } });
  opened.push(terminal);
  await terminal.type("echo before");
  await terminal.press("Enter");
  await terminal.type(`node $CLUSTER ${services} ${lines} ${ending}; echo "code $?"`);
  await terminal.press("Enter");
  await terminal.until(/▸ ● service-0/);
  return terminal;
}

/** The process of the screen in a terminal. */
async function pidIn(terminal: Terminal): Promise<number> {
  const { stdout } = await systemProcesses.run("pgrep", ["-P", String(await terminal.shell())]);
  return Number(stdout.trim());
}

/** The codes of foreground colours in a screen. */
const coloursIn = (styled: string): string[] =>
  styled.split("\x1b[").flatMap((part) => /^[\d;]*?(?<=^|;)(3[0-7]|9[0-7]|38;5;\d+)(?=;|m)/.exec(part)?.[1] ?? []);

/** A way through all keys that do the same at every size: each, and what is seen of it before the next. */
const EVERY_KEY: readonly (readonly [key: string, sign: Parameters<Terminal["until"]>[0]])[] = [
  ["g", /▸ ● service-0/],
  ["s", /✔ done/],
  ["r", /✔ service-0 answers again/],
  ["x", /✔ done/],
  ["m", /where the code of service-0 comes from/],
  ["h", /port on this machine/],
  ["9", /port on this machine: 9/],
  ["Enter", /q quit$/m],
  ["F", /fetch builds of CI/],
  ["a", /q quit$/m],
  ["P", /✔ done/],
  ["X", /the cluster's name, to do it/],
  ["b", /to do it: b +type books/],
  ["Escape", /q quit$/m],
  [":", /── actions/],
  ["p", /^:p/m],
  ["Escape", /q quit$/m],
  ["!", /what the last actions came to/],
  ["Escape", /q quit$/m],
  ["?", /── keys/],
  ["Escape", /q quit$/m],
  ["S", /SERVICE▾/],
  ["/", /services with: /],
  ["8", /services with: 8/],
  ["Enter", /▸ ● service-8/],
  ["Escape", (screen) => !screen.includes("filter: 8")],
  ["Enter", /^state +● ready/m],
  ["Escape", /SERVICE/],
  ["q", /and let books go on as it is/],
];

describe("in a real terminal", () => {
  describe.each([
    [60, 10],
    [80, 24],
    [200, 60],
  ])("of %i x %i", (columns, rows) => {
    test("is filled from the first line to the keys on every page, and nothing scrolls", async () => {
      const terminal = await shown(columns, rows, { services: 11, lines: 200 });
      await terminal.press("Down");
      // The keys are the last line that is drawn.
      const whole = (screen: string) => screen.includes("▸ ● service-1") && screen.endsWith("q quit\n\n");
      const lines = (await terminal.until(whole)).split("\n");
      expect(lines[0]).toMatch(/^ books on engine, environment local +● 11 ready$/);
      expect(lines[rows - 2]).toMatch(/: actions {2}\? help {2}q quit$/);
      expect(lines[rows - 1]).toBe("");
      for (const [key, sign] of [
        ["Tab", /── all services · following/],
        ["l", /── service-1 · following/],
        ["Escape", /SERVICE/],
        ["Enter", /^address +service-1:8080$/m],
        ["?", /any other key closes/],
      ] as const) {
        await terminal.press(key);
        const screen = await terminal.until(sign);
        expect(screen.split("\n")[0]).toMatch(/^ books on engine/);
      }
    });

    test("shows every state by its shape and word, and has every key do what it says", async () => {
      const terminal = await shown(columns, rows, { services: 9, ending: "states" });
      for (const [at, { shape, word }] of Object.values(MARKS).entries()) {
        await terminal.press("Down");
        await terminal.until(new RegExp(`▸ ${shape} service-${at + 1} +${word}`));
      }
      for (const [key, sign] of EVERY_KEY) {
        await terminal.press(key);
        await terminal.until(sign);
      }
      await terminal.press("q");
      await terminal.until(/^code 0$/m);
    });
  });

  test("a resize draws everything anew, through a terminal that is too small and back", async () => {
    const terminal = await shown(80, 24);
    await terminal.resize(50, 8);
    await terminal.until((screen) => screen.trim() === "books ● 3 ready  q quit");
    await terminal.resize(120, 30);
    const lines = (await terminal.until(/\? help {2}q quit\n\n?$/)).split("\n");
    expect(lines[0]).toMatch(/^ books on engine/);
    expect(lines.findIndex((line) => line.endsWith("q quit"))).toBe(28);
    expect(lines.filter((line) => line.includes("● service-0"))).toHaveLength(1);
  });

  test("q gives the terminal back as it was, with one line that says the cluster goes on", async () => {
    const terminal = await shown(80, 24);
    expect(await terminal.state()).toEqual({ isAlternate: true, hasCursor: false });
    await terminal.press("q", "q");
    const screen = await terminal.until(/^code 0\n\$$/m);
    expect(screen).toMatch(/^before\n\$ node .*\n(.*\n)?the cluster goes on\ncode 0\n\$\n/m);
    expect(await terminal.state()).toEqual({ isAlternate: false, hasCursor: true });
    await terminal.type("echo typed");
    await terminal.until(/^\$ echo typed$/m);
  });

  test("an error that nobody catches gives the terminal back before it is told", async () => {
    const terminal = await shown(80, 24, { ending: "crash" });
    await terminal.press("r");
    const screen = await terminal.until(/^code 1\n\$$/m);
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

  test("TSTP from outside suspends as Ctrl-Z does, and what was stopped otherwise is right again once it goes on", async () => {
    const terminal = await shown(80, 24);
    const pid = await pidIn(terminal);
    process.kill(pid, "SIGTSTP");
    await terminal.until(/Stopped/);
    expect(await terminal.state()).toEqual({ isAlternate: false, hasCursor: true });
    await terminal.type("fg");
    await terminal.press("Enter");
    await terminal.until(/▸ ● service-0/);
    process.kill(pid, "SIGSTOP");
    await terminal.until(/Stopped/);
    await terminal.type("stty sane; fg");
    await terminal.press("Enter");
    await terminal.until(/▸ ● service-0[\s\S]*q quit/);
    await terminal.press("j");
    await terminal.until(/▸ ● service-1/);
    expect(await terminal.state()).toEqual({ isAlternate: true, hasCursor: false });
  });

  test("a shell has the whole terminal until it ends, and then the keys are the screen's again", async () => {
    const terminal = await shown(80, 24);
    await terminal.press("e");
    await terminal.until(/^typed:/m);
    expect(await terminal.state()).toEqual({ isAlternate: false, hasCursor: true });
    await terminal.type("jj");
    await terminal.until(/^typed: jj$/m); // the terminal shows what is typed again
    await terminal.press("Enter");
    await terminal.until(/▸ ● service-0[\s\S]*✔ the shell ended/);
    await terminal.press("j");
    await terminal.until(/▸ ● service-1/);
  });

  test("without colour no code of a colour is sent, and with it the shapes and words are the same", async () => {
    const plain = await shown(80, 24);
    const coloured = await shown(80, 24, { color: true });
    await eventually(
      async () => [await coloured.screen(), await plain.screen()],
      ([one, other]) => one === other,
    );
    expect(coloursIn(await plain.screen({ styled: true }))).toEqual([]);
    expect(coloursIn(await coloured.screen({ styled: true }))).toContain("38;5;28");
  });

  test("what is pasted is no key, and text where text is typed; afterwards the shell gets it as before", async () => {
    const terminal = await shown(80, 24);
    await terminal.paste("jjq\nr");
    await terminal.until(/what was pasted was left out/);
    await terminal.press("/");
    await terminal.paste("service-2\n");
    await terminal.until(/services with: service-2[\s\S]*$/);
    await terminal.press("C-c");
    await terminal.until(/^code 0$/m);
    await terminal.paste("echo pasted");
    expect(await terminal.until(/echo pasted/)).not.toContain("200~");
  });

  test("Ctrl-L draws what another program has drawn over", async () => {
    const terminal = await shown(80, 24);
    await terminal.drawOver("\x1b[1;1Hgarbage\x1b[5;1Hgarbage");
    await terminal.until(/garbage/);
    await terminal.press("C-l");
    // Between the two it is empty.
    await terminal.until((text) => !text.includes("garbage") && text.includes("▸ ● service-0"));
  });
});
