import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  encodePath,
  fill,
  fillUrl,
  matchName,
  packingOf,
  placeholdersIn,
  platformsOf,
  splitMember,
} from "../../../src/artifact/templates.ts";

describe("a text with placeholders", () => {
  test("has what is known filled in, as often as it stands there", () => {
    const text = "dist/{service}/{os}-{arch}/{service}";
    expect(fill(text, { service: "books", os: "linux", arch: "arm64" })).toBe("dist/books/linux-arm64/books");
  });

  test("keeps a placeholder that nothing is known for yet", () => {
    expect(fill("{service}:{build}", { service: "books" })).toBe("books:{build}");
  });

  test("keeps braces that are none of ours", () => {
    expect(fill("{name}-{service}-{}", { service: "books" })).toBe("{name}-books-{}");
  });

  test("a value is never read for placeholders again", () => {
    expect(fill("{service}{build}", { service: "{build}", build: "7" })).toBe("{build}7");
  });

  test("tells which placeholders it has", () => {
    expect([...placeholdersIn("{service}/{os}-{service}{x}")]).toEqual(["service", "os"]);
  });

  test("in a URL, a value stays within its segment", () => {
    expect(fillUrl("https://ci/job/{service}/job/{build}/", { service: "a/b", build: "feature/x y" })).toBe(
      "https://ci/job/a%2Fb/job/feature%2Fx%20y/",
    );
  });
});

test("a path becomes a URL's segment by segment", () => {
  expect(encodePath("dist/a b/c#d?e%20/ü")).toBe("dist/a%20b/c%23d%3Fe%2520/%C3%BC");
});

describe("the place of a content", () => {
  test.each([
    ["dist/books", { file: "dist/books", packing: "none", member: undefined }],
    ["dist.tar.gz#bin/{service}", { file: "dist.tar.gz", packing: "tar.gz", member: "bin/{service}" }],
    ["dist.tar#./etc/", { file: "dist.tar", packing: "tar", member: "etc" }],
    ["dist.zip#", { file: "dist.zip", packing: "zip", member: undefined }],
    ["dist.zip#/", { file: "dist.zip", packing: "zip", member: undefined }],
    ["artifact#c#/books", { file: "artifact", packing: "none", member: "c#/books" }],
  ])("%s", (path, parts) => {
    expect(splitMember(path)).toEqual(parts);
  });

  test.each([
    ["books.tar", "tar"],
    ["books.tar.gz", "tar.gz"],
    ["books.TGZ", "tar.gz"],
    ["books.tar.zst", "tar.zst"],
    ["books.zip", "zip"],
    ["books.gz", "none"],
    ["books", "none"],
    ["tar", "none"],
    ["books.tar.gz.sha256", "none"],
  ])("%s is packed as %s", (name, packing) => {
    expect(packingOf(name)).toBe(packing);
  });
});

describe("platforms", () => {
  test("of a text with an architecture are those that daemons have", () => {
    expect(platformsOf("books:{build}-{arch}")).toContainEqual({ os: "linux", arch: "arm64" });
    expect(platformsOf("books-{os}-{arch}")).toContainEqual({ os: "linux", arch: "amd64" });
  });

  test("of a text without one: the thing says itself what it is for", () => {
    expect(platformsOf("books:{build}")).toEqual([undefined]);
    expect(platformsOf("books:{build}-{os}")).toEqual([undefined]);
  });

  const place = "dist/{os}-{arch}/{service}";
  test.each([
    ["dist/linux-amd64/books", { os: "linux", arch: "amd64" }],
    ["dist/Linux-x86_64/books", { os: "linux", arch: "amd64" }],
    ["dist/linux-aarch64/books", { os: "linux", arch: "arm64" }],
    ["dist/darwin-arm64/books", { os: "darwin", arch: "arm64" }],
    ["dist/macOS-x64/books", { os: "darwin", arch: "amd64" }],
  ])("%s is read from the name", (name, platform) => {
    expect(matchName(place, name, { service: "books" })).toEqual({ platform });
  });

  test.each([
    ["dist/linux-amd64/notes"],
    ["dist/linux-amd64/books.sha256"],
    ["old/dist/linux-amd64/books"],
    ["dist/linux/amd64/books"],
    ["dist/linux-/books"],
  ])("%s is something else", (name) => {
    expect(matchName(place, name, { service: "books" })).toBeUndefined();
  });

  test("x86_64 is one word also where words are joined by underscores", () => {
    expect(matchName("{service}_{os}_{arch}.tar.gz", "books_Linux_x86_64.tar.gz", { service: "books" })).toEqual({
      platform: { os: "linux", arch: "amd64" },
    });
  });

  test("a placeholder that stands twice is the same word twice", () => {
    expect(matchName("{arch}/books-{arch}", "arm64/books-arm64", {})).toEqual({
      platform: { os: "linux", arch: "arm64" },
    });
    expect(matchName("{arch}/books-{arch}", "arm64/books-amd64", {})).toBeUndefined();
  });

  test("where only the system is named, what is for Linux says itself what it is for", () => {
    expect(matchName("books-{os}", "books-linux", {})).toEqual({ platform: undefined });
    expect(matchName("books-{os}", "books-windows", {})).toEqual({ platform: { os: "windows", arch: "any" } });
  });

  test("what is not known matches nothing", () => {
    expect(matchName("books-{commit}", "books-0123", {})).toBeUndefined();
  });

  test("any name without placeholders is itself and nothing else, whatever signs it has", () => {
    const name = fc.string({ unit: fc.constantFrom(..."ab.*+?()[]|^$\\/ -#") });
    fc.assert(
      fc.property(name, name, (one, other) => {
        expect(matchName(one, one, {})).toEqual({ platform: undefined });
        expect(matchName(one, other, {}) !== undefined).toBe(one === other);
      }),
    );
  });
});
