import { readdir, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { knownBuildsFolder, openKnownBuilds } from "../../../src/artifact/known-builds.ts";
import { treeSources } from "../../../src/artifact/sources.ts";
import { artifactDigest, serviceName } from "../../../src/model/names.ts";
import { temporaryFolder } from "./folders.ts";

const books = serviceName("books");
const SOURCES = treeSources(["/team/repos/books"]);
const hex = (number: number) => number.toString(16).padStart(64, "0");
const known = (cache: string, toolchain = hex(7)) => openKnownBuilds(cache, books, toolchain);

const artifactOf = async (cache: string, digest: string, toolchain?: string) => {
  const candidates = await known(cache, toolchain).candidates();
  for (const { artifactOf } of candidates) {
    const artifact = await artifactOf(digest);
    if (artifact !== undefined) return artifact;
  }
  return undefined;
};

test("a build is known by its sources, their digest and its toolchain", async () => {
  const cache = await temporaryFolder();
  await known(cache).record(SOURCES, hex(1), artifactDigest(hex(2)));
  expect((await known(cache).candidates()).map(({ sources }) => sources)).toEqual([SOURCES]);
  expect(await artifactOf(cache, hex(1))).toBe(hex(2));
  expect(await artifactOf(cache, hex(3))).toBeUndefined();
  expect(await artifactOf(cache, hex(1), hex(8).split("").reverse().join(""))).toBeUndefined();
});

test("of each service the last 64 are known, and those that were taken stay", async () => {
  const cache = await temporaryFolder();
  const [folder] = await filled(cache, 64);
  for (const name of await readdir(folder)) await utimes(join(folder, name), new Date(0), new Date(0));
  expect(await artifactOf(cache, hex(5))).toBe(hex(5)); // which makes it young
  for (let at = 100; at < 163; at++) await known(cache).record(SOURCES, hex(at), artifactDigest(hex(at)));
  const names = (await readdir(folder)).filter((name) => !name.startsWith("sources-"));
  expect(names).toHaveLength(64);
  expect(await artifactOf(cache, hex(5))).toBe(hex(5));
});

test("any number may write at once", async () => {
  const cache = await temporaryFolder();
  const numbers = Array.from({ length: 30 }, (_, at) => at);
  await Promise.all(numbers.map((at) => known(cache).record(SOURCES, hex(at), artifactDigest(hex(at)))));
  for (const at of numbers) expect(await artifactOf(cache, hex(at))).toBe(hex(at));
});

test("what is damaged is not known, and what belongs to nothing goes", async () => {
  const cache = await temporaryFolder();
  const [folder] = await filled(cache, 2);
  const [sources = ""] = (await readdir(folder)).filter((name) => name.startsWith("sources-"));
  const id = sources.slice("sources-".length);
  await writeFile(join(folder, `${id}-${hex(0)}`), "half a dig");
  expect(await artifactOf(cache, hex(0))).toBeUndefined();
  const orphan = join(folder, `sources-${"0".repeat(24)}`);
  await writeFile(orphan, "{}");
  await utimes(orphan, new Date(0), new Date(0));
  await known(cache).record(SOURCES, hex(9), artifactDigest(hex(9)));
  expect(await readdir(folder)).not.toContain(`sources-${"0".repeat(24)}`);
  await rm(join(folder, sources));
  expect(await artifactOf(cache, hex(9))).toBeUndefined();
});

test("what was not added to for a month goes", async () => {
  const cache = await temporaryFolder();
  const [folder] = await filled(cache, 1);
  const old = new Date(Date.now() - 40 * 24 * 60 * 60 * 1000);
  await utimes(folder, old, old);
  await known(cache, hex(8).split("").reverse().join("")).record(SOURCES, hex(1), artifactDigest(hex(1)));
  expect(await readdir(knownBuildsFolder(cache))).toHaveLength(1);
});

/** So many builds, and the folder that they are noted in. */
async function filled(cache: string, count: number): Promise<[string]> {
  for (let at = 0; at < count; at++) await known(cache).record(SOURCES, hex(at), artifactDigest(hex(at)));
  const [name = ""] = await readdir(knownBuildsFolder(cache));
  return [join(knownBuildsFolder(cache), name)];
}
