import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { lazyStore } from "../../../src/artifact/lazy-store.ts";
import { openStore } from "../../../src/artifact/store.ts";
import { digestOf, temporaryFolder } from "./folders.ts";

test("a store that is loaded when it is used has what any other of the same folder has, in the same place", async () => {
  const cache = await temporaryFolder();
  const [lazy, store] = [lazyStore(cache), openStore(cache)];
  const digest = digestOf("program");
  expect(lazy.pathOf(digest)).toBe(store.pathOf(digest));
  expect(await lazy.has(digest)).toBe(false);
  await lazy.put(digest, "file", Readable.from([Buffer.from("program")]));
  expect(await store.has(digest)).toBe(true);
  expect(await readFile(lazy.pathOf(digest), "utf8")).toBe("program");
});

test("what breaks off before the store is loaded is a refusal, not the end of the process", async () => {
  const broken = new Readable({ read: () => {} });
  const putting = lazyStore(await temporaryFolder()).put(digestOf("program"), "file", broken);
  broken.destroy(new Error("the line is cut"));
  await expect(putting).rejects.toThrow();
});
