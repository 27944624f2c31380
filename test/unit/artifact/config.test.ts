import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { snapshotConfig } from "../../../src/artifact/config.ts";
import { openStore } from "../../../src/artifact/store.ts";
import { fill, temporaryFolder } from "./folders.ts";

test("a config folder that is empty, or not there, is no config", async () => {
  const [repo, store] = [await temporaryFolder(), openStore(await temporaryFolder())];
  expect(await snapshotConfig(repo, store)).toBeUndefined();
  await fill(repo, { "container/etc/.config.toml.swp": "an editor is open" });
  expect(await snapshotConfig(repo, store)).toBeUndefined();
  await fill(repo, { "container/etc/config.local.toml": "x" });
  expect(await snapshotConfig(repo, store)).toMatch(/^[0-9a-f]{64}$/);
});

test("what an editor keeps beside a file that is open in it is no config", async () => {
  const [repo, store] = [await temporaryFolder(), openStore(await temporaryFolder())];
  await fill(repo, { "container/etc/config.local.toml": "x" });
  const before = await snapshotConfig(repo, store);
  await fill(repo, { "container/etc/.config.local.toml.swp": "x", "container/etc/#config.local.toml#": "x" });
  const after = await snapshotConfig(repo, store);
  expect(after).toBe(before);
  expect(after && (await readdir(store.pathOf(after)))).toEqual(["config.local.toml"]);
});
