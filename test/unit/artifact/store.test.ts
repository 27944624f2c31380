import { chmod, link, mkdir, readdir, readFile, rename, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { openStore } from "../../../src/artifact/store.ts";
import { systemProcesses } from "../../../src/host/process.ts";
import { digestOf, fill, temporaryFolder } from "./folders.ts";
import { tarOf } from "./tars.ts";

const TREE = tarOf({ path: "index.html", content: "<html>" }, { path: "bin/run", content: "#!", mode: 0o755 });

async function newStore() {
  const cache = await temporaryFolder();
  return { cache, store: openStore(cache), names: () => readdir(join(cache, "store")).catch(() => []) };
}

const modeOf = async (path: string) => ((await stat(path)).mode & 0o7777).toString(8);
const streamOf = (content: string | Buffer) => Readable.from([Buffer.from(content)]);

describe("putting what CI built", () => {
  test("a file is under its digest, a read-only executable", async () => {
    const { store } = await newStore();
    const digest = digestOf("program");
    expect(await store.has(digest)).toBe(false);
    await store.put(digest, "file", streamOf("program"));
    expect(await store.has(digest)).toBe(true);
    expect(await readFile(store.pathOf(digest), "utf8")).toBe("program");
    expect(await modeOf(store.pathOf(digest))).toBe("555");
  });

  test("a tree is a read-only folder under the digest of its tar", async () => {
    const { store } = await newStore();
    await store.put(digestOf(TREE), "tree", streamOf(TREE));
    expect(await readFile(join(store.pathOf(digestOf(TREE)), "index.html"), "utf8")).toBe("<html>");
    expect(await modeOf(store.pathOf(digestOf(TREE)))).toBe("555");
  });

  test.each(["file", "tree"] as const)("a %s with another content is refused, and leaves no name", async (kind) => {
    const { store, names } = await newStore();
    const putting = store.put(digestOf("something else"), kind, streamOf(TREE));
    await expect(putting).rejects.toThrow(
      /^the artifact [0-9a-f]{12} is damaged: its SHA-256 is [0-9a-f]{12}, and was to be [0-9a-f]{12}$/,
    );
    expect(await names()).toEqual([]);
  });

  test("a tree that is refused leaves no name", async () => {
    const { store, names } = await newStore();
    const tar = tarOf({ path: "a/b", content: "x" }, { path: "../evil", content: "x" });
    await expect(store.put(digestOf(tar), "tree", streamOf(tar))).rejects.toThrow("leads out");
    expect(await names()).toEqual([]);
  });

  test("a source that breaks off leaves no name", async () => {
    const { store, names } = await newStore();
    const content = new PassThrough();
    const putting = store.put(digestOf("program"), "file", content);
    content.write("prog");
    content.destroy(new Error("connection reset"));
    await expect(putting).rejects.toThrow("connection reset");
    expect(await names()).toEqual([]);
  });

  test.each(["file", "tree"] as const)("many puts of one %s at once all succeed and leave one name", async (kind) => {
    const { cache, names } = await newStore();
    // Each with a store of its own, as each process has.
    await Promise.all(Array.from({ length: 8 }, () => openStore(cache).put(digestOf(TREE), kind, streamOf(TREE))));
    expect(await names()).toEqual([digestOf(TREE)]);
  });

  test("what is there already is not read again", async () => {
    const { store } = await newStore();
    await store.put(digestOf("program"), "file", streamOf("program"));
    const content = streamOf("program");
    await store.put(digestOf("program"), "file", content);
    expect(content.destroyed).toBe(true);
    expect(content.readableDidRead).toBe(false);
  });

  test("a cache folder that cannot be written is the environment's failure", async () => {
    const { cache } = await newStore();
    await writeFile(join(cache, "file"), "");
    const store = openStore(join(cache, "file"));
    await expect(store.put(digestOf("x"), "file", streamOf("x"))).rejects.toMatchObject({
      class: "environment",
      message: expect.stringContaining("the store of artifacts cannot be written"),
    });
  });
});

describe("a writer that was killed", () => {
  test.each(["file", "tree"])(
    "in the middle of a %s leaves nothing that has or a container could see",
    async (kind) => {
      const { cache, names } = await newStore();
      const program = ["--import", "tsx", "test/unit/artifact/put-and-die.ts", cache, kind];
      const { signal } = await systemProcesses.run(process.execPath, program);
      expect(signal).toBe("SIGKILL");
      const left = await names();
      expect(left).toHaveLength(1);
      expect(left[0]).toMatch(/^\.incoming-/);
    },
  );

  test("is swept away by the next writer after a day, and not before; nothing else is", async () => {
    const { cache, store, names } = await newStore();
    await fill(join(cache, "store"), { ".incoming-1-old/d/x": "x", ".incoming-2-young": "x", "other-old": "x" });
    await chmod(join(cache, "store", ".incoming-1-old", "d"), 0o555);
    const longAgo = new Date(Date.now() - 25 * 3600 * 1000);
    for (const name of [".incoming-1-old", "other-old"]) await utimes(join(cache, "store", name), longAgo, longAgo);
    await store.put(digestOf("x"), "file", streamOf("x"));
    expect((await names()).sort()).toEqual([".incoming-2-young", "other-old", digestOf("x")].sort());
  });
});

describe("adopting what was built here", () => {
  test("a file gets the digest of its content, and may be replaced at its old place without harm", async () => {
    const { cache, store } = await newStore();
    const out = join(cache, "out");
    await writeFile(out, "program", { mode: 0o755 });
    const digest = await store.adopt(out, "file");
    expect(digest).toBe(digestOf("program"));
    expect(await modeOf(store.pathOf(digest))).toBe("555");
    await writeFile(join(cache, "next"), "next program");
    await rename(join(cache, "next"), out);
    expect(await readFile(store.pathOf(digest), "utf8")).toBe("program");
    expect(await store.adopt(out, "file")).toBe(digestOf("next program"));
  });

  test("a file with a second name is copied, so that a write through that name does not reach the store", async () => {
    const { cache, store } = await newStore();
    const [mine, out] = [join(cache, "mine"), join(cache, "out")];
    await writeFile(mine, "program");
    await link(mine, out);
    const digest = await store.adopt(out, "file");
    await writeFile(mine, "changed");
    expect(await readFile(store.pathOf(digest), "utf8")).toBe("program");
  });

  test("a file that is there already is adopted under the same digest", async () => {
    const { cache, store, names } = await newStore();
    await writeFile(join(cache, "out"), "program");
    expect(await store.adopt(join(cache, "out"), "file")).toBe(await store.adopt(join(cache, "out"), "file"));
    expect(await names()).toEqual([digestOf("program")]);
  });

  test("a folder is copied, read-only, and has one digest wherever it lies", async () => {
    const { cache, store, names } = await newStore();
    const [one, two] = [join(cache, "one"), join(cache, "two")];
    for (const folder of [one, two]) await fill(folder, { "config.toml": "x", "sub/y": "y" });
    const digest = await store.adopt(one, "tree");
    expect(await store.adopt(two, "tree")).toBe(digest);
    await writeFile(join(one, "config.toml"), "changed");
    expect(await readFile(join(store.pathOf(digest), "config.toml"), "utf8")).toBe("x");
    expect(await modeOf(join(store.pathOf(digest), "sub/y"))).toBe("444");
    expect(await names()).toEqual([digest]);
  });

  test("something that is neither file nor folder is refused and leaves no name", async () => {
    const { cache, store, names } = await newStore();
    await mkdir(join(cache, "tree"));
    await systemProcesses.run("mkfifo", [join(cache, "tree", "pipe")]);
    await expect(store.adopt(join(cache, "tree"), "tree")).rejects.toThrow("neither a file nor a folder");
    expect(await names()).toEqual([]);
  });
});
