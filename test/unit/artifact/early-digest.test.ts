import { createHash } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { earlyDigests, identityOf } from "../../../src/artifact/early-digest.ts";
import { openStore } from "../../../src/artifact/store.ts";
import { eventually } from "../../harness/eventually.ts";
import { temporaryFolder } from "./folders.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

const isWell = async () => {};

async function namedFile(text: string) {
  const folder = join(await temporaryFolder(), "kept");
  await mkdir(folder);
  const early = earlyDigests(folder, isWell);
  const path = join(folder, "out");
  await writeFile(join(folder, "..", "draft"), text);
  await rename(join(folder, "..", "draft"), path);
  const hashed = await eventually(
    () => early.of(path),
    (found) => found !== undefined,
  );
  if (hashed === undefined) throw new Error("it was not hashed");
  return { folder, path, early, hashed };
}

test("a file is hashed when it gets its name, and what it is adopted as is its SHA-256", async () => {
  const { path, early, hashed } = await namedFile("one");
  early.close();
  expect(hashed.digest).toBe(sha256("one"));
  expect(hashed.identity).toBe(identityOf(path));
  const store = openStore(await temporaryFolder());
  expect(await store.adopt(path, "file", { hashed })).toBe(sha256("one"));
});

test("a file that was written over since is hashed anew when it is adopted", async () => {
  const { folder, path, early, hashed } = await namedFile("one");
  early.close();
  await writeFile(join(folder, "..", "draft"), "two");
  await rename(join(folder, "..", "draft"), path);
  expect(await early.of(path)).toBeUndefined();
  const store = openStore(await temporaryFolder());
  expect(await store.adopt(path, "file", { hashed })).toBe(sha256("two"));
});

test("a folder that cannot be watched is no obstacle", async () => {
  const early = earlyDigests("/nowhere/at/all", isWell);
  expect(await early.of("/nowhere/at/all/out")).toBeUndefined();
  early.close();
});

test("a file that is not as it has to be is left to whoever asks for it, to be looked at again and told", async () => {
  const folder = await temporaryFolder();
  let looks = 0;
  const early = earlyDigests(folder, async () => {
    looks++;
    throw new Error("it is for another machine");
  });
  await writeFile(join(folder, "out"), "one");
  await eventually(
    async () => looks,
    (count) => count > 0,
  );
  expect(await early.of(join(folder, "out"))).toBeUndefined();
  early.close();
});
