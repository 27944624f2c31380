import { cleanup } from "ink-testing-library";
import { afterEach, describe, expect, test } from "vitest";
import { environmentFailure, failed } from "../../../src/model/failure.ts";
import { generation, serviceName } from "../../../src/model/names.ts";
import { aService, compilerFailure, fakeLive, NOW } from "./fake-live.ts";
import { KEYS, open } from "./open-desk.tsx";

afterEach(cleanup);

const three = () => [
  aService("books", { mode: "local", build: "local:3f9a12bc44de", address: "http://127.0.0.1:8081" }),
  aService("authors"),
  aService("reviews", { state: "crashed", ready: false, reason: "ended with exit code 2" }),
];

const ofBooks = { service: serviceName("books"), generation: generation(1) };

describe("the services", () => {
  test("each has a row with its mark, state, mode, build, age and address", async () => {
    const live = fakeLive();
    const { frame } = open(live);
    live.says(three());
    expect(await frame()).toContain("▸ ● books     ready      local  local:3f9a12b   5m     -     -  :8081");
    expect(await frame()).toContain("  ✖ reviews   crashed    ci     ci:124           -     -     -  reviews:8080");
    expect(await frame()).toMatch(/books on engine, environment local +✖ 1 crashed {2}● 2 ready/);
  });

  test("arrows and letters choose, and the panel follows with the reason and the log", async () => {
    const live = fakeLive();
    const { frame, press } = open(live);
    live.says(three());
    live.prints("reviews", "panic: boom", "goroutine 1");
    live.prints("books", "listens on :8080");
    expect(await frame()).toContain("listens on :8080");
    await press(KEYS.down, "j");
    expect(await frame()).toContain("▸ ✖ reviews");
    expect(await frame()).toMatch(/── reviews ─+\n✖ crashed: ended with exit code 2\n✖ panic: boom\n {2}goroutine 1\n/);
    expect(await frame()).not.toContain("listens on :8080");
    await press("k", KEYS.up, KEYS.up);
    expect(await frame()).toContain("▸ ● books");
  });

  test("two keys that arrive at once both count", async () => {
    const live = fakeLive();
    const { frame, press } = open(live);
    live.says(three());
    await press("jj");
    expect(await frame()).toContain("▸ ✖ reviews");
  });

  test("a filter leaves those that match, and escape takes it back", async () => {
    const live = fakeLive();
    const { frame, press } = open(live);
    live.says(three());
    await press("/", "c", "r", "x", KEYS.backspace, "a");
    expect(await frame()).toContain("services with: cra");
    expect(await frame()).toContain("▸ ✖ reviews");
    expect(await frame()).not.toContain("authors");
    await press(KEYS.enter);
    expect(await frame()).toContain("filter: cra");
    await press(KEYS.escape);
    expect(await frame()).toContain("authors");
  });

  test("letters are text while a filter is typed, and commands again after it", async () => {
    const live = fakeLive();
    const { asked, press, frame } = open(live);
    live.says(three());
    await press("/", "q", "r");
    expect(asked).toEqual([]);
    expect(live.restarted).toEqual([]);
    expect(await frame()).toContain("no service with qr");
    await press(KEYS.escape, "q");
    expect(await frame()).toContain("and let books go on as it is");
    await press("q");
    expect(asked).toEqual(["quit"]);
  });

  test("that do not fit are counted, above and below", async () => {
    const names = Array.from({ length: 40 }, (_, at) => `service-${at}`);
    const live = fakeLive(names);
    const { frame, press, resize } = open(live);
    live.says(names.map((name) => aService(name)));
    expect(await frame()).toMatch(/^── service-0 · no log yet ─+ 28 below ──$/m);
    await press("\x1b[6~");
    expect(await frame()).toMatch(/ (\d+) above, (\d+) below ──$/m);
    const [, above, below] = / (\d+) above, (\d+) below ──$/m.exec(await frame()) ?? [];
    expect(Number(above) + Number(below)).toBe(28);
    await press("G");
    expect(await frame()).toMatch(/─ 28 above ──$/m);
    resize(80, 60);
    expect(await frame()).not.toMatch(/above|below/);
  });

  test("have no usage once their container is gone, whatever it was before", async () => {
    const live = fakeLive();
    const { frame } = open(live);
    live.says(three());
    live.uses({ books: { cpuPercent: 3, memoryBytes: 5 * 1024 ** 2 } });
    expect(await frame()).toMatch(/books +ready .* 3\.0% +5\.0M/);
    live.says([aService("books", { state: "off", mode: "off", since: null, ready: false }), aService("authors")]);
    expect(await frame()).toMatch(/books +off .* - +- +- {2}/);
  });

  test("that settle leave every column where it is", async () => {
    const live = fakeLive();
    const { frame } = open(live);
    live.says(three());
    const before = (await frame()).split("\n")[2];
    const [books, ...others] = three();
    live.says([{ ...(books ?? aService("books")), settlesAt: new Date(NOW + 10_000).toISOString() }, ...others]);
    expect(await frame()).toContain("● books     settling ");
    expect((await frame()).split("\n")[2]).toBe(before);
  });

  test("of two hundred the chosen one is always among the rows that fit", async () => {
    const names = Array.from({ length: 200 }, (_, at) => `service-${at}`);
    const live = fakeLive(names);
    const { frame, press } = open(live);
    live.says(names.map((name) => aService(name)));
    await press("G");
    expect(await frame()).toContain("▸ ● service-199");
    for (let step = 0; step < 60; step++) await press("k");
    expect(await frame()).toContain("▸ ● service-139");
    expect((await frame()).split("\n").length).toBe(23);
  });
});

describe("a swap", () => {
  test("shows its stage in the row, then its times as a bar", async () => {
    const live = fakeLive();
    const { frame } = open(live);
    live.says(three());
    live.happens({ type: "saved", ...ofBooks, paths: ["/w/list.go"], detectMs: 4 });
    expect(await frame()).toContain("◐ books     building");
    const artifact = { digest: "a".repeat(64) as never, kind: "file", build: "local:ffffffffffff" } as const;
    live.happens({ type: "built", ...ofBooks, release: { artifact }, ms: 171, waitMs: 0 });
    live.happens({ type: "delivered", ...ofBooks, ms: 1 });
    expect(await frame()).toContain("◐ books     restarting");
    live.happens({ type: "restarted", ...ofBooks, ms: 9 });
    live.happens({ type: "ready", ...ofBooks, ms: 12 });
    const times = { detect: 4, wait: 0, build: 171, deliver: 1, restart: 9, ready: 12, check: 0, total: 193 };
    const { build, digest } = artifact;
    live.happens({ type: "committed", ...ofBooks, build, digest, settlesInMs: 10_000, times });
    expect(await frame()).toContain("✔ #1 runs local:ffffffffffff");
    live.says([aService("books", { build: "local:ffffffffffff" })], 5);
    expect(await frame()).toContain("✔ #1 runs local:ffffffffffff");
    live.says([aService("books", { build: "ci:124" })], 6);
    expect(await frame()).toContain("✔ #1 ran local:ffffffffffff");
    live.says([aService("books", { build: "local:ffffffffffff" })], 7);
    expect(await frame()).toMatch(/detect 4▏build 171 █+▏deliver 1▏restart 9 .*▏ready 12 .* = 197 ms/);
    expect(await frame()).toContain("● books     ready");
  });

  test("that does not compile shows the compiler's words, and the row says so beside its state", async () => {
    const live = fakeLive();
    const { frame } = open(live);
    live.says(three());
    live.happens({ type: "saved", ...ofBooks, paths: ["/w/list.go"], detectMs: 4 });
    live.happens({ type: "buildFailed", ...ofBooks, failure: compilerFailure(), ms: 90 });
    expect(await frame()).toContain("● books     ready ✖ build");
    expect(await frame()).toMatch(/books on engine, environment local +✖ 1 build {2}✖ 1 crashed {2}● 2 ready\n/);
    expect(await frame()).toContain("│ handlers/list.go:12:5: undefined: titel");
    expect(await frame()).toContain("→ Mend it and save again.");
  });

  test("that does not compile shows the compiler's words also where there is little room", async () => {
    const names = Array.from({ length: 30 }, (_, at) => (at === 0 ? "books" : `service-${at}`));
    const live = fakeLive(names);
    const { frame } = open(live);
    live.says(names.map((name) => aService(name)));
    live.prints("books", "one", "two", "three");
    live.happens({ type: "saved", ...ofBooks, paths: ["/w/list.go"], detectMs: 4 });
    live.happens({ type: "buildFailed", ...ofBooks, failure: compilerFailure(), ms: 90 });
    expect(await frame()).toContain(
      "│ handlers/list.go:12:5: undefined: titel\n│ handlers/list.go:13:2: missing return\n",
    );
    expect(await frame()).toContain("→ Mend it and save again.");
  });

  test("shows what its hooks say, and how one ended that is not required", async () => {
    const live = fakeLive();
    const { frame, press } = open(live);
    live.says(three());
    live.happens({ type: "saved", ...ofBooks, paths: ["/w/list.go"], detectMs: 4 });
    live.happens({ type: "hookStarted", ...ofBooks, hook: "before_build", command: "make generate" });
    for (let n = 1; n <= 9; n++)
      live.happens({ type: "hookSaid", ...ofBooks, hook: "before_build", line: `\tgenerated ${n}` });
    expect(await frame()).toContain("◐ before_build");
    expect(await frame()).toContain("│     generated 9");
    expect(await frame()).not.toContain("generated 5");
    await press(KEYS.enter);
    expect(await frame()).toContain("│     generated 1");
    const ended = { hook: "before_build", command: "make generate", ms: 1200, isRequired: false } as const;
    live.happens({ type: "hookEnded", ...ofBooks, ...ended, code: 0 });
    expect(await frame()).toContain("✔ before_build is done after 1.2 s");
    live.happens({ type: "hookEnded", ...ofBooks, ...ended, code: 7 });
    expect(await frame()).toContain("! before_build ended with code 7 after 1.2 s, and is not required");
    live.happens({ type: "saved", ...ofBooks, generation: generation(2), paths: ["/w/list.go"], detectMs: 4 });
    expect(await frame()).not.toContain("before_build");
  });

  test("enter shows a long failure whole, and it scrolls", async () => {
    const live = fakeLive();
    const { frame, press } = open(live);
    live.says(three());
    const output = Array.from({ length: 60 }, (_, at) => `\tmistake ${at}`).join("\n");
    live.happens({ type: "saved", ...ofBooks, paths: ["/w/list.go"], detectMs: 4 });
    live.happens({ type: "buildFailed", ...ofBooks, failure: { class: "user", message: "broken", output }, ms: 90 });
    await press(KEYS.enter);
    expect(await frame()).toContain("address   http://127.0.0.1:8081");
    expect(await frame()).toMatch(/── books · \d+ lines more/);
    expect(await frame()).not.toContain("mistake 59");
    await press("G");
    expect(await frame()).toContain("│     mistake 59");
    await press(KEYS.escape);
    expect(await frame()).toContain("SERVICE");
  });
});

describe("the logs", () => {
  test("tab shows all, each line behind its service's name; l shows one", async () => {
    const live = fakeLive();
    const { frame, press } = open(live);
    live.says(three());
    live.prints("books", "one");
    live.prints("authors", "two");
    await press(KEYS.tab);
    expect(await frame()).toMatch(/── all services · following ─+\n {2}books {3}│ one\n {2}authors │ two\n/);
    await press(KEYS.escape, "j", "l");
    expect(await frame()).toMatch(/── authors · following ─+\n {2}two\n/);
    await press("l");
    expect(await frame()).toContain("books   │ one");
  });

  test("scrolled back they stand still while more is printed, and f follows again", async () => {
    const live = fakeLive();
    const { frame, press } = open(live);
    live.says(three());
    for (let at = 0; at < 100; at++) live.prints("books", `line ${at}.`);
    await press(KEYS.tab, KEYS.pageUp);
    const before = await frame();
    expect(before).toContain("scrolled back");
    expect(before).not.toContain("line 99.");
    live.prints("books", "line 100.");
    const below = (screen: string) => screen.split("\n").slice(3);
    expect(below(await frame())).toEqual(below(before));
    await press("f");
    expect(await frame()).toContain("line 100.");
  });

  test("a filter finds lines in any case", async () => {
    const live = fakeLive();
    const { frame, press } = open(live);
    live.says(three());
    live.prints("books", "GET /books", "Error: no");
    await press(KEYS.tab, "&", "e", "r", "r");
    expect(await frame()).toContain("Error: no");
    expect(await frame()).not.toContain("GET /books");
  });
});

describe("a restart", () => {
  test("acts on the chosen service and says how long it took", async () => {
    const live = fakeLive();
    const { frame, press } = open(live);
    live.says(three());
    let answers: (ms: number) => void = () => {};
    live.restartEnds = () =>
      new Promise((resolve) => {
        answers = resolve;
      });
    await press("j", "r", "r");
    expect(live.restarted).toEqual(["authors"]);
    expect(await frame()).toContain("◐ authors   restarting");
    answers(17);
    expect(await frame()).toContain("✔ authors answers again");
    expect(await frame()).toContain("● authors   ready");
  });

  test("that fails says why, in place", async () => {
    const live = fakeLive();
    const { frame, press } = open(live);
    live.says(three());
    live.restartEnds = async () => {
      throw failed("books: ended with exit code 1", { output: "panic: boom", hint: "See its log." });
    };
    await press("r");
    expect(await frame()).toMatch(/✖ books: ended with exit code 1\n│ panic: boom\n→ See its log\.\n/);
    expect(await frame()).toContain("▸ ● books");
  });
});

describe("the whole screen", () => {
  test.each([
    [60, 10],
    [80, 24],
    [100, 30],
  ])("keeps within %i columns and one line less than %i rows on every page", async (columns, rows) => {
    const names = Array.from({ length: 30 }, (_, at) => `a-service-with-a-long-name-${at}`);
    const live = fakeLive(names);
    const { frame, press } = open(live, columns, rows);
    live.says(
      names.map((name) =>
        aService(name, { build: `registry.example/team/${name}:15.4-bookworm`, reason: "x".repeat(300) }),
      ),
    );
    live.prints(names[0] ?? "", "y".repeat(500));
    const fits = async () => {
      const lines = (await frame()).split("\n");
      expect(lines.length).toBe(rows - 1);
      expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(columns);
    };
    await fits();
    for (const keys of [[KEYS.tab], [KEYS.tab, "l"], [KEYS.escape, KEYS.enter], [KEYS.escape, "?"]]) {
      await press(...keys);
      await fits();
    }
  });

  test("too small a terminal shows one line, and a larger one everything again", async () => {
    const live = fakeLive();
    const { frame, resize } = open(live, 59, 24);
    live.says(three());
    expect((await frame()).trim()).toBe("books ✖ 1 crashed  ● 2 ready  q quit");
    resize(36, 24);
    expect((await frame()).trim()).toBe("books ✖ 1 crashed  ● 2 ready  q quit");
    resize(35, 24);
    expect((await frame()).trim()).toBe("books ✖ 1  ● 2  q quit");
    resize(80, 9);
    expect((await frame()).split("\n").length).toBe(1);
    resize(80, 24);
    expect(await frame()).toContain("SERVICE");
  });

  test("in one line no key does what could not be seen: q leaves at once, and what was open stays", async () => {
    const live = fakeLive();
    const { asked, frame, press, paste, resize } = open(live);
    live.says(three());
    await press("/", "a");
    resize(59, 24);
    await press("x", "r", "d", KEYS.enter, "X");
    paste("uthors");
    await press("q");
    expect(asked).toEqual(["quit"]);
    expect(live.wanted).toEqual([]);
    resize(80, 24);
    expect(await frame()).toContain("services with: a ");
  });

  test("says that the daemon does not answer, and is right again when it does", async () => {
    const live = fakeLive();
    const { frame } = open(live);
    live.says(three());
    const at = "unix:///home/ada/.local/state/devenv/engine/docker.sock, which it did a moment ago";
    live.isGone(environmentFailure(`no Docker daemon answers at ${at}`, { hint: "Start it." }));
    expect((await frame()).replaceAll(/\n {2}/g, " ")).toContain(`✖ no Docker daemon answers at ${at}\n→ Start it.`);
    expect(await frame()).not.toContain("● books");
    live.says(three());
    expect(await frame()).toContain("▸ ● books");
  });

  test("says that the cluster does not run, what is watched, and why nothing is", async () => {
    const live = fakeLive();
    const { frame } = open(live);
    live.says([aService("books", { state: "off", since: null, ready: false })]);
    expect(await frame()).toContain("not running: bring it up with `devenv up`");
    live.says(three());
    live.happens({ type: "watching", services: [serviceName("books")], folders: 31 });
    expect(await frame()).toContain("watching 31 folders");
    live.happens({ type: "watchFailed", failure: { class: "environment", message: "too many watches" } });
    expect(await frame()).toContain("✖ not watching: too many watches");
  });

  test("help lists the keys, and any key closes it", async () => {
    const live = fakeLive();
    const { asked, frame, press } = open(live);
    live.says(three());
    await press("?");
    expect(await frame()).toContain("build the chosen service from its work tree");
    await press("q");
    expect(await frame()).toContain("SERVICE");
    expect(asked).toEqual([]);
  });

  test("what lies over the page scrolls by its own height, to its last line and no further", async () => {
    const live = fakeLive();
    const { frame, press } = open(live);
    live.says(three());
    await press("?");
    const left = async () => Number(/keys · (\d+) lines more/.exec(await frame())?.[1] ?? 0);
    const all = await left();
    await press("\x1b[6~");
    expect(await left()).toBeLessThan(all - 10);
    await press("G");
    expect(await left()).toBe(0);
    expect((await frame()).split("\n").at(-2)).toContain("build: ◆ pinned");
  });

  test("Ctrl-C quits, Ctrl-L draws anew, Ctrl-Z suspends", async () => {
    const { asked, press } = open(fakeLive());
    await press("\x03", "\x0c", "\x1a");
    expect(asked).toEqual(["quit", "redraw", "suspend"]);
  });

  test("a clock that jumps, or a daemon's that is ahead, makes no age negative, and the next look is right again", async () => {
    const live = fakeLive();
    const { frame, press } = open(live);
    const since = new Date(NOW + 3_600_000).toISOString();
    const settlesAt = new Date(NOW + 10_000).toISOString();
    const up = async () => /▸ ● books +\w+ +ci +ci:124 +(\S+)/.exec(await frame())?.[1];
    live.says([aService("books", { since, settlesAt })]);
    expect(await up()).toBe("0s");
    live.says([aService("books", { since, settlesAt })], 3_600_000 / 1000 + 90);
    expect(await up()).toBe("1m");
    expect(await frame()).toMatch(/● books +ready/);
    live.says([aService("books", { since, settlesAt })], -30 * 86_400);
    expect(await up()).toBe("0s");
    await press("S", "S", "S");
    live.says([aService("books", { since, settlesAt })], 30 * 86_400);
    expect(await up()).toBe("29d");
    await press(KEYS.enter);
    expect(await frame()).not.toMatch(/-\d+ ?(s|m|h|d|ms|min)\b/);
  });

  test("a look that shows nothing new draws nothing", async () => {
    const live = fakeLive();
    const { changes } = open(live);
    live.says(three());
    const before = changes();
    live.says(three(), 2);
    expect(changes()).toBe(before);
    live.says(three(), 60);
    expect(changes()).toBe(before + 1);
  });
});

describe("a newer build of CI", () => {
  const offer = { type: "buildOffered", service: serviceName("books"), build: "ci:125", from: "ci:124" } as const;

  test("is offered in the head, and answered by a key on any page", async () => {
    const live = fakeLive();
    const screen = open(live);
    live.says([aService("books"), aService("authors")]);
    live.happens(offer);
    expect(await screen.frame()).toContain("books 125 is green: [t]ake it, [p]in 124, [n]ot now");
    await screen.press("t", KEYS.tab, "p", KEYS.tab, "n");
    expect(live.answered).toEqual(["books take", "books pin", "books later"]);
  });

  test("has no key while there is none, nor while a filter is typed", async () => {
    const live = fakeLive();
    const screen = open(live);
    live.says([aService("books")]);
    await screen.press("t", "p", "n");
    live.happens(offer);
    await screen.press("/", "t", "n");
    expect(live.answered).toEqual([]);
  });

  test("that was taken is told with its service: under way, done, or why not", async () => {
    const live = fakeLive();
    const screen = open(live);
    live.says([aService("books")]);
    live.happens({ type: "buildWanted", service: serviceName("books"), build: "ci:125" });
    expect(await screen.frame()).toContain("◐ takes ci:125");
    live.happens({ type: "buildTaken", service: serviceName("books"), build: "ci:125", ms: 1234 });
    expect(await screen.frame()).toContain("✔ runs ci:125 after 1.2 s");
    const failure = { class: "user", message: "books does not answer" } as const;
    live.happens({ type: "buildNotTaken", service: serviceName("books"), build: "ci:126", failure });
    expect(await screen.frame()).toMatch(/✖ does not take ci:126\n.*books does not answer/);
  });
});
