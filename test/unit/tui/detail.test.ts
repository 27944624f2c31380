import { cleanup } from "ink-testing-library";
import { afterEach, describe, expect, test } from "vitest";
import { serviceName } from "../../../src/model/names.ts";
import { anOutline, aService, aSwap, fakeLive, SWAP_TIMES } from "./fake-live.ts";
import { KEYS, open } from "./open-desk.tsx";

afterEach(cleanup);

const books = serviceName("books");
describe("the detail", () => {
  test("says what the profile says: what it depends on, its ports, mounts and variables", async () => {
    const live = fakeLive();
    live.outlined = [
      anOutline("books", {
        repo: "/w/repos/books",
        ready: "http :8080/healthz within 10 s",
        dependsOn: ["postgres (healthy)"],
        ports: ["127.0.0.1:8081 → 8080"],
        mounts: ["/srv/data → /data, read only"],
        environment: [
          ["DB_PASSWORD", "••••••"],
          ["PORT", "8080"],
        ],
      }),
    ];
    const { press, frame } = open(live, 100, 50);
    live.says([aService("books", { restarts: 2 })]);
    live.uses({ books: { cpuPercent: 3.2, memoryBytes: 118 * 1024 ** 2 } });
    await press(KEYS.enter);
    const screen = await frame();
    for (const said of [
      "state     ● ready, answers",
      "restarts  2, by Docker",
      "uses      3.2% of a processor, 118M",
      "probe     http :8080/healthz within 10 s",
      "work tree /w/repos/books",
      "depends on\n  postgres (healthy)",
      "ports\n  127.0.0.1:8081 → 8080",
      "mounts\n  /srv/data → /data, read only",
      "environment\n  DB_PASSWORD  ••••••\n  PORT         8080",
    ])
      expect(screen).toContain(said);
  });

  test("has the last swaps as bars, each as long as it took, and the newest as it comes", async () => {
    const live = fakeLive();
    live.swaps = [aSwap(2, { times: { ...SWAP_TIMES, build: 0, ready: 90, total: 100 } }), aSwap(1)];
    const { press, frame } = open(live, 100, 50);
    live.says([aService("books")]);
    await press(KEYS.enter);
    const bar = (screen: string, mark: string) => screen.split("\n").find((line) => line.includes(mark)) ?? "";
    const blocks = (line: string) => [...line].filter((cell) => "░█▓▒▞▚".includes(cell)).length;
    const screen = await frame();
    expect(screen).toContain("░ wait  █ build  ▓ deliver  ▒ restart  ▞ ready  ▚ check");
    expect(bar(screen, "✔ #1")).toMatch(/settled +200 ms ░+█+▞+$/);
    const half = blocks(bar(screen, "✔ #1")) / 2;
    expect(Math.abs(blocks(bar(screen, "✔ #2")) - half)).toBeLessThan(1);
    live.happens({ type: "swapRecord", record: aSwap(3, { outcome: "rolledBack" }) });
    expect((await frame()).split("last swaps")[1]).toMatch(/↶ #3[\s\S]*✔ #2[\s\S]*✔ #1/);
  });

  test("says why a service, or its save, waits", async () => {
    const live = fakeLive(["books", "postgres"]);
    live.outlined = [anOutline("books", { ready: "tcp :8080 within 10 s", dependsOn: ["postgres (healthy)"] })];
    const { press, frame } = open(live, 100, 40);
    live.says([
      aService("books", { state: "starting", ready: false }),
      aService("postgres", { state: "unhealthy", ready: false }),
    ]);
    await press(KEYS.enter);
    expect(await frame()).toContain("◔ postgres, which it depends on, is unhealthy");
    expect(await frame()).toContain("◔ waits for its answer: tcp :8080 within 10 s");
    live.says([aService("books", { mode: "ci" }), aService("postgres")]);
    expect(await frame()).not.toContain("which it depends on");
    live.happens({ type: "heldByMode", service: books, mode: "ci", path: "/w/list.go" });
    expect(await frame()).toContain("◔ its save waits: it is in mode ci; m takes it to local");
  });
});

test("what services use is asked of those that are on the screen, and no others", async () => {
  const names = Array.from({ length: 200 }, (_, at) => `service-${at}`);
  const live = fakeLive(names);
  const { press, frame } = open(live);
  live.says(names.map((name) => aService(name)));
  await frame();
  expect(live.measured.length).toBeLessThan(20);
  expect(live.measured).toContain("service-0");
  await press("G");
  expect(live.measured).toContain("service-199");
  expect(live.measured).not.toContain("service-0");
  await press(KEYS.enter);
  expect(live.measured).toEqual(["service-199"]);
  await press(KEYS.tab);
  expect(live.measured).toEqual([]);
});

test("a service that crashes again and again says how often, a build says its pin and what is newer", async () => {
  const live = fakeLive();
  const { frame } = open(live, 100);
  live.says([
    aService("books", { state: "crashed", ready: false, restarts: 3 }),
    aService("authors", { pinned: "124" }),
    aService("reviews", { pinned: "123" }),
  ]);
  live.happens({ type: "buildOffered", service: books, build: "ci:125", from: "ci:124" });
  expect(await frame()).toMatch(/✖ books +crashed 4× +ci +ci:124 ↑125/);
  expect(await frame()).toMatch(/● authors +ready +ci +ci:124 ◆ /);
  expect(await frame()).toMatch(/● reviews +ready +ci +ci:124 ◆123/);
});

test("services are grouped by their kind, sorted within it, and K takes the kinds away", async () => {
  const live = fakeLive(["b", "a", "db"]);
  live.outlined = [anOutline("b"), anOutline("a"), anOutline("db", { kind: "image" })];
  const { frame, press } = open(live);
  live.says([aService("b"), aService("a"), aService("db", { mode: "image" })]);
  const listed = async () =>
    (await frame())
      .split("\n")
      .flatMap((line) => /^(?:▸ | {2})(?:● (\S+)|(\S+ \(\d\)))/.exec(line)?.slice(1).find(Boolean) ?? []);
  expect(await listed()).toEqual(["Go (2)", "b", "a", "Images (1)", "db"]);
  await press("S");
  expect(await listed()).toEqual(["Go (2)", "a", "b", "Images (1)", "db"]);
  await press("K");
  expect(await listed()).toEqual(["a", "b", "db"]);
});
