import { expect, test } from "vitest";
import { ChecksumFiles, checksumIn } from "../../../src/artifact/checksum-file.ts";

const A = "a".repeat(64);
const B = "b".repeat(64);

test.each([
  ["sha256sum writes", `${A}  books\n`],
  ["sha256sum writes of a binary file", `${A} *books\n`],
  ["sha256sum writes of a path", `${A}  dist/linux-amd64/books\n`],
  ["OpenSSL and the BSDs write", `SHA256 (dist/books) = ${A}\n`],
  ["Windows and Maven write", `${A.toUpperCase()}\r\n`],
  ["a list of several says of it", `${B}  notes\n${A}  books\n${B}  books.debug\n`],
  ["is the only digest, whatever the file was called when it was made", `${A}  /builds/tmp.x1\n`],
])("the digest is what %s", (_, text) => {
  expect(checksumIn(text, "books", "sha256")).toBe(A);
});

test.each([
  ["an empty file", ""],
  ["a digest that is too short", `${A.slice(1)}  books\n`],
  ["a digest of another kind", `${"a".repeat(128)}  books\n`],
  ["a list without it", `${A}  notes\n${B}  readers\n`],
  ["a list that says two", `${A}  books\n${B}  books\n`],
  ["a page", "<html>404</html>"],
])("there is none in %s", (_, text) => {
  expect(checksumIn(text, "books", "sha256")).toBeUndefined();
});

test("SHA-1 and MD5 are read as they are written", () => {
  expect(checksumIn(`${"c".repeat(40)}  books\n`, "books", "sha1")).toBe("c".repeat(40));
  expect(checksumIn(`MD5 (books) = ${"d".repeat(32)}\n`, "books", "md5")).toBe("d".repeat(32));
  expect(checksumIn(`${A}  books\n`, "books", "md5")).toBeUndefined();
});

test("of several files beside a thing, the strongest that says something is taken, and each is read once", async () => {
  const texts: Readonly<Record<string, string>> = { "x/books.sha256": "?", "x/books.sha1": "c".repeat(40) };
  const read: string[] = [];
  const files = new ChecksumFiles([...Object.keys(texts), "x/books.md5"], async (name) => {
    read.push(name);
    return texts[name];
  });
  const checksum = { algorithm: "sha1", hex: "c".repeat(40) };
  expect(await Promise.all([files.of("x/books"), files.of("x/books")])).toEqual([checksum, checksum]);
  expect(await files.of("x/books", ["sha256"])).toBeUndefined();
  expect(await files.of("books")).toBeUndefined();
  expect(read).toEqual(["x/books.sha256", "x/books.sha1"]);
});
