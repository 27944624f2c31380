import { cleanup } from "ink-testing-library";
import { afterEach, expect, test } from "vitest";
import { serviceName } from "../../../src/model/names.ts";
import type { SwapRecord } from "../../../src/model/swap-record.ts";
import { aService, aSwap, fakeLive, NOW, SWAP_TIMES } from "./fake-live.ts";
import { open } from "./open-desk.tsx";

afterEach(cleanup);

const clock = (record: SwapRecord): string =>
  new Date(Date.parse(record.at) + record.times.total).toTimeString().slice(0, 5);
const elsewhere = {
  is: "elsewhere",
  holder: "devenv watch (pid 5, since 1)",
  command: "devenv watch",
  pid: 5,
} as const;

/** A wide screen, and the column of last swaps on it. */
function screen(...history: readonly SwapRecord[]) {
  const live = fakeLive();
  live.swaps = history;
  const { frame } = open(live, 140);
  live.says([aService("books"), aService("authors")]);
  const column = async (service: string) =>
    new RegExp(`● ${service} .*${service}:8080 +(.*)$`, "m").exec(await frame())?.[1];
  return { live, frame, column };
}

test("the list has every service's last swap of the history as soon as it is opened", async () => {
  const authors = aSwap(9, { service: serviceName("authors"), outcome: "rolledBack" });
  const { column } = screen(authors, aSwap(5), aSwap(7));
  expect(await column("books")).toBe(`✔ ${clock(aSwap(5))} 200 ms`);
  expect(await column("authors")).toBe(`↶ ${clock(authors)}`);
});

test("the first frame does not wait for the history", async () => {
  const live = fakeLive();
  live.lastSwaps = () => new Promise(() => {});
  const { frame } = open(live, 140);
  live.says([aService("books")]);
  expect(await frame()).toMatch(/● books .*books:8080 +-$/m);
});

test("a swap that ends while the history is read is not put out by what was read", async () => {
  let read: (records: readonly SwapRecord[]) => void = () => {};
  const live = fakeLive();
  live.lastSwaps = () => new Promise((resolve) => (read = resolve));
  const { frame } = open(live, 140);
  live.says([aService("books")]);
  live.happens({ type: "swapRecord", record: aSwap(1, { outcome: "buildFailed" }) });
  read([aSwap(3)]);
  expect(await frame()).toContain(`✖ ${clock(aSwap(1))}`);
});

test("another save loop that takes over takes no last swap away, and what the one before had not told is read", async () => {
  const { live, column } = screen();
  live.happens({ type: "swapRecord", record: aSwap(5) });
  live.isLedBy(elsewhere);
  expect(await column("books")).toBe(`✔ ${clock(aSwap(5))} 200 ms`);
  live.swaps = [aSwap(2, { outcome: "interrupted" }), aSwap(5)];
  live.isLedBy(elsewhere);
  expect(await column("books")).toBe(`! ${clock(aSwap(2))}`);
});

test("what the save loop tells comes before what is recorded, but for the end of an earlier one's swap", async () => {
  const { live, column } = screen(aSwap(5));
  const built = { build: "local:3f9a12bc44de", digest: "sha256:3f" } as const;
  live.happens({ type: "settled", service: serviceName("books"), generation: 0, ...built } as never);
  expect(await column("books")).toBe(`✔ ${clock(aSwap(5))} 200 ms`);
  const of = { service: serviceName("books"), generation: 1 as never };
  live.happens({ type: "saved", ...of, paths: ["/w/list.go"], detectMs: 10 } as never);
  live.happens({ type: "buildFailed", ...of, failure: { class: "user", message: "no" }, ms: 5 });
  expect(await column("books")).toBe(`✖ ${new Date(NOW).toTimeString().slice(0, 5)}`);
});

test("a swap that goes on, and one that a newer save took the place of, leave the one before them", async () => {
  const { column } = screen(
    aSwap(1, { outcome: "underWay" }),
    aSwap(2, { outcome: "superseded", times: SWAP_TIMES }),
    aSwap(3),
  );
  expect(await column("books")).toBe(`✔ ${clock(aSwap(3))} 200 ms`);
});
