import { createHash } from "node:crypto";
import { readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openBlobs } from "../../../src/artifact/oci/blobs.ts";
import { temporaryFolder } from "./folders.ts";

const HOUR_MS = 60 * 60 * 1000;
const blobOf = (content: string) => ({
  digest: `sha256:${createHash("sha256").update(content).digest("hex")}`,
  size: content.length,
});

async function* giving(...chunks: string[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

const never = (): AsyncIterable<Buffer> => expect.unreachable("it is downloaded again");

/** Blobs in a new cache, with all that is there as if it had been used so many hours ago. */
async function blobs(bounds?: { readonly bytes: number; readonly ageMs: number }) {
  const cache = await temporaryFolder();
  const kept = openBlobs(cache, bounds);
  const folder = join(cache, "oci");
  return {
    ...kept,
    folder,
    put: (content: string) => kept.have(blobOf(content), () => giving(content), "books"),
    async used(content: string, hoursAgo: number) {
      const then = new Date(Date.now() - hoursAgo * HOUR_MS);
      await utimes(join(folder, blobOf(content).digest.slice(7)), then, then);
    },
    contents: async () =>
      (await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), "utf8")))).sort(),
  };
}

test("a blob is downloaded once, also by those who ask at the same time", async () => {
  const { have } = await blobs();
  let downloads = 0;
  const download = () => {
    downloads++;
    return giving("lay", "er");
  };
  const paths = await Promise.all([1, 2, 3].map(() => have(blobOf("layer"), download, "books")));
  expect(new Set(paths).size).toBe(1);
  expect(await readFile(paths[0] ?? "", "utf8")).toBe("layer");
  expect(await have(blobOf("layer"), never, "books")).toBe(paths[0]);
  expect(downloads).toBe(1);
});

test("a blob of an earlier process is found by its digest, and by how that begins", async () => {
  const { folder, put } = await blobs();
  await put("layer");
  const { digest } = blobOf("layer");
  const later = openBlobs(join(folder, ".."));
  expect(await later.kept(digest)).toBe(join(folder, digest.slice(7)));
  expect(await later.beginningWith(digest.slice(7, 19))).toEqual([digest]);
  expect(await later.kept(blobOf("other").digest)).toBeUndefined();
  expect(await openBlobs(join(folder, "nowhere")).beginningWith("")).toEqual([]);
});

test.each([
  ["other bytes", ["lazer"], /books is damaged: .*its content is sha256:/],
  ["too few", ["lay"], /it ends after 3 of 5 bytes/],
  ["too many", ["layer", "s"], /it is longer than 5 bytes/],
])("%s are refused, leave nothing, and the next download may be right", async (_what, chunks, words) => {
  const { have, contents, put } = await blobs();
  await expect(have(blobOf("layer"), () => giving(...chunks), "books")).rejects.toThrow(words);
  expect(await contents()).toEqual([]);
  await put("layer");
  expect(await contents()).toEqual(["layer"]);
});

test("what nobody used for long is removed when something comes, and using it keeps it", async () => {
  const { put, used, contents, kept } = await blobs({ bytes: 1000, ageMs: 48 * HOUR_MS });
  for (const content of ["old", "young", "used"]) await put(content);
  await used("old", 49);
  await used("young", 47);
  await used("used", 100);
  await kept(blobOf("used").digest);
  await put("new");
  expect(await contents()).toEqual(["new", "used", "young"]);
});

test("of too much the longest unused is removed, but nothing that another process may be about to read", async () => {
  const { put, used, contents } = await blobs({ bytes: 20, ageMs: 48 * HOUR_MS });
  for (const [content, hoursAgo] of [
    ["aaaaaaaa", 3],
    ["bbbbbbbb", 2],
    ["cccccccc", 0.5],
  ] as const) {
    await put(content);
    await used(content, hoursAgo);
  }
  await put("dddd");
  expect(await contents()).toEqual(["bbbbbbbb", "cccccccc", "dddd"]);
  await put("eeeeeeeeeeeeeeee");
  expect(await contents()).toEqual(["cccccccc", "dddd", "eeeeeeeeeeeeeeee"]);
});

test("a file in the place of the folder is told with what to do", async () => {
  const cache = await temporaryFolder();
  await writeFile(join(cache, "oci"), "");
  await expect(openBlobs(cache).have(blobOf("a"), () => giving("a"), "books")).rejects.toMatchObject({
    class: "environment",
    message: expect.stringContaining(join(cache, "oci")),
  });
  expect((await stat(join(cache, "oci"))).isFile()).toBe(true);
});
