import { chmod, copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { type Verification, verifyArtifacts } from "../../../src/flow/artifacts-verify.ts";
import { compressed } from "../artifact/archives.ts";
import { digestOf, fill, temporaryFolder } from "../artifact/folders.ts";
import { tarOf } from "../artifact/tars.ts";
import { BOOKS, type Installation, installation } from "./artifacts-cluster.ts";

const verify = (place: Installation, repair = false): Promise<Verification> =>
  verifyArtifacts({ repair, onProgress: () => {} }, place);

/** A tar of someone else's: not in the order, and not with the modes, that packTree gives. */
const FOREIGN = tarOf({ path: "b.css", content: "b {}", mode: 0o600 }, { path: "a/index.html", content: "<html>" });

async function rot(path: string): Promise<void> {
  await chmod(path, 0o755);
  const content = await readFile(path);
  content[0] = (content[0] ?? 0) ^ 1;
  await writeFile(path, content);
  await chmod(path, 0o555);
}

describe("a store that is whole", () => {
  test("is found whole: files, trees of our own and out of archives, and of foreign tars", async () => {
    const place = await installation();
    await place.build("program", "ci:124");
    const folder = await temporaryFolder();
    await fill(folder, { "x.toml": "x = 1" });
    await place.store.adopt(folder, "tree");
    await place.store.put(digestOf(FOREIGN), "tree", Readable.from([FOREIGN]));
    const packed = await compressed("tar.gz", FOREIGN);
    const content = { from: "ci", key: "ci 1", kind: "tree", packing: "tar.gz", member: "a" } as const;
    await place.store.receive({ ...content, checksum: undefined, size: undefined }, Readable.from([packed]));
    const { artifacts, bytes, damaged } = await verify(place);
    expect({ artifacts, damaged }).toEqual({ artifacts: 4, damaged: [] });
    expect(bytes).toBe("program".length + "x = 1".length + "b {}<html>".length + "<html>".length);
  });

  test("may be empty, or not be there yet", async () => {
    expect(await verify(await installation())).toEqual({ artifacts: 0, bytes: 0, damaged: [] });
  });

  test("tells how far the reading is", async () => {
    const place = await installation();
    await place.build("program", "ci:124");
    const told: [number, number][] = [];
    await verifyArtifacts({ repair: false, onProgress: (done, total) => told.push([done, total]) }, place);
    expect(told).toEqual([[7, 7]]);
  });
});

describe("what rots on the disk is found", () => {
  test("of a file: a bit, a length, the right to execute it", async () => {
    const place = await installation();
    const [bit, length, mode] = await Promise.all(["bit", "length", "mode"].map((word) => place.build(word, "ci:1")));
    const pathOf = (release: typeof bit) => place.store.pathOf(release?.artifact.digest ?? digestOf(""));
    await rot(pathOf(bit));
    await chmod(pathOf(length), 0o755);
    await writeFile(pathOf(length), "len");
    await chmod(pathOf(length), 0o555);
    await chmod(pathOf(mode), 0o444);
    const { damaged } = await verify(place);
    expect(new Map(damaged.map(({ digest, damage }) => [digest, damage]))).toEqual(
      new Map([
        [digestOf("bit"), expect.stringMatching(/^its content is [0-9a-f]{12}, and was [0-9a-f]{12}$/)],
        [digestOf("length"), expect.stringMatching(/^its content is/)],
        [digestOf("mode"), "it can no longer be executed"],
      ]),
    );
  });

  test.each([
    ["a file of it", (tree: string) => rot(join(tree, "a/index.html"))],
    ["a file less", (tree: string) => chmod(join(tree, "a"), 0o755).then(() => rm(join(tree, "a/index.html")))],
    ["a file more", (tree: string) => chmod(tree, 0o755).then(() => writeFile(join(tree, "more"), ""))],
  ])("of a tree that came as a foreign tar: %s", async (_, damage) => {
    const place = await installation();
    await place.store.put(digestOf(FOREIGN), "tree", Readable.from([FOREIGN]));
    await damage(place.store.pathOf(digestOf(FOREIGN)));
    const { damaged } = await verify(place);
    expect(damaged.map(({ digest, kind }) => ({ digest, kind }))).toEqual([
      { digest: digestOf(FOREIGN), kind: "tree" },
    ]);
  });

  test("with who has it, and nothing is taken away unasked", async () => {
    const place = await installation();
    const release = await place.build("program", "ci:124");
    await place.deliver("shop", release);
    await rot(place.store.pathOf(release.artifact.digest));
    const { damaged } = await verify(place);
    expect(damaged).toMatchObject([
      {
        digest: digestOf("program"),
        places: ["store", "mount of shop"],
        usedBy: [{ cluster: "shop", service: "books", build: "ci:124", isPointedAt: true }],
      },
    ]);
    expect(await place.store.has(release.artifact.digest)).toBe(true);
  });

  test("of a copy in a mount, where the store is whole", async () => {
    const place = await installation();
    const { artifact } = await place.build("program", "ci:124");
    const mount = await place.mountOf("shop");
    const copy = join(mount.folder, "store", artifact.digest);
    await mkdir(join(mount.folder, "store"), { recursive: true });
    await copyFile(place.store.pathOf(artifact.digest), copy);
    await rot(copy);
    expect((await verify(place, true)).damaged).toMatchObject([{ places: ["mount of shop"] }]);
    expect(await readdir(join(mount.folder, "store"))).toEqual([]);
    expect(await place.store.has(artifact.digest)).toBe(true);
  });
});

describe("repairing", () => {
  test("takes what is damaged away everywhere, so that what is fetched again is what is delivered", async () => {
    const place = await installation();
    const release = await place.build("program", "ci:124");
    const mount = await place.deliver("shop", release);
    const whole = await place.build("another", "ci:125");
    const inMount = join(mount.folder, "store", release.artifact.digest);
    expect((await stat(inMount)).ino).toBe((await stat(place.store.pathOf(release.artifact.digest))).ino);
    await rot(inMount);

    expect((await verify(place, true)).damaged).toHaveLength(1);
    expect(await place.store.has(release.artifact.digest)).toBe(false);
    expect(await place.store.has(whole.artifact.digest)).toBe(true);
    expect(await readdir(join(mount.folder, "store"))).toEqual([]);
    expect(mount.observe([BOOKS]).get(BOOKS)?.artifact).toBeUndefined();

    await place.build("program", "ci:124");
    await mount.point(BOOKS, release);
    expect(await readFile(join(mount.folder, "bin", BOOKS), "utf8")).toBe("program");
    expect((await verify(place)).damaged).toEqual([]);
  });

  test("a tree of a foreign tar can be fetched again, and is whole then", async () => {
    const place = await installation();
    const put = () => place.store.put(digestOf(FOREIGN), "tree", Readable.from([FOREIGN]));
    await put();
    await rot(join(place.store.pathOf(digestOf(FOREIGN)), "b.css"));
    expect((await verify(place, true)).damaged).toHaveLength(1);
    await put();
    expect(await readFile(join(place.store.pathOf(digestOf(FOREIGN)), "b.css"), "utf8")).toBe("b {}");
    expect(await verify(place)).toMatchObject({ artifacts: 1, damaged: [] });
  });
});
