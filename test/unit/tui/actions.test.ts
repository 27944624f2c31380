import { readFile } from "node:fs/promises";
import { cleanup } from "ink-testing-library";
import { afterEach, describe, expect, test } from "vitest";
import { failed } from "../../../src/model/failure.ts";
import { type Generation, generation, serviceName } from "../../../src/model/names.ts";
import type { Done } from "../../../src/state/intents.ts";
import { ACTIONS } from "../../../src/tui/actions.ts";
import { allKeys, commandsOn } from "../../../src/tui/commands.ts";
import { aService, type FakeLive, fakeLive } from "./fake-live.ts";
import { KEYS, open } from "./open-desk.tsx";

afterEach(cleanup);

/** A screen with books chosen, authors pinned and off, reviews crashed. */
function screen(columns = 80, rows = 24) {
  const live = fakeLive();
  const opened = open(live, columns, rows);
  live.says([
    aService("books"),
    aService("authors", { pinned: "124", mode: "off", state: "off", ready: false }),
    aService("reviews", { state: "crashed", ready: false }),
  ]);
  return { live, ...opened };
}

const wanted = ({ wanted: intents }: FakeLive) => intents;
const books = serviceName("books");
const authors = serviceName("authors");

describe("a key asks for its action, of the chosen service", () => {
  test.each([
    ["s", { to: "swap", service: books }],
    ["r", { to: "restart", service: books }],
    ["x", { to: "stop", service: books }],
    ["i", { to: "pin", service: books }],
    ["b", { to: "rollback", service: books }],
    ["P", { to: "pullAll" }],
    ["o", { to: "open", service: books }],
    ["e", { to: "shell", service: books }],
    ["c", { to: "dockerCommand", service: books }],
    ["FF", { to: "fetch", services: [books] }],
    ["Fa", { to: "fetch", services: [] }],
    ["ml", { to: "mode", service: books, mode: "local" }],
    ["mc", { to: "mode", service: books, mode: "ci" }],
    ["mo", { to: "mode", service: books, mode: "off" }],
    ["md", { to: "mode", service: books, mode: undefined }],
    ["mh9090\r", { to: "mode", service: books, mode: "host:9090" }],
    ["mrhttps://api.example.org\r", { to: "mode", service: books, mode: "remote:https://api.example.org" }],
    ["Xbooks\r", { to: "reset", name: "books" }],
  ])("%s", async (keys, intent) => {
    const { live, press } = screen();
    await press(...keys);
    expect(wanted(live)).toEqual([intent]);
  });

  test("one that is off is started, and one that is pinned is unpinned", async () => {
    const { live, press } = screen();
    await press("j", "x", "i");
    expect(wanted(live)).toEqual([
      { to: "start", service: authors },
      { to: "unpin", service: authors },
    ]);
  });

  test("on the page of one service's log it is that one; on that of all there is none, and that is said", async () => {
    const { live, press, frame } = screen();
    await press("j", "l", "r");
    expect(wanted(live)).toEqual([{ to: "restart", service: authors }]);
    await press("l", "r");
    expect(await frame()).toContain("this is for one service");
    expect(wanted(live)).toHaveLength(1);
    await press(KEYS.up);
    expect(await frame()).not.toContain("this is for one service");
  });
});

describe("a question", () => {
  test("takes its action back with escape, and leaves other keys alone", async () => {
    const { live, press, frame } = screen();
    await press("m", "z", "s");
    expect(await frame()).toContain("where the code of books comes from");
    await press(KEYS.escape);
    expect(await frame()).not.toContain("where the code of books comes from");
    expect(wanted(live)).toEqual([]);
  });

  test("is answered by arrows and enter, too", async () => {
    const { live, press } = screen();
    await press("m", KEYS.down, KEYS.down, KEYS.up, KEYS.enter);
    expect(wanted(live)).toEqual([{ to: "mode", service: books, mode: "ci" }]);
  });

  test("of a reset takes nothing but the cluster's name", async () => {
    const { live, press, frame } = screen();
    await press("X", "b", "o", "x", KEYS.enter);
    expect(wanted(live)).toEqual([]);
    expect(await frame()).toContain("to do it: box   type books");
    await press(KEYS.backspace, "o", "k", "s");
    expect(await frame()).toContain("books   enter does it");
    await press(KEYS.enter);
    expect(wanted(live)).toEqual([{ to: "reset", name: "books" }]);
  });

  test("about quitting: q again lets the cluster be, d brings it down first", async () => {
    const one = screen();
    await one.press("q", "q");
    expect(one.asked).toEqual(["quit"]);
    const other = screen();
    let isDown: (done: Partial<Done>) => void = () => {};
    other.live.ends.down = () =>
      new Promise((resolve) => {
        isDown = resolve;
      });
    await other.press("q", "d");
    expect(other.asked).toEqual([]);
    expect(await other.frame()).toContain("◐ bringing the cluster down");
    isDown({ words: "cluster books is down" });
    await other.frame();
    expect(other.asked).toEqual(["quit"]);
  });

  test("about quitting is not asked where nothing runs; and a cluster that does not come down is not left", async () => {
    const off = open(fakeLive());
    await off.press("q");
    expect(off.asked).toEqual(["quit"]);
    const { live, press, frame, asked } = screen();
    live.ends.down = () => Promise.reject(failed("a container does not stop"));
    await press("q", "d");
    expect(await frame()).toContain("✖ a container does not stop");
    expect(asked).toEqual([]);
  });
});

describe("an action", () => {
  test("tells who is waited for, the step that it is at, and how it ended", async () => {
    const { live, press, frame } = screen();
    let done: (done: Partial<Done>) => void = () => {};
    live.ends.pullAll = (hear) => {
      hear?.("waits for `devenv pull-all` (pid 12)");
      return new Promise((resolve) => {
        done = resolve;
      });
    };
    await press("P");
    expect(await frame()).toContain("◐ pulling all repositories: waits for `devenv pull-all` (pid 12)");
    done({ words: "2 moved, 40 current", notes: ["repos/web is left alone: it has commits of its own"] });
    expect(await frame()).toContain("✔ 2 moved, 40 current  ! says more");
    await press("!");
    expect(await frame()).toContain("repos/web is left alone: it has commits of its own");
    await press(KEYS.escape);
    expect(await frame()).not.toContain("2 moved");
  });

  test("of the service that is shown is told with it, and fails in place with what to do", async () => {
    const { live, press, frame } = screen();
    live.ends.rollback = () => Promise.reject(failed("books has nothing to go back to", { hint: "Save it once." }));
    await press("b");
    expect(await frame()).toMatch(/── books.*\n✖ books has nothing to go back to\n→ Save it once\.\n/);
    await press("j");
    expect(await frame()).not.toContain("nothing to go back to");
  });

  test("that is under way is not begun again, and is forgotten with the next save", async () => {
    const { live, press, frame } = screen();
    let done: (done: Partial<Done>) => void = () => {};
    live.ends.swap = () =>
      new Promise((resolve) => {
        done = resolve;
      });
    await press("s", "s");
    expect(wanted(live)).toHaveLength(1);
    expect(await frame()).toContain("◐ books     building");
    done({ words: "books runs local:3f9a12b" });
    expect(await frame()).toContain("✔ books runs local:3f9a12b");
    const saved: Generation = generation(1);
    live.happens({ type: "saved", service: books, generation: saved, paths: ["/w/list.go"], detectMs: 4 });
    expect(await frame()).not.toContain("✔ books runs");
  });

  test("that needs the terminal gets it, and gives it back", async () => {
    const { asked, press } = screen();
    await press("e");
    expect(asked).toEqual(["lend", "back"]);
  });

  test("that needs the terminal gets it alone: what was typed with its key asks for nothing", async () => {
    const { live, asked, press } = screen();
    await press("eexq");
    expect(asked).toEqual(["lend", "back"]);
    expect(wanted(live)).toEqual([{ to: "shell", service: books }]);
    await press("r");
    expect(wanted(live)).toHaveLength(2);
  });

  test("that gives a command has it copied, and shows it where the terminal cannot", async () => {
    const { live, asked, press, frame } = screen();
    const text = "docker exec -it books-books-1 sh";
    live.ends.dockerCommand = async () => ({ words: text, text });
    await press("c");
    expect(await frame()).toContain(`✔ ${text}`);
    expect(asked).toEqual([`copy ${text}`]);
  });
});

describe("pasted text", () => {
  test("is no key on any page, nor in a question that is answered by one, and that is said", async () => {
    const { live, asked, press, paste, frame } = screen();
    for (const where of [[], [KEYS.tab], [KEYS.tab], [KEYS.tab, KEYS.enter], [KEYS.escape, "q"], [KEYS.escape, "?"]]) {
      await press(...where);
      paste("rxd\rq\tXbooks\r");
      expect(await frame()).toContain("what was pasted was left out");
    }
    expect(wanted(live)).toEqual([]);
    expect(asked).toEqual([]);
    await press(KEYS.escape, "r");
    expect(wanted(live)).toEqual([{ to: "restart", service: books }]);
  });

  test("is text where text is typed, in one line, without codes, and without an enter that it may have", async () => {
    const { live, press, paste, frame } = screen();
    await press("m", "r");
    paste("\x1b[1mhttps://api.exa\x1b[0mmple.org/\r\n");
    await frame();
    expect(wanted(live)).toEqual([]);
    await press(KEYS.enter);
    expect(wanted(live)).toEqual([{ to: "mode", service: books, mode: "remote:https://api.example.org/" }]);
    await press("/");
    paste("auth\ror");
    expect(await frame()).toContain("services with: auth or");
    await press(KEYS.escape, ":");
    paste("pull");
    expect(await frame()).toContain(":pull");
  });
});

describe("what an action came to", () => {
  const path = `/home/ada/.local/state/devenv/logs/${"books-all-".repeat(8)}20260301T120000.log`;
  const unbroken = (text: string) => text.replaceAll(/\n {2}/g, "");

  test("is whole with its service, and whole behind the key that its line names where it is longer than that", async () => {
    const { live, press, frame } = screen();
    live.ends.dockerCommand = async () => ({ words: `docker --host ${path} exec` });
    await press("c");
    expect(unbroken(await frame())).toContain(`✔ docker --host${path} exec`);
    live.ends.keepLog = async () => ({ words: `7 lines are in ${path}` });
    await press(">");
    expect(await frame()).toMatch(/^ ✔ 7 lines are in .*… {2}! says more$/m);
    await press("!");
    expect(unbroken(await frame())).toContain(path);
  });

  test("is put away with escape, and stays in the list of all", async () => {
    const { live, press, frame } = screen();
    live.ends.rollback = () => Promise.reject(failed("books has nothing to go back to"));
    await press("b", KEYS.escape);
    expect(await frame()).not.toContain("nothing to go back to");
    await press("!");
    expect(await frame()).toContain("nothing to go back to");
  });
});

describe("a service that the filter hides", () => {
  test("is not acted on, nor is its detail or its log opened", async () => {
    const { live, press, frame } = screen();
    await press("/", "z", "z", KEYS.enter, "x");
    expect(wanted(live)).toEqual([]);
    expect(await frame()).toContain("this is for one service");
    await press(KEYS.enter);
    expect(await frame()).toContain("no service with zz");
    await press("l");
    expect(await frame()).toContain("── all services");
  });

  test("keeps its own page, which the filter has nothing to do with", async () => {
    const { live, press, frame } = screen();
    await press("/", ..."crashed", KEYS.enter, KEYS.enter);
    expect(await frame()).toContain("── reviews");
    live.says([aService("books", { state: "crashed", ready: false }), aService("reviews")]);
    expect(await frame()).toMatch(/── reviews ─+\nstate +● ready/);
    await press("r");
    expect(live.restarted).toEqual([serviceName("reviews")]);
  });
});

describe("the palette", () => {
  test("finds actions by any words of theirs, and does the chosen one", async () => {
    const { live, press, frame } = screen();
    await press(":");
    for (const { does } of ACTIONS) expect(await frame()).toContain(does.slice(0, 40));
    await press(..."repositories all");
    expect(await frame()).toMatch(/:repositories all\n▸ P +pull all repositories/);
    await press(KEYS.enter);
    expect(wanted(live)).toEqual([{ to: "pullAll" }]);
    expect(await frame()).not.toContain("── actions");
  });

  test("takes arrows, a key by its name, and goes with escape or when nothing is left to delete", async () => {
    const { live, press, frame } = screen();
    await press(":", KEYS.down, KEYS.enter);
    expect(wanted(live)).toEqual([{ to: "restart", service: books }]);
    await press(":", "X", KEYS.enter);
    expect(await frame()).toContain("reset books");
    await press(KEYS.escape, ":", "z", "z", "z");
    expect(await frame()).toContain("no action has these words");
    await press(KEYS.enter, KEYS.backspace, KEYS.backspace, KEYS.backspace, KEYS.backspace);
    expect(await frame()).not.toContain("── actions");
    await press(":", KEYS.escape);
    expect(await frame()).not.toContain("── actions");
  });
});

test("the palette takes the room that the page can spare, and says how many actions there is none for", async () => {
  const { press, frame, resize } = screen();
  const all = commandsOn("services");
  const shown = async () => {
    const lines = (await frame()).split("── actions")[1]?.split("\n") ?? [];
    return {
      note: /(\d+) (above|below)/.exec(lines[0] ?? ""),
      rows: lines.filter((text) => isAction.test(text)).length,
    };
  };
  const isAction = /^[▸ ] \S/;
  await press(":");
  const { note, rows } = await shown();
  expect(rows).toBeGreaterThan(12);
  expect(note?.slice(1)).toEqual([String(all.length - rows), "below"]);
  await press(KEYS.up, ...all.map(() => KEYS.down));
  expect((await shown()).note?.slice(1)).toEqual([String(all.length - rows), "above"]);
  resize(200, 60);
  expect(await shown()).toEqual({ note: null, rows: all.length });
});

test("the footer has every action where there is room, and the way to all of them where there is not", async () => {
  const wide = (await screen(200, 60).frame()).split("\n").slice(-2).join(" ");
  for (const { key, word } of ACTIONS) expect(wide).toContain(`${key} ${word}`);
  const narrow = (await screen(60, 10).frame()).split("\n").at(-1);
  expect(narrow).toMatch(/: actions {2}\? help {2}q quit$/);
});

test("docs/terminal-ui.md has every key", async () => {
  const docs = await readFile(new URL("../../../docs/terminal-ui.md", import.meta.url), "utf8");
  const written = allKeys().flatMap(({ keys }) => (keys === "↑↓" ? [keys] : keys.split(" ")));
  for (const key of written) expect(docs).toContain(`\`${key}\``);
});
