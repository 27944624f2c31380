import { createHash } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { earlyDigests, identityOf } from "../../../src/artifact/early-digest.ts";
import { openStore } from "../../../src/artifact/store.ts";
import { eventually } from "../../harness/eventually.ts";
import { temporaryFolder } from "./folders.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

async function namedFile(text: string) {
  const folder = join(await temporaryFolder(), "kept");
  await mkdir(folder);
  const early = earlyDigests(folder);
  const path = join(folder, "out");
  await writeFile(join(folder, "..", "draft"), text);
  await rename(join(folder, "..", "draft"), path);
  const hashed = await eventually(
    () => early.of(path),
    (found) => found !== undefined,
  );
  early.close();
  if (hashed === undefined) throw new Error("it was not hashed");
  return { folder, path, hashed };
}

test("a file is hashed when it gets its name, and what it is adopted as is its SHA-256", async () => {
  const { path, hashed } = await namedFile("one");
  expect(hashed.digest).toBe(sha256("one"));
  expect(hashed.identity).toBe(await identityOf(path));
  const store = openStore(await temporaryFolder());
  expect(await store.adopt(path, "file", { hashed })).toBe(sha256("one"));
});

test("a file that was written over since is hashed anew when it is adopted", async () => {
  const { folder, path, hashed } = await namedFile("one");
  await writeFile(join(folder, "..", "draft"), "two");
  await rename(join(folder, "..", "draft"), path);
  const store = openStore(await temporaryFolder());
  expect(await store.adopt(path, "file", { hashed })).toBe(sha256("two"));
});

test("a folder that cannot be watched is no obstacle", async () => {
  const early = earlyDigests("/nowhere/at/all");
  expect(await early.of("/nowhere/at/all/out")).toBeUndefined();
  early.close();
});
