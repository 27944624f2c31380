import { expect, test } from "vitest";
import type { Cluster } from "../../../src/flow/cluster.ts";
import { UsageFeed, type UsageNews } from "../../../src/flow/usage-feed.ts";
import { systemClock } from "../../../src/host/clock.ts";
import { serviceName } from "../../../src/model/names.ts";
import type { Profile } from "../../../src/model/profile.ts";

test("only what is wanted is read, at once when it is new, and a second reading tells the processor time", async () => {
  const services = ["books", "authors"].map((name) => ({ name, containerName: undefined, replicas: 1 }));
  const asked: string[] = [];
  const daemon = {
    stats: async (container: string) => {
      asked.push(container);
      return { cpuNs: asked.length * 1e9, systemNs: asked.length * 4e9, processors: 2, memoryBytes: 7 };
    },
  };
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
