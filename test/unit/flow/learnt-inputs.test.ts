import { join } from "node:path";
import { expect, test } from "vitest";
import type { Cluster } from "../../../src/flow/cluster.ts";
import { LearntInputs } from "../../../src/flow/learnt-inputs.ts";
import { generation } from "../../../src/model/names.ts";
import { createBus } from "../../../src/state/bus.ts";
import { HERE } from "../artifact/folders.ts";
import { goService } from "../artifact/service.ts";
import { swappable, workshop } from "./remembered-builds.ts";

test("what a save imports is watched also where it failed, and there was nothing to go back to", async () => {
  const shop = await workshop();
  const main = (body: string) => `package main\n\n${body}\n`;
  await shop.write({
    "go.mod": "module example.test/books\n\ngo 1.19\n",
    "main.go": main("func main() {}"),
    "more/more.go": 'package more\n\nfunc init() { panic("to be mended here") }\n',
  });
  const books = swappable(goService(shop.repo, "."), shop.repo);
  const bus = createBus();
  const cluster = { endpoint: { platform: HERE } } as Cluster;
  const inputs = new LearntInputs(cluster, shop.memory(), { ...shop.machine, bus });
  await inputs.learn([books]);
  expect(inputs.paths().folders).not.toContain(join(shop.repo, "more"));

  const learnt = new Promise<void>((resolve) => {
    inputs.relearnAfterSaves({ update: async () => resolve(), onWritten: () => undefined });
  });
  await shop.write({ "main.go": main('import _ "example.test/books/more"\n\nfunc main() {}') });
  const failure = { class: "user", message: "it ended with code 2" } as const;
  const save = { service: books.name, generation: generation(1), at: Date.now() };
  bus.dispatch({ type: "notReady", ...save, stage: "ready", failure });
  await learnt;
  expect(inputs.paths().folders).toContain(join(shop.repo, "more"));
});

test("what cannot be watched is told, and the next save is learnt from all the same", async () => {
  const shop = await workshop();
  await shop.write({
    "go.mod": "module example.test/books\n\ngo 1.19\n",
    "main.go": "package main\n\nfunc main() {}\n",
  });
  const books = swappable(goService(shop.repo, "."), shop.repo);
  const bus = createBus();
  const inputs = new LearntInputs({ endpoint: { platform: HERE } } as Cluster, shop.memory(), { ...shop.machine, bus });
  await inputs.learn([books]);
  const told = new Promise<string>((resolve) => {
    bus.subscribe((event) => event.type === "watchFailed" && resolve(event.failure.message));
  });
  let updates = 0;
  const learntAgain = new Promise<void>((resolve) => {
    const update = async () => {
      updates++;
      if (updates === 1) throw new Error("the limit of watches is reached");
      resolve();
    };
    inputs.relearnAfterSaves({ update, onWritten: () => undefined });
  });
  const save = { service: books.name, generation: generation(1), at: Date.now() };
  const failure = { class: "user", message: "it ended with code 2" } as const;
  bus.dispatch({ type: "notReady", ...save, stage: "ready", failure });
  expect(await told).toContain("the limit of watches is reached");
  bus.dispatch({ type: "notReady", ...save, stage: "ready", failure });
  await learntAgain;
});
