import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { Parser, type ReadEntry } from "tar";
import { describe, expect, test } from "vitest";
import { openInImage } from "../../../src/artifact/oci/image-content.ts";
import { unpackTree } from "../../../src/artifact/unpack.ts";
import { temporaryFolder } from "./folders.ts";
import { anyLayers, type Layer, naive, pathsOf, tarOfLayer } from "./layer-models.ts";
import { type TarEntry, tarOf } from "./tars.ts";

/** Layers from the lowest on, as an image has them; notes which of them were read. */
function image(...tars: readonly Buffer[]) {
  const read = new Set<number>();
  const layers = {
    count: tars.length,
    async *tar(layer: number) {
      read.add(tars.length - 1 - layer);
      const tar = tars.at(-1 - layer) ?? Buffer.alloc(0);
      // In pieces that fit no block.
      for (let at = 0; at < tar.length; at += 700) yield tar.subarray(at, at + 700);
    },
  };
  return { layers, read };
}

const open = (tars: readonly Buffer[], path: string, kind: "file" | "tree") =>
  openInImage(image(...tars).layers, { path, kind, from: `books:1, ${path}` });

const fileIn = async (tars: readonly Buffer[], path: string): Promise<string> =>
  (await buffer((await open(tars, path, "file")).stream)).toString();

/** Paths and contents of a tree's tar, in its order; folders end with a slash, executables with a star. */
async function treeIn(tars: readonly Buffer[], path: string): Promise<Record<string, string>> {
  const tar = await buffer((await open(tars, path, "tree")).stream);
  const found: Record<string, string> = {};
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry: ReadEntry) => {
      const name = `${entry.path}${(entry.mode ?? 0) & 0o111 && entry.type === "File" ? "*" : ""}`;
      found[name] = "";
      if (entry.path === "./") delete found[name];
      entry.on("data", (piece: Buffer) => {
        found[name] += piece.toString();
      });
    },
  });
  parser.end(tar);
  return found;
}

const file = (path: string, content: string, mode = 0o644): TarEntry => ({ path, content, mode });
const folder = (path: string): TarEntry => ({ path: `${path}/`, type: "Directory", mode: 0o755 });
const symlink = (path: string, linkpath: string): TarEntry => ({ path, type: "SymbolicLink", linkpath });
const hardlink = (path: string, linkpath: string): TarEntry => ({ path, type: "Link", linkpath });

describe("a file of an image", () => {
  test("is the topmost layer's, and no layer below it is read", async () => {
    const { layers, read } = image(
      tarOf(file("app/books", "first")),
      tarOf(file("app/books", "second")),
      tarOf(file("etc/motd", "")),
    );
    const opened = await openInImage(layers, { path: "/app/books", kind: "file", from: "books" });
    expect((await buffer(opened.stream)).toString()).toBe("second");
    expect(opened).toMatchObject({ offset: 0, size: 6 });
    expect(read).toEqual(new Set([2, 1]));
  });

  test("may be named with ./ and slashes as people write it, in the tar and by the profile", async () => {
    const tars = [tarOf(file("./app/books", "x"))];
    for (const path of ["app/books", "/app/books", "//app/./books/", "/app/../app/books", "/../app/books"]) {
      expect(await fileIn(tars, path)).toBe("x");
    }
  });

  test("is gone with a whiteout of it, of a folder around it, or with an opaque folder", async () => {
    const base = tarOf(folder("app"), file("app/books", "x"));
    for (const gone of ["app/.wh.books", ".wh.app", "app/.wh..wh..opq", ".wh..wh..opq"]) {
      await expect(fileIn([base, tarOf(file(gone, ""))], "/app/books")).rejects.toThrow(
        /books:1, \/app\/books: the image has no such file/,
      );
    }
  });

  test("that is in an opaque folder's own layer is there, whichever comes first in the tar", async () => {
    const base = tarOf(file("app/books", "old"));
    const [opaque, books] = [file("app/.wh..wh..opq", ""), file("app/books", "new")];
    expect(await fileIn([base, tarOf(opaque, books)], "/app/books")).toBe("new");
    expect(await fileIn([base, tarOf(books, opaque)], "/app/books")).toBe("new");
  });

  test("is found through symbolic links: of its own, of folders around it, relative and absolute", async () => {
    const tars = [
      tarOf(symlink("bin", "usr/bin"), folder("usr"), folder("usr/bin"), symlink("srv", "/opt/./srv/")),
      tarOf(file("opt/srv/bin/books-1.2", "x"), symlink("opt/srv/current", "bin/books-1.2")),
      tarOf(symlink("usr/bin/books", "../../../srv/current")),
    ];
    expect(await fileIn(tars, "/bin/books")).toBe("x");
  });

  test("behind links in a circle is none", async () => {
    await expect(fileIn([tarOf(symlink("a", "b"), symlink("b", "a"))], "/a")).rejects.toThrow(/no such file/);
    await expect(fileIn([tarOf(symlink("a", "a/a"))], "/a")).rejects.toThrow(/no such file/);
  });

  test("may be a hard link: in its own layer, or to a layer below, also where that name is gone above", async () => {
    const own = tarOf(file("app/books", "x"), hardlink("app/authors", "app/books"));
    expect(await fileIn([own], "/app/authors")).toBe("x");
    expect(await fileIn([own, tarOf(file("app/.wh.books", ""))], "/app/authors")).toBe("x");
    expect(await fileIn([tarOf(file("app/books", "x")), tarOf(hardlink("authors", "./app/books"))], "authors")).toBe(
      "x",
    );
  });

  test("takes the place of a folder, and a folder the place of a file", async () => {
    const asFolder = tarOf(folder("app"), file("app/books", "in the folder"));
    const asFile = tarOf(file("app", "the file"));
    expect(await fileIn([asFolder, asFile], "/app")).toBe("the file");
    await expect(fileIn([asFolder, asFile], "/app/books")).rejects.toThrow(/no such file/);
    expect(await fileIn([asFile, asFolder], "/app/books")).toBe("in the folder");
    await expect(fileIn([asFolder, asFile, tarOf(folder("app"))], "/app/books")).rejects.toThrow(/no such file/);
  });

  test("that comes twice in a layer is the last one", async () => {
    expect(await fileIn([tarOf(file("a", "first"), file("b", ""), file("a", "last"))], "a")).toBe("last");
  });

  test("may be empty, or as long as it likes", async () => {
    const long = "x".repeat(1_000_001);
    const tars = [tarOf(file("empty", ""), file("long", long), file("after", "y"))];
    expect(await fileIn(tars, "empty")).toBe("");
    expect(await fileIn(tars, "long")).toBe(long);
  });

  test("is not looked for outside of the image: such paths of a layer are nobody's", async () => {
    const tars = [tarOf(file("../etc/passwd", "x"), file("a/../../b", "y"), file("/abs", "z"))];
    await expect(fileIn(tars, "/etc/passwd")).rejects.toThrow(/no such file/);
    await expect(fileIn(tars, "/b")).rejects.toThrow(/no such file/);
    expect(await fileIn(tars, "/abs")).toBe("z");
  });

  test.each([
    ["a folder", "/app", "file", /^books:1, \/app: it is a folder, and a file is meant/],
    ["a file where a folder is meant", "/app/books", "tree", /it is a file, and a folder is meant/],
    ["a device", "/dev/null", "file", /neither a file nor a folder, but a CharacterDevice/],
    ["nothing", "/opt", "tree", /^books:1, \/opt: the image has no such folder/],
  ] as const)("%s is told as what it is", async (_what, path, kind, words) => {
    const tars = [tarOf(file("app/books", "x"), { path: "dev/null", type: "CharacterDevice" })];
    await expect(open(tars, path, kind)).rejects.toThrow(words);
  });

  test("of an image without a file, or of what is no tar, is a Failure", async () => {
    await expect(fileIn([], "/a")).rejects.toThrow(/no such file/);
    await expect(fileIn([Buffer.alloc(2000, "no tar")], "/a")).rejects.toThrow(
      /^books:1, \/a: a layer of the image cannot be read/,
    );
    const cut = tarOf(file("a", "x".repeat(5000))).subarray(0, 2048);
    await expect(fileIn([cut], "/a")).rejects.toThrow(/^books:1, \/a: a layer of the image cannot be read/);
  });
});

test("a layer that changes nothing is none", async () => {
  expect(await fileIn([tarOf(file("a", "x")), tarOf()], "/a")).toBe("x");
  expect(await fileIn([tarOf(), tarOf(file("a", "x")), Buffer.alloc(10_240)], "/a")).toBe("x");
});

describe("a folder of an image", () => {
  test("is what all layers together have in it, as a tar of files and folders, sorted", async () => {
    const tars = [
      tarOf(
        folder("app"),
        file("app/a", "1"),
        file("app/old/b", "2"),
        file("app/run", "#!", 0o755),
        file("beside", ""),
      ),
      tarOf(file("app/a", "3"), file("app/.wh.old", ""), file("app/new/c", "4")),
    ];
    expect(await treeIn(tars, "/app")).toEqual({ "new/": "", a: "3", "new/c": "4", "run*": "#!" });
  });

  test("ends at an opaque folder: nothing below is read", async () => {
    const { layers, read } = image(tarOf(file("app/a", "1")), tarOf(file("app/.wh..wh..opq", ""), file("app/b", "2")));
    await buffer((await openInImage(layers, { path: "app", kind: "tree", from: "books" })).stream);
    expect(read).toEqual(new Set([1]));
  });

  test("may be named through a link, and may be the image's root", async () => {
    const tars = [
      tarOf(symlink("www", "srv/http"), folder("srv"), folder("srv/http"), file("srv/http/index.html", "x")),
    ];
    expect(await treeIn(tars, "/www/")).toEqual({ "index.html": "x" });
    expect(await treeIn([tarOf(file("a", "x"))], "/")).toEqual({ a: "x" });
  });

  test("has in the place of a link inside it what the link leads to, hard links as well", async () => {
    const tars = [
      tarOf(
        file("app/v1/x", "1"),
        hardlink("app/same", "app/v1/x"),
        hardlink("app/outside", "beside"),
        file("beside", "2"),
      ),
      tarOf(symlink("app/current", "v1"), symlink("app/y", "/app/current/x")),
    ];
    expect(await treeIn(tars, "app")).toEqual({
      ...{ "current/": "", "v1/": "" },
      ...{ "current/x": "1", outside: "2", same: "1", "v1/x": "1", y: "1" },
    });
  });

  test.each([
    ["out of it", symlink("app/a", "../beside"), /"a" is a link that leads out of it, to \/beside/],
    ["out of the image", symlink("app/a", "../../../../etc/passwd"), /"a" is a link that leads out of it/],
    ["to nothing", symlink("app/a", "c"), /"a" is a link to nothing inside it/],
    ["to itself", symlink("app/a", "a"), /"a" is a link in a circle/],
    ["to the folder itself", symlink("app/a", "."), /"a" is a link to a folder around it/],
    ["to a folder around it", symlink("app/b/a", "../b"), /"b\/a" is a link to a folder around it/],
  ])("with a link %s is refused", async (_where, link, words) => {
    await expect(treeIn([tarOf(file("beside", ""), folder("app/b"), link)], "app")).rejects.toThrow(words);
  });

  test("with a device or a pipe is refused", async () => {
    await expect(treeIn([tarOf({ path: "app/p", type: "FIFO" })], "app")).rejects.toThrow(/"p" is neither a file nor/);
  });

  test("of links that multiply is stopped", async () => {
    const links = [..."abcdefghijklmnop"].flatMap((at, index, all) =>
      ["1", "2"].map((side) => symlink(`app/${at}/${side}`, `../${all[index + 1] ?? "end"}`)),
    );
    await expect(treeIn([tarOf(...links, file("app/end/x", ""))], "app")).rejects.toThrow(/is one too many/);
  });

  test("comes through the store's own unpacking", async () => {
    const names = Array.from({ length: 30 }, (_, n) => `app/${"deep/".repeat(n)}${"long".repeat(40)}`);
    const tars = [tarOf(...names.map((path) => ({ path: "x", content: path, pax: { path } })))];
    const tree = join(await temporaryFolder(), "tree");
    const { stream } = await open(tars, "app", "tree");
    expect(await unpackTree(stream, tree)).toMatch(/^[0-9a-f]{64}$/);
    const empty = await open([tarOf(folder("app"))], "app", "tree");
    expect(await unpackTree(empty.stream, join(await temporaryFolder(), "tree"))).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("whatever the layers are, what is found is what applying them one after the other gives", () => {
  test("for files, through links", async () => {
    await fc.assert(
      fc.asyncProperty(anyLayers({ links: true }), async (layers: readonly Layer[]) => {
        const [tars, applied] = [layers.map(tarOfLayer), naive(layers)];
        for (const path of pathsOf(3)) {
          const expected = applied.read(path);
          const found = await fileIn(tars, path).catch((failure: Error) =>
            /it is a folder/.test(failure.message) ? { folder: true } : undefined,
          );
          expect({ path, found }).toEqual({ path, found: expected });
        }
      }),
      { numRuns: 50 },
    );
  }, 60_000);

  test("for folders", async () => {
    await fc.assert(
      fc.asyncProperty(anyLayers({ links: false }), async (layers: readonly Layer[]) => {
        const [tars, applied] = [layers.map(tarOfLayer), naive(layers)];
        for (const path of ["", ...pathsOf(2)]) {
          if (typeof applied.read(path) !== "object") continue;
          expect({ path, tree: await treeIn(tars, path) }).toEqual({ path, tree: applied.tree(path) });
        }
      }),
      { numRuns: 50 },
    );
  }, 60_000);
});
