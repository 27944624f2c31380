import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { describe, expect, type TestContext, test } from "vitest";
import type { Received } from "../../../src/artifact/receive.ts";
import { openStore } from "../../../src/artifact/store.ts";
import { storedIn, storeFolder } from "../../../src/artifact/stored.ts";
import { findDamaged } from "../../../src/artifact/verify.ts";
import { openMount } from "../../../src/delivery/mount.ts";
import { ensureFolder } from "../../../src/host/files.ts";
import { serviceName } from "../../../src/model/names.ts";
import { digestOf, temporaryFolder } from "./folders.ts";
import { smallDisk } from "./small-disk.ts";
import { tarOf } from "./tars.ts";

const MB = 1_000_000;
const LARGE = Buffer.alloc(5 * MB, "large");

async function storeOnSmallDisk(context: TestContext) {
  const disk = await smallDisk(2 * MB);
  if (disk === undefined) return context.skip("mounting a file system takes root's rights");
  const store = openStore(disk.folder);
  return { ...disk, store, names: () => readdir(storeFolder(disk.folder)).catch(() => []) };
}

const contentOf = (packing: Received["packing"], kind: Received["kind"]): Received => ({
  ...{ from: "https://ci.example.org/books", key: "books 124", kind, packing, member: undefined },
  ...{ checksum: undefined, size: undefined },
});

const piecesOf = (bytes: Buffer) =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, i) => bytes.subarray(i * 65_536, (i + 1) * 65_536)),
  );

const TAR = tarOf({ path: "one", content: "x" }, { path: "large", content: LARGE });

describe("a disk that is full", () => {
  const contents = {
    "a file": [contentOf("none", "file"), LARGE],
    "a tree": [contentOf("tar", "tree"), TAR],
    "what an archive expands to": [contentOf("tar.gz", "tree"), gzipSync(TAR)],
  } as const;
  for (const [name, [content, bytes]] of Object.entries(contents)) {
    test(`by ${name} is told, and nothing is left of it: what fits is taken after it`, async (context) => {
      const { store, names } = await storeOnSmallDisk(context);
      await expect(store.receive(content, piecesOf(bytes))).rejects.toMatchObject({
        class: "environment",
        message: "the store of artifacts cannot be written: the disk is full",
        hint: expect.stringContaining("devenv artifacts prune"),
      });
      expect(await names()).toEqual([]);
      await store.put(digestOf("small"), "file", piecesOf(Buffer.from("small")));
      expect(await readFile(store.pathOf(digestOf("small")), "utf8")).toBe("small");
    });
  }

  test("under a mount is told, and the mount has nothing of what does not fit", async (context) => {
    const { folder } = await storeOnSmallDisk(context);
    const store = openStore(await temporaryFolder());
    await store.put(digestOf(LARGE), "file", piecesOf(LARGE));
    const mount = openMount(join(folder, "cluster"), store);
    for (const part of ["bin", "config", "store"]) await ensureFolder(join(mount.folder, part));
    const artifact = { digest: digestOf(LARGE), kind: "file", build: "ci:124" } as const;
    await expect(mount.point(serviceName("books"), { artifact })).rejects.toMatchObject({
      class: "environment",
      hint: expect.stringContaining("The disk is full"),
    });
    expect(await readdir(join(mount.folder, "bin"))).toEqual([]);
    expect(await readdir(join(mount.folder, "store"))).toEqual([]);
  });
});

test("a store that became read-only is told, and what it has is there, and can be verified", async (context) => {
  const { store, folder, makeReadOnly } = await storeOnSmallDisk(context);
  await store.put(digestOf("there"), "file", piecesOf(Buffer.from("there")));
  await makeReadOnly();
  const fresh = openStore(folder);
  await expect(fresh.put(digestOf("x"), "file", piecesOf(Buffer.from("x")))).rejects.toMatchObject({
    class: "environment",
    message: "the store of artifacts cannot be written: the file system is read-only",
  });
  await fresh.put(digestOf("there"), "file", piecesOf(Buffer.from("there")));
  await fresh.note(serviceName("books"), { artifact: { digest: digestOf("there"), kind: "file", build: "ci:1" } });
  expect(await findDamaged(await storedIn(storeFolder(folder)), folder)).toEqual(new Map());
});
