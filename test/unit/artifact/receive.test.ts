import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import type { Received } from "../../../src/artifact/receive.ts";
import { openStore } from "../../../src/artifact/store.ts";
import type { ArtifactKind, ChecksumAlgorithm, Packing } from "../../../src/model/artifact.ts";
import { type ArchiveEntry, archiveOf, compressed, packedBy, zipOf, zstd } from "./archives.ts";
import { digestOf, temporaryFolder } from "./folders.ts";
import { tarOf } from "./tars.ts";

const ARCHIVES = ["tar", "tar.gz", "tar.zst", "zip"] as const;
const LIMITS = { entries: 100, bytes: 1000 };

async function newStore(limits?: typeof LIMITS) {
  const [cache, beside] = [await temporaryFolder(), await temporaryFolder()];
  const folder = join(cache, "store");
  return { cache, beside, store: openStore(cache, limits), names: () => readdir(folder).catch(() => []) };
}

const sumOf = (algorithm: ChecksumAlgorithm, content: Buffer) => ({
  algorithm,
  hex: createHash(algorithm).update(content).digest("hex"),
});

/** A content of those bytes, whose checksum is right unless told. */
const contentOf = (bytes: Buffer, kind: ArtifactKind, packing: Packing, more: Partial<Received> = {}): Received => ({
  from: "https://ci.example.org/books",
  key: `https://ci.example.org/books ${digestOf(bytes)}`,
  kind,
  packing,
  member: undefined,
  checksum: sumOf("sha256", bytes),
  size: bytes.length,
  ...more,
});

/** In pieces that respect no boundary of what is in them. */
const streamOf = (bytes: Buffer) =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.length / 700) }, (_, i) => bytes.subarray(i * 700, (i + 1) * 700)),
  );

const refusalOf = (receiving: Promise<unknown>): Promise<string> =>
  receiving.then(
    () => "taken",
    (thrown: Error) => thrown.message,
  );

const modeOf = async (path: string) => ((await stat(path)).mode & 0o7777).toString(8);

describe("a file that comes as it is", () => {
  test.each(["sha256", "sha1", "md5"] as const)("is taken when its %s is right, and else not", async (algorithm) => {
    const { store, names } = await newStore();
    const bytes = Buffer.from("program");
    const wrong = sumOf(algorithm, Buffer.from("another"));
    const refusal = await refusalOf(
      store.receive(contentOf(bytes, "file", "none", { checksum: wrong }), streamOf(bytes)),
    );
    expect(refusal).toMatch(/^https:\/\/ci\.example\.org\/books is damaged: its (SHA-256|SHA-1|MD5) is /);
    expect(await names()).toEqual([]);

    const content = contentOf(bytes, "file", "none", { checksum: sumOf(algorithm, bytes) });
    expect(await store.receive(content, streamOf(bytes))).toBe(digestOf("program"));
    expect(await modeOf(store.pathOf(digestOf("program")))).toBe("555");
    expect(await store.digestOf(content)).toBe(digestOf("program"));
  });

  test("without a checksum is taken by its name, and remembered by it", async () => {
    const { store } = await newStore();
    const content = contentOf(Buffer.from("program"), "file", "none", { checksum: undefined, size: undefined });
    expect(await store.digestOf(content)).toBeUndefined();
    await store.receive(content, streamOf(Buffer.from("program")));
    expect(await store.digestOf(content)).toBe(digestOf("program"));
  });

  test("that is another one under the same name is told, and what is there now is taken the next time", async () => {
    const { store, cache } = await newStore();
    const content = contentOf(Buffer.from("x"), "file", "none", { checksum: undefined, size: undefined });
    const first = await store.receive(content, streamOf(Buffer.from("first")));
    await rm(join(cache, "store", first));
    const refusal = await refusalOf(store.receive(content, streamOf(Buffer.from("second"))));
    expect(refusal).toContain("is another one than it was before under the same name");
    expect(await store.digestOf(content)).toBe(digestOf("second"));
    expect(await store.has(digestOf("second"))).toBe(true);
  });

  test("that is longer than announced is stopped there", async () => {
    const { store, names } = await newStore();
    let given = 0;
    async function* endless() {
      for (;;) {
        given += 1000;
        yield Buffer.alloc(1000);
      }
    }
    const content = contentOf(Buffer.from("x"), "file", "none", { size: 5000 });
    const refusal = await refusalOf(store.receive(content, Readable.from(endless())));
    expect(refusal).toContain("it is longer than the 5000 bytes that it was said to have");
    expect(given).toBeLessThan(100_000);
    expect(await names()).toEqual([]);
  });

  test("that is shorter than announced is not taken", async () => {
    const { store, names } = await newStore();
    const content = contentOf(Buffer.from("x"), "file", "none", { size: 5000, checksum: undefined });
    expect(await refusalOf(store.receive(content, streamOf(Buffer.from("x"))))).toContain(
      "ended after 1 of 5000 bytes",
    );
    expect(await names()).toEqual([]);
  });
});

describe.each(ARCHIVES)("out of a %s", (packing) => {
  const entries: ArchiveEntry[] = [
    { path: "./dist/", type: "Directory" },
    { path: "./dist/bin/books", content: "program", mode: 0o755 },
    { path: "./dist/etc/books.toml", content: "port = 1" },
    { path: "./latest", type: "SymbolicLink", linkpath: "dist" },
  ];

  test("one file is taken, an executable, whatever lies beside it", async () => {
    const { store, names } = await newStore();
    const bytes = await archiveOf(packing, ...entries);
    const content = contentOf(bytes, "file", packing, { member: "dist/bin/books" });
    expect(await store.receive(content, streamOf(bytes))).toBe(digestOf("program"));
    expect(await modeOf(store.pathOf(digestOf("program")))).toBe("555");
    expect(await names()).toEqual([digestOf("program")]);
    expect(await store.digestOf(content)).toBe(digestOf("program"));
  });

  test("a folder is taken under the digest that it has wherever it comes from", async () => {
    const { store, beside, names } = await newStore();
    const bytes = await archiveOf(packing, ...entries);
    const digest = await store.receive(contentOf(bytes, "tree", packing, { member: "dist/" }), streamOf(bytes));
    expect(await readFile(join(store.pathOf(digest), "etc/books.toml"), "utf8")).toBe("port = 1");
    expect(await modeOf(join(store.pathOf(digest), "bin/books"))).toBe("555");
    expect(await modeOf(join(store.pathOf(digest), "etc/books.toml"))).toBe("444");
    for (const folder of ["bin", "etc"]) await mkdir(join(beside, folder));
    await writeFile(join(beside, "bin/books"), "program", { mode: 0o755 });
    await writeFile(join(beside, "etc/books.toml"), "port = 1");
    expect(await store.adopt(beside, "tree")).toBe(digest);
    expect(await names()).toEqual([digest]);
  });

  test("the only file is taken without saying which", async () => {
    const { store } = await newStore();
    const bytes = await archiveOf(packing, { path: "books-1.2/books", content: "program" });
    const digest = await store.receive(contentOf(bytes, "file", packing), streamOf(bytes));
    expect(await readFile(store.pathOf(digest), "utf8")).toBe("program");
  });

  test.each([
    ["a file that is not in it", "file", "dist/bin/bookz", "has no file dist/bin/bookz"],
    ["a folder that is not in it", "tree", "dust", "has no folder dust"],
    ["a folder where a file is wanted", "file", "dist", '"./dist/" is a folder, not a file'],
    ["a file where a folder is wanted", "tree", "dist/etc/books.toml", "is not a folder"],
    ["a link", "file", "latest", "is a SymbolicLink"],
    ["one file of several, without saying which", "file", undefined, ""],
  ] as const)("%s is told, and nothing is left", async (_, kind, member, words) => {
    const { store, names } = await newStore();
    const bytes = await archiveOf(packing, ...(member === undefined ? entries.slice(0, 3) : entries));
    const refusal = await refusalOf(store.receive(contentOf(bytes, kind, packing, { member }), streamOf(bytes)));
    expect(refusal).toMatch(/^https:\/\/ci\.example\.org\/books: its archive/);
    expect(refusal).toContain(words || "holds 2 files, and one is wanted");
    expect(await names()).toEqual([]);
  });

  test("nothing is unpacked when its checksum is wrong", async () => {
    const { store, names } = await newStore();
    const bytes = await archiveOf(packing, { path: "../evil", content: "x" });
    const content = contentOf(bytes, "file", packing, { checksum: sumOf("sha1", Buffer.from("another")) });
    expect(await refusalOf(store.receive(content, streamOf(bytes)))).toContain("is damaged: its SHA-1 is");
    expect(await names()).toEqual([]);
  });

  const attacks: [string, ArchiveEntry[], RegExp][] = [
    ["a path that leads out", [{ path: "../evil", content: "x" }], /"?\.\.\/evil"?/],
    ["a path that leads out further in", [{ path: "a/../../evil", content: "x" }], /evil/],
    ["a folder that leads out", [{ path: "../evil/", type: "Directory" }], /evil/],
    ["an absolute path", [{ path: "/tmp/devenv-evil", content: "x" }], /absolute path/],
    ["a symlink", [{ path: "l", type: "SymbolicLink", linkpath: "/etc" }], /"l" is a SymbolicLink/],
    ["a symlink that stays inside", [{ path: "l", type: "SymbolicLink", linkpath: "a" }], /"l" is a SymbolicLink/],
    ["a character device", [{ path: "d", type: "CharacterDevice" }], /"d" is a CharacterDevice/],
    ["a block device", [{ path: "d", type: "BlockDevice" }], /"d" is a BlockDevice/],
    ["a pipe", [{ path: "p", type: "FIFO" }], /"p" is a FIFO/],
    ["a name that comes twice", [1, 2].map((n) => ({ path: "a", content: `${n}` })), /"a" comes twice/],
    [
      "a file used as a folder",
      [
        { path: "a", content: "1" },
        { path: "a/b", content: "2" },
      ],
      /comes twice/,
    ],
    ["too much content", [600, 601].map((n) => ({ path: `f${n}`, content: "x".repeat(n) })), /larger than 1000 bytes/],
    ["a size that lies", [{ path: "a", size: 3 * 1024 ** 3, content: "x" }], /larger than 1000 bytes/],
    ["too many files", Array.from({ length: 101 }, (_, i) => ({ path: `f${i}` })), /one more than 100 entries/],
    ["too many folders in one path", [{ path: `${"d/".repeat(100)}f`, content: "x" }], /one more than 100 entries/],
  ];

  test.each(attacks)("%s is refused, and touches nothing", async (_, attack, words) => {
    const { store, cache, names } = await newStore(LIMITS);
    const bytes = await archiveOf(packing, { path: "ok", content: "x" }, ...attack);
    const refusal = await refusalOf(store.receive(contentOf(bytes, "tree", packing), streamOf(bytes)));
    expect(refusal).toMatch(/^https:\/\/ci\.example\.org\/books: its archive (was refused|cannot be read): /);
    expect(refusal).toMatch(words);
    expect(await names()).toEqual([]);
    expect(await readdir(cache)).toEqual(["store"]);
  });

  test("something else is told, and nothing is left", async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from("no archive at all"), Buffer.alloc(5000, "no archive at all")]) {
      const { store, names } = await newStore();
      const refusal = await refusalOf(store.receive(contentOf(bytes, "tree", packing), streamOf(bytes)));
      expect(refusal).toContain("its archive cannot be read: ");
      expect(await names()).toEqual([]);
    }
  });

  test("what is cut off is told wherever the cut is", async () => {
    const bytes = await archiveOf(packing, { path: "a", content: "0123456789".repeat(400) });
    for (const part of [0.2, 0.5, 0.9]) {
      const { store, names } = await newStore();
      const cut = bytes.subarray(0, Math.floor(Math.min(bytes.length, 4000) * part));
      const refusal = await refusalOf(store.receive(contentOf(cut, "tree", packing), streamOf(cut)));
      expect(refusal).toContain("its archive cannot be read: ");
      expect(await names()).toEqual([]);
    }
  });
});

describe("a bomb", () => {
  test.each(["tar.gz", "tar.zst"] as const)("of a %s is stopped early, also beside what is wanted", async (packing) => {
    const { store, names } = await newStore(LIMITS);
    const tar = tarOf({ path: "zeros", content: Buffer.alloc(50_000_000) }, { path: "books", content: "program" });
    const bytes = await compressed(packing, tar);
    expect(bytes.length).toBeLessThan(100_000);
    const content = contentOf(bytes, "file", packing, { member: "books" });
    expect(await refusalOf(store.receive(content, streamOf(bytes)))).toContain("expands to more than 205800 bytes");
    expect(await names()).toEqual([]);
  });

  test.each(["tar.gz", "tar.zst"] as const)("within a %s is no tar", async (packing) => {
    const { store } = await newStore(LIMITS);
    const inner = await compressed(packing, tarOf({ path: "zeros", content: Buffer.alloc(100_000) }));
    const bytes = await compressed(packing, inner);
    expect(await refusalOf(store.receive(contentOf(bytes, "tree", packing), streamOf(bytes)))).toContain(
      `it is compressed with ${packing === "tar.gz" ? "gzip" : "zstd"}`,
    );
  });

  test("of a zip that says less than it has is stopped", async () => {
    const { store, names } = await newStore(LIMITS);
    const bytes = zipOf({ name: "zeros", content: Buffer.alloc(50_000_000), claims: { size: 900 } });
    const refusal = await refusalOf(store.receive(contentOf(bytes, "tree", "zip"), streamOf(bytes)));
    expect(refusal).toContain("its archive cannot be read: too many bytes in the stream");
    expect(await names()).toEqual([]);
  });

  test("of a zip whose entries share their bytes is refused", async () => {
    const { store } = await newStore();
    const bytes = zipOf({ name: "a", content: "x".repeat(500) }, { name: "b", content: "x".repeat(500), sameAs: 0 });
    const refusal = await refusalOf(store.receive(contentOf(bytes, "tree", "zip"), streamOf(bytes)));
    expect(refusal).toContain('"b" shares its bytes with another entry');
  });
});

describe("a zip", () => {
  test.each([
    ["another CRC-32", { crc: 1 }, "is not what its CRC-32 says"],
    ["more bytes announced than there are", { size: 600 }, "not enough bytes in the stream"],
    ["an encrypted file", { flags: 0x801 }, "is encrypted"],
    ["a method that nobody has", { method: 99 }, "is compressed with method 99"],
  ])("with %s is told", async (_, claims, words) => {
    const { store, names } = await newStore();
    const bytes = zipOf({ name: "a", content: "x".repeat(500), claims });
    expect(await refusalOf(store.receive(contentOf(bytes, "tree", "zip"), streamOf(bytes)))).toContain(words);
    expect(await names()).toEqual([]);
  });

  test("with a backslash in a path is refused", async () => {
    const { store } = await newStore();
    const bytes = zipOf({ name: "..\\evil", content: "x" });
    expect(await refusalOf(store.receive(contentOf(bytes, "tree", "zip"), streamOf(bytes)))).toContain(
      "invalid characters in fileName",
    );
  });
});

test("Zstandard that rots is found by its own sum", async () => {
  const { store, names } = await newStore();
  const bytes = await zstd(tarOf({ path: "a", content: "0123456789".repeat(4000) }));
  const last = bytes.length - 1;
  bytes[last] = (bytes[last] ?? 0) ^ 1;
  expect(await refusalOf(store.receive(contentOf(bytes, "tree", "tar.zst"), streamOf(bytes)))).toContain(
    "zstd finds it damaged",
  );
  expect(await names()).toEqual([]);
});

const REAL = { "dist/books": "program", "dist/etc/a.toml": "a = 1" };

describe("what the real programs pack", () => {
  test.each([
    ["tar", (file: string) => ["tar", "-cf", file, "."] as [string, ...string[]]],
    ["tar.gz", (file: string) => ["tar", "-czf", file, "."] as [string, ...string[]]],
    ["tar.zst", (file: string) => ["tar", "--zstd", "-cf", file, "dist"] as [string, ...string[]]],
    ["zip", (file: string) => ["zip", "-qr", file, "."] as [string, ...string[]]],
    ["zip", (file: string) => ["zip", "-qr", "-fz", file, "."] as [string, ...string[]]],
  ] as const)("as %s is unpacked", async (packing, command) => {
    const { store } = await newStore();
    const bytes = await packedBy(packing, REAL, command);
    const digest = await store.receive(contentOf(bytes, "tree", packing, { member: "dist" }), streamOf(bytes));
    expect(await readFile(join(store.pathOf(digest), "books"), "utf8")).toBe("program");
    expect(await readFile(join(store.pathOf(digest), "etc/a.toml"), "utf8")).toBe("a = 1");
  });

  test.each([
    ["zip", (file: string) => ["sh", "-c", `ln -s /etc link && zip -qry ${file} .`] as [string, ...string[]]],
    ["tar.zst", (file: string) => ["sh", "-c", `ln -s /etc link && tar --zstd -cf ${file} .`] as [string, ...string[]]],
    ["tar.gz", (file: string) => ["sh", "-c", `mkfifo link && tar -czf ${file} .`] as [string, ...string[]]],
    ["tar", (file: string) => ["sh", "-c", `ln dist/books link && tar -cf ${file} .`] as [string, ...string[]]],
    ["tar.gz", (file: string) => ["tar", "-czPf", file, "dist/../dist/books"] as [string, ...string[]]],
    ["zip", (file: string) => ["zip", "-qr", "-P", "secret", file, "."] as [string, ...string[]]],
  ] as const)("as %s with what none may have is refused", async (packing, command) => {
    const { store, names } = await newStore();
    const bytes = await packedBy(packing, REAL, command);
    const refusal = await refusalOf(store.receive(contentOf(bytes, "tree", packing), streamOf(bytes)));
    expect(refusal).toMatch(/its archive was refused: .* (is a (SymbolicLink|FIFO|Link)|leads out of it|is encrypted)/);
    expect(await names()).toEqual([]);
  });
});
