import { appendFile, chmod, mkdir, mkdtemp, rename, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FileSet } from "../../../src/swap/route.ts";
import { FileIndex } from "../../../src/watch/file-index.ts";

let root: string;
let set: FileSet;
const at = (path: string) => join(root, path);
const write = async (path: string, text: string) => {
  await mkdir(dirname(at(path)), { recursive: true });
  await writeFile(at(path), text);
};
const digest = async (index = new FileIndex()) => (await index.look(set)).digest;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "devenv-index-"));
  await write("cmd/main.go", "package main");
  await write("cmd/readme.md", "words");
  await write("static/a.html", "a");
  await write("static/deep/b.html", "b");
  await write("go.mod", "module m");
  set = {
    folders: [at("cmd")],
    endings: [".go"],
    trees: [at("static")],
    files: [at("go.mod"), at("go.sum")],
    globs: [{ folder: root, name: /^.*\.sql$/ }],
  };
});
afterEach(() => rm(root, { recursive: true, force: true }));

test.each<[string, () => Promise<void>]>([
  ["a file's content", () => write("cmd/main.go", "package mine")],
  ["a new file of a package", () => write("cmd/more.go", "package main")],
  ["a file that goes", () => rm(at("static/deep/b.html"))],
  ["a file's name", () => rename(at("static/a.html"), at("static/c.html"))],
  ["a file that may be run now", () => chmod(at("static/a.html"), 0o755)],
  ["a single file that comes", () => write("go.sum", "")],
  ["a file that is named like the embedded ones", () => write("schema.sql", "create")],
  ["a file in a folder that is named like the embedded ones", () => write("more.sql/deep/x", "create")],
  ["a link that leads to other content", () => symlink("../go.mod", at("cmd/linked.go"))],
])("the digest is another one for %s", async (_, change) => {
  const index = new FileIndex();
  const before = await digest(index);
  await change();
  const after = await digest(index);
  expect(after).not.toBe(before);
  expect(await digest()).toBe(after); // an index that knew nothing before says the same
});

test.each<[string, () => Promise<void>]>([
  ["a file that no package compiles", () => write("cmd/readme.md", "other words")],
  ["a file below a package", () => write("cmd/deep/other.go", "package other")],
  ["an editor's temporary file", () => write("static/.a.html.swp", "x")],
  ["a file's times alone", () => utimes(at("cmd/main.go"), new Date(0), new Date(0))],
  ["the same content written again", () => write("cmd/main.go", "package main")],
])("the digest stays what it is for %s", async (_, change) => {
  const index = new FileIndex();
  const before = await digest(index);
  await change();
  expect(await digest(index)).toBe(before);
});

test("a write that leaves a file's size and its time as they were is seen", async () => {
  const index = new FileIndex();
  const time = new Date(Date.now() - 60_000);
  await utimes(at("cmd/main.go"), time, time);
  const before = await digest(index);
  await write("cmd/main.go", "package MAIN");
  await utimes(at("cmd/main.go"), time, time);
  expect(await digest(index)).not.toBe(before);
});

test("many writes within one tick of the clock are each seen", async () => {
  const index = new FileIndex();
  const digests = new Set<string>();
  for (let round = 100; round < 150; round++) {
    await write("cmd/main.go", `package p${round}`);
    digests.add(await digest(index));
  }
  expect(digests.size).toBe(50);
});

test("what is left out is not read", async () => {
  const { digest: before } = await new FileIndex().look(set);
  await write("static/deep/log.txt", "x");
  const leftOut = (path: string) => (path.endsWith(".txt") ? "a log" : undefined);
  expect((await new FileIndex().look({ ...set, leftOut })).digest).toBe(before);
});

test("a rescan gives what has changed since the last one, by content", async () => {
  const index = new FileIndex();
  expect(await index.rescan(set)).toEqual([]);
  expect(await index.rescan(set)).toEqual([]);
  await write("cmd/main.go", "package changed");
  await write("static/a.html", "a"); // the same again
  await write("static/new/c.html", "c");
  await write("cmd/more.go", "package main");
  await write("go.sum", "sums");
  await rm(at("static/deep"), { recursive: true });
  const changed = ["cmd/main.go", "static/new/c.html", "cmd/more.go", "go.sum", "static/deep/b.html"].map(at);
  expect((await index.rescan(set)).sort()).toEqual(changed.sort());
  expect(await index.rescan(set)).toEqual([]);
});

test("a rescan does not give what was told", async () => {
  const index = new FileIndex();
  await index.rescan(set);
  await write("cmd/main.go", "package told");
  await index.told(at("cmd/main.go"));
  expect(await index.rescan(set)).toEqual([]);
  await appendFile(at("cmd/main.go"), "\n");
  expect(await index.rescan(set)).toEqual([at("cmd/main.go")]);
});

test("a rescan does not give a file of which was told that it went, but that it came back", async () => {
  const index = new FileIndex();
  await index.rescan(set);
  for (const gone of ["cmd/main.go", "go.mod"]) {
    await rm(at(gone));
    await index.told(at(gone));
  }
  expect(await index.rescan(set)).toEqual([]);
  await write("cmd/main.go", "package back");
  await write("go.mod", "module back");
  expect((await index.rescan(set)).sort()).toEqual([at("cmd/main.go"), at("go.mod")]);
});

test("a look for another purpose hides nothing from a rescan", async () => {
  const index = new FileIndex();
  await index.rescan(set);
  await write("cmd/main.go", "package unheard");
  await index.look(set);
  expect(await index.rescan(set)).toEqual([at("cmd/main.go")]);
});

test("what a set has more than before is no change", async () => {
  const index = new FileIndex();
  await index.rescan(set);
  await write("lib/lib.go", "package lib");
  const grown = { ...set, folders: [...set.folders, at("lib")] };
  expect(await index.rescan(grown)).toEqual([]);
  await write("lib/lib.go", "package other");
  expect(await index.rescan(grown)).toEqual([at("lib/lib.go")]);
});

test("what was written from a moment on is found by its times, also what was put in its place, or went", async () => {
  const index = new FileIndex();
  const found = async (since: number) =>
    (await index.savedSince(set, since)).map((path) => path.slice(root.length + 1));
  const hour = 3_600_000;
  const now = Date.now();
  expect(await found(now + hour)).toEqual([]);
  await utimes(at("static/deep/b.html"), new Date(now + 2 * hour), new Date(now + 2 * hour));
  expect(await found(now + hour)).toEqual(["static/deep/b.html"]);
  const { ctimeMs: since } = await stat(at("static/a.html"));
  // A file system's clock may stand still for some milliseconds.
  do await rename(at("static/a.html"), at("cmd/put.go")).then(() => rename(at("cmd/put.go"), at("static/a.html")));
  while ((await stat(at("static/a.html"))).ctimeMs <= since);
  await rename(at("static/a.html"), at("cmd/put.go"));
  const put = (await stat(at("cmd/put.go"))).ctimeMs;
  expect(await found(put)).toEqual(["cmd/put.go", "static", "static/deep/b.html"]);
});
