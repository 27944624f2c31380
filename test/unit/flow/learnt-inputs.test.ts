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
