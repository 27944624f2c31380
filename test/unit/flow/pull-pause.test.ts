import { expect, onTestFinished, test } from "vitest";
import { Pauses } from "../../../src/flow/pauses.ts";
import { PullPause } from "../../../src/flow/pull-pause.ts";
import type { Event } from "../../../src/model/event.ts";
import { serviceName } from "../../../src/model/names.ts";
import type { PullResult, WorkTree } from "../../../src/model/repository.ts";
import { createBus } from "../../../src/state/bus.ts";
import { manualClock } from "../watch/manual-clock.ts";

const tree = (name: string): WorkTree => ({
  ...{ name, path: `/w/${name}`, kind: "repository", gitDir: "", commonDir: "", url: undefined },
});
const move = (files: number) => ({ from: "a", to: "b", count: 1, commits: [], authors: [], files });
const ended = (name: string, files: number): PullResult => ({
  ...{ tree: tree(name), branch: "main", branches: [], services: [], ms: 1 },
  outcome: { kind: "moved", move: move(files), hooks: "" },
});

/** A save loop of services `<repository>-1` and `-2`, none of them in `docs`. */
function scene() {
  const clock = manualClock();
  const bus = createBus();
  const [told, waiting] = [[] as Event[], new Set<string>()];
  bus.subscribe((event) => void told.push(event));
  const closing = new AbortController();
  onTestFinished(() => closing.abort());
  const swaps = {
    pause: (name: string) => void waiting.add(name),
    unpause: (name: string) => void waiting.delete(name),
    isDue: () => true,
  };
  const pause = new PullPause({
    pauses: new Pauses(swaps, { bus, clock }),
    servicesIn: ({ name }) => (name === "docs" ? [] : [serviceName(`${name}-1`), serviceName(`${name}-2`)]),
    machine: { clock, signal: closing.signal },
  });
  const begin = (name: string) => pause.hear({ type: "doing", tree: tree(name), doing: "fast-forwarding" });
  const end = (name: string, files = 3) => pause.hear({ type: "ended", result: ended(name, files) });
  return { clock, pause, begin, end, waiting, types: () => told.map(({ type }) => type), told };
}

test("services wait from before git begins until what it changed was heard of, once", async () => {
  const { clock, pause, begin, end, waiting, told, types } = scene();
  pause.hear({ type: "doing", tree: tree("shop"), doing: "fetching" });
  expect(waiting.size).toBe(0);
  begin("shop");
  expect([...waiting]).toEqual(["shop-1", "shop-2"]);
  end("shop");
  await clock.pass(60);
  pause.changed();
  await clock.pass(60);
  expect(waiting.size).toBe(2);
  await clock.pass(60);
  expect(waiting.size).toBe(0);
  expect(types()).toEqual(["paused", "resumed"]);
  expect(told).toMatchObject([{ reason: "shop is pulled" }, { changed: 3, services: ["shop-1", "shop-2"] }]);
});

test("repositories that move at the same time are one round", async () => {
  const { clock, begin, end, waiting, told, types } = scene();
  begin("shop");
  begin("web");
  end("shop", 3);
  await clock.pass(500);
  expect(waiting.size).toBe(4);
  end("web", 4);
  await clock.pass(500);
  expect(types()).toEqual(["paused", "resumed"]);
  expect(told.at(-1)).toMatchObject({ changed: 7 });
});

test("a repository that moves while the last one comes to rest joins its round", async () => {
  const { clock, begin, end, types } = scene();
  begin("shop");
  end("shop");
  await clock.pass(50);
  begin("web");
  await clock.pass(500);
  expect(types()).toEqual(["paused"]);
  end("web");
  await clock.pass(500);
  expect(types()).toEqual(["paused", "resumed"]);
});

test("a repository that nothing is made of keeps nobody waiting", () => {
  const { begin, types } = scene();
  begin("docs");
  expect(types()).toEqual([]);
});

test("whatever goes wrong with a pull, nobody waits after it, nor for a writer that never stops", async () => {
  const { clock, pause, begin, waiting } = scene();
  begin("shop");
  pause.over();
  for (let passed = 0; passed < 6000; passed += 50) {
    pause.changed();
    await clock.pass(50);
  }
  expect(waiting.size).toBe(0);
});
