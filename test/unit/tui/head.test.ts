import { cleanup } from "ink-testing-library";
import { afterEach, expect, test } from "vitest";
import { serviceName } from "../../../src/model/names.ts";
import type { Mode } from "../../../src/model/status.ts";
import type { StatusNews } from "../../../src/state/live.ts";
import { nothingPulled, type PullView } from "../../../src/state/pull-view.ts";
import { calm } from "../../../src/state/surroundings-view.ts";
import type { WatchView } from "../../../src/state/view.ts";
import { watchLine } from "../../../src/tui/head.ts";
import { aService, fakeLive } from "./fake-live.ts";
import { open } from "./open-desk.tsx";

afterEach(cleanup);

const held: WatchView = {
  folders: 4,
  paused: undefined,
  ignored: undefined,
  held: { service: serviceName("books"), mode: "host:9090" },
  providedChanged: false,
  failure: undefined,
};

const told = (mode: Mode): string => {
  const services = [{ ...aService("books"), mode }];
  const status = { cluster: "books" as never, provider: "docker", environment: "local", services } as const;
  const news: StatusNews = { is: "known", at: 0, status };
  return textOf(nothingPulled, news);
};

const textOf = (pulls: PullView, news: StatusNews | undefined, room?: number): string =>
  watchLine({ watch: held, pulls, surroundings: calm }, news, undefined, room)
    .map(({ text }) => text)
    .join("");

test("a save that a mode holds back is told for as long as the service is in that mode", () => {
  expect(told("host")).toBe("the save of books waits: it is in mode host:9090");
  expect(told("local")).toBe("watching 4 folders");
});

test("what was pulled in the background is told, and what of it needs a person before that", () => {
  const last = { names: ["repos/shop", "repos/web"], at: new Date(2026, 10, 21, 14, 3).getTime() };
  expect(textOf({ ...nothingPulled, last }, undefined)).toBe("watching 4 folders, pulled repos/shop and 1 more 14:03");
  expect(textOf({ ...nothingPulled, last, needing: ["repos/api"] }, undefined)).toBe(
    "watching 4 folders, repos/api needs you: `devenv pull-all`",
  );
  expect(textOf({ ...nothingPulled, last, needing: ["a", "b"] }, undefined)).toContain("2 repositories need you");
});

test("a daemon that answers again is told as soon as it does, before all is started that ended with it", () => {
  const lost = { address: "unix:///d.sock", since: 1000 };
  const textAt = (at: number): string => {
    const status = {
      cluster: "books" as never,
      provider: "docker",
      environment: "local",
      services: [aService("books")],
    };
    const news = { is: "known", at, status } as StatusNews;
    return watchLine({ watch: held, pulls: nothingPulled, surroundings: { ...calm, lost } }, news)
      .map(({ text }) => text)
      .join("");
  };
  expect(textAt(999)).toBe("the Docker daemon does not answer: waiting for it");
  expect(textAt(1001)).toBe("the Docker daemon is back: starting what ended with it");
});

test("who else watches is told in as many words as there is room for, and never cut", async () => {
  const live = fakeLive();
  const { frame, resize } = open(live);
  const holder = "devenv's terminal UI (pid 12345, since 14:03:07)";
  live.isLedBy({ is: "elsewhere", holder, command: "devenv's terminal UI", pid: 12345 });
  live.says([aService("books")]);
  live.happens({ type: "watching", services: [serviceName("books")], folders: 4 });
  const head = async () => (await frame()).split("\n")[1];
  expect(await head()).toMatch(/ {2}watched by devenv's terminal UI \(pid 12345\)$/);
  resize(60, 24);
  expect(await head()).toMatch(/ {2}watched by pid 12345$/);
  resize(200, 60);
  expect(await head()).toMatch(/ {2}watched by devenv's terminal UI \(pid 12345, since 14:03:07\)$/);
});

test("of pulls it is told in fewer words where there is less room", () => {
  const last = { names: ["repos/shop", "repos/web"], at: new Date(2026, 10, 21, 14, 3).getTime() };
  expect(textOf({ ...nothingPulled, last }, undefined, 47)).toBe("watching 4 folders, pulled 14:03");
  const needing = { ...nothingPulled, last, needing: ["repos/api", "repos/web"] };
  expect(textOf(needing, undefined, 47)).toBe("watching 4 folders, 2 repos need you: P");
});
