import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { unpackTree } from "../../../src/artifact/unpack.ts";
import { digestOf, temporaryFolder } from "./folders.ts";
import { type TarEntry, tarOf } from "./tars.ts";

async function unpack(tar: Buffer, limits = { entries: 100, bytes: 1000 }) {
  const parent = await temporaryFolder();
  const folder = join(parent, "tree");
  // In pieces that respect no boundary of the tar.
  const pieces = Array.from({ length: Math.ceil(tar.length / 700) }, (_, i) => tar.subarray(i * 700, (i + 1) * 700));
  const unpacking = unpackTree(Readable.from(pieces), folder, limits);
  const result = await unpacking.then(
    (digest) => ({ digest, refusal: undefined }),
    (thrown: Error) => ({ digest: undefined, refusal: thrown.message }),
  );
  return { ...result, parent, folder };
}

const modeOf = async (path: string) => ((await stat(path)).mode & 0o7777).toString(8);

describe("unpacking a tree", () => {
  test("gives its files and folders, read-only, and the digest of the tar", async () => {
    const tar = tarOf(
      { path: "./", type: "Directory" },
      { path: "./index.html", content: "<html>" },
      { path: "css/", type: "Directory", mode: 0o700 },
      { path: "css/a.css", content: "x".repeat(600) },
      { path: "bin/run", content: "#!", mode: 0o700 },
    );
    const { digest, folder } = await unpack(tar);
    expect(digest).toBe(digestOf(tar));
    expect(await readFile(join(folder, "index.html"), "utf8")).toBe("<html>");
    expect((await readFile(join(folder, "css/a.css"))).length).toBe(600);
    const modes = await Promise.all(
      ["", "css", "css/a.css", "bin", "bin/run"].map((path) => modeOf(join(folder, path))),
    );
    expect(modes).toEqual(["555", "555", "444", "555", "555"]);
  });

  test("keeps nothing of setuid, setgid and sticky bits", async () => {
    const { folder } = await unpack(
      tarOf(
        { path: "su", content: "x", mode: 0o6755 },
        { path: "data", content: "x", mode: 0o4644 },
        { path: "d/", type: "Directory", mode: 0o7777 },
      ),
    );
    expect(await Promise.all(["su", "data", "d"].map((path) => modeOf(join(folder, path))))).toEqual([
      "555",
      "444",
      "555",
    ]);
  });

  test("takes names that need an extended header", async () => {
    const path = `${"deep/".repeat(30)}${"n".repeat(120)}.txt`;
    const { folder } = await unpack(tarOf({ path: "short", pax: { path }, content: "x" }));
    expect(await readFile(join(folder, path), "utf8")).toBe("x");
  });
});

describe("a tar that attacks", () => {
  const attacks: [string, TarEntry[], string][] = [
    ["a path that leads out", [{ path: "../evil", content: "x" }], '"../evil" leads out of it'],
    ["a path that leads out further in", [{ path: "a/../../evil", content: "x" }], "leads out of it"],
    ["a folder that leads out", [{ path: "../evil/", type: "Directory" }], "leads out of it"],
    ["an absolute path", [{ path: "/tmp/devenv-evil", content: "x" }], "is an absolute path"],
    [
      "a path that an extended header makes lead out",
      [{ path: "ok", pax: { path: "../evil" }, content: "x" }],
      "leads out",
    ],
    [
      "a symlink",
      [
        { path: "l", type: "SymbolicLink", linkpath: "/etc" },
        { path: "l/passwd", content: "x" },
      ],
      '"l" is a SymbolicLink',
    ],
    ["a hard link", [{ path: "l", type: "Link", linkpath: "/etc/passwd" }], '"l" is a Link'],
    ["a character device", [{ path: "d", type: "CharacterDevice" }], "is a CharacterDevice"],
    ["a block device", [{ path: "d", type: "BlockDevice" }], "is a BlockDevice"],
    ["a pipe", [{ path: "p", type: "FIFO" }], "is a FIFO"],
    [
      "a name that comes twice",
      [
        { path: "a", content: "1" },
        { path: "a", content: "2" },
      ],
      '"a" comes twice',
    ],
    [
      "a file used as a folder",
      [
        { path: "a", content: "1" },
        { path: "a/b", content: "2" },
      ],
      "comes twice",
    ],
    [
      "too much content",
      [
        { path: "a", content: "x".repeat(999) },
        { path: "b", content: "xx" },
      ],
      "larger than 1000 bytes",
    ],
    ["a size that lies", [{ path: "a", size: 8 * 1024 ** 3, content: "x" }], "larger than 1000 bytes"],
    ["too many files", Array.from({ length: 101 }, (_, i) => ({ path: `f${i}` })), "one more than 100 entries"],
    ["too many folders in one path", [{ path: `${"d/".repeat(100)}f`, content: "x" }], "one more than 100 entries"],
    ["a file without a name", [{ path: "./", content: "x" }], ""],
  ];

  test.each(attacks)("%s is refused and touches nothing outside", async (_, entries, reason) => {
    const { refusal, digest, parent } = await unpack(tarOf(...entries));
    expect(digest).toBeUndefined();
    expect(refusal).toContain(reason);
    expect(await readdir(parent)).toEqual(["tree"]);
  });

  test("an entry of a kind that nobody knows is refused, not passed over", async () => {
    const tar = tarOf({ path: "odd", content: "x" });
    tar.write("Z", 156);
    let sum = 8 * 0x20;
    for (let at = 0; at < 512; at++) sum += at >= 148 && at < 156 ? 0 : (tar[at] ?? 0);
    tar.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    expect((await unpack(tar)).refusal).toContain('"odd" is a');
  });

  test.each([
    ["is compressed", gzipSync(tarOf({ path: "a", content: "x" })), "compressed with gzip"],
    ["is cut off", tarOf({ path: "a", content: "x".repeat(900) }).subarray(0, 1000), "cannot be read"],
    ["is no tar", Buffer.alloc(2000, "no tar"), "cannot be read"],
    ["is empty", Buffer.alloc(0), "cannot be read"],
  ])("a stream that %s is refused", async (_, tar, reason) => {
    expect((await unpack(tar)).refusal).toContain(reason);
  });
});
