import { expect, test } from "vitest";
import { serviceName } from "../../../src/model/names.ts";
import type { Mode } from "../../../src/model/status.ts";
import type { StatusNews } from "../../../src/state/live.ts";
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
  return watchLine({ watch: held, offers: [], surroundings: calm }, news)
    .map(({ text }) => text)
    .join("");
};

test("a save that a mode holds back is told for as long as the service is in that mode", () => {
  expect(told("host")).toBe("the save of books waits: `devenv use books=local`");
  expect(told("local")).toBe("watching 4 folders");
});
