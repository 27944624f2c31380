import { expect, test } from "vitest";
import { sha256In } from "../../../src/artifact/checksum-file.ts";

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
  expect(sha256In(text, "books")).toBe(A);
});

test.each([
  ["an empty file", ""],
  ["a digest that is too short", `${A.slice(1)}  books\n`],
  ["a digest of another kind", `${"a".repeat(128)}  books\n`],
  ["a list without it", `${A}  notes\n${B}  readers\n`],
  ["a list that says two", `${A}  books\n${B}  books\n`],
  ["a page", "<html>404</html>"],
])("there is none in %s", (_, text) => {
  expect(sha256In(text, "books")).toBeUndefined();
});
