import { expect, test } from "vitest";
import { serviceName } from "../../../src/model/names.ts";
import type { Mode } from "../../../src/model/status.ts";
import type { StatusNews } from "../../../src/state/live.ts";
import { nothingPulled, type PullView } from "../../../src/state/pull-view.ts";
import { calm } from "../../../src/state/surroundings-view.ts";
import type { WatchView } from "../../../src/state/view.ts";
import { watchLine } from "../../../src/tui/head.ts";
import { aService } from "./fake-live.ts";

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

const textOf = (pulls: PullView, news: StatusNews | undefined): string =>
  watchLine({ watch: held, pulls, surroundings: calm }, news)
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
