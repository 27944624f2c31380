import { expect, test } from "vitest";
import type { Cluster } from "../../../src/flow/cluster.ts";
import { UsageFeed, type UsageNews } from "../../../src/flow/usage-feed.ts";
import { systemClock } from "../../../src/host/clock.ts";
import { serviceName } from "../../../src/model/names.ts";
import type { Profile } from "../../../src/model/profile.ts";

const services = ["books", "authors"].map((name) => ({ name, containerName: undefined, replicas: 1 }));

/** Of all containers, each second reading tells a quarter of two processors; notes whose it was asked for. */
function countingDaemon() {
  const asked: string[] = [];
  const daemon = {
    stats: async (container: string) => {
      asked.push(container);
      return { cpuNs: asked.length * 1e9, systemNs: asked.length * 4e9, processors: 2, memoryBytes: 7 };
    },
  };
  return { asked, daemon };
}

test("only what is wanted is read, at once when it is new, and a second reading tells the processor time", async () => {
  const { asked, daemon } = countingDaemon();
  const ending = new AbortController();
  const told: UsageNews[] = [];
  const machine = { clock: systemClock, signal: ending.signal };
  const books = serviceName("books");
  const twice = new Promise<void>((resolve) => {
    const feed = new UsageFeed({ services } as unknown as Profile, machine, (news) => {
      told.push(news);
      if (news.get(books)?.cpuPercent !== undefined) resolve();
    });
    feed.want([books]);
    void feed.follow({ name: "shop", daemon } as unknown as Cluster, ending.signal);
  });
  await twice;
  ending.abort();
  expect(new Set(asked)).toEqual(new Set(["shop-books-1"]));
  expect(told[0]?.get(books)).toEqual({ cpuPercent: undefined, memoryBytes: 7 });
  expect(told.at(-1)?.get(books)).toEqual({ cpuPercent: 50, memoryBytes: 7 });
});

test("what left the screen a moment ago is told as it was, and read at once where that is longer ago than a round", async () => {
  const [books, authors] = [serviceName("books"), serviceName("authors")];
  const { asked, daemon } = countingDaemon();
  const ending = new AbortController();
  let now = 1000;
  /** Naps end when something rings. */
  const clock = { ...systemClock, monotonic: () => now, sleep: (_: number, signal?: AbortSignal) => aborted(signal) };
  const told: UsageNews[] = [];
  let hear: () => void = () => {};
  const next = () =>
    new Promise<void>((resolve) => {
      hear = resolve;
    });
  const feed = new UsageFeed({ services } as unknown as Profile, { clock, signal: ending.signal }, (news) => {
    told.push(news);
    hear();
  });
  feed.want([books]);
  const first = next();
  const followed = feed.follow({ name: "shop", daemon } as unknown as Cluster, ending.signal);
  await first;
  await turn();
  now += 1000;
  const second = next();
  feed.want([authors]);
  await second;
  expect([...(told.at(-1)?.keys() ?? [])]).toEqual([books, authors]);
  await turn();
  const count = asked.length;
  feed.want([books]);
  await turn();
  expect(asked).toHaveLength(count);
  now += 6000;
  const third = next();
  feed.want([books]);
  await third;
  expect(asked.slice(count)).toEqual(["shop-books-1"]);
  await turn();
  now += 60_000;
  const fourth = next();
  feed.want([authors]);
  await fourth;
  expect([...(told.at(-1)?.keys() ?? [])]).toEqual([authors]);
  expect(told.at(-1)?.get(authors)?.cpuPercent).toBeUndefined();
  ending.abort();
  await followed;
});

const aborted = (signal: AbortSignal | undefined) =>
  new Promise<void>((_, reject) => {
    const end = () => reject(new Error("aborted"));
    if (signal?.aborted) end();
    else signal?.addEventListener("abort", end);
  });

/** The feed is asleep again. */
const turn = () => new Promise((resolve) => setImmediate(resolve));
