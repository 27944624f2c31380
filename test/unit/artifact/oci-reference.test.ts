import { describe, expect, test } from "vitest";
import { apiOf, credentialKey, parseReference, printReference } from "../../../src/artifact/oci/reference.ts";

const DIGEST = `sha256:${"3f9a".repeat(16)}`;

describe("an image's name is read as Docker reads it", () => {
  test.each([
    ["debian", "docker.io/library/debian:latest"],
    ["debian:12", "docker.io/library/debian:12"],
    ["team/books", "docker.io/team/books:latest"],
    ["docker.io/debian", "docker.io/library/debian:latest"],
    ["index.docker.io/team/books:1", "docker.io/team/books:1"],
    ["localhost/books", "localhost/books:latest"],
    ["localhost:5000/books", "localhost:5000/books:latest"],
    ["127.0.0.1:5000/a/b/c:main", "127.0.0.1:5000/a/b/c:main"],
    ["[::1]:5000/books", "[::1]:5000/books:latest"],
    ["registry.example.org/team/books:1.4_rc-2", "registry.example.org/team/books:1.4_rc-2"],
    ["books.example/x__y--z.w", "books.example/x__y--z.w:latest"],
    [`registry.example.org/books@${DIGEST}`, `registry.example.org/books@${DIGEST}`],
    [`registry.example.org/books:124@${DIGEST}`, `registry.example.org/books:124@${DIGEST}`],
  ])("%s is %s", (text, whole) => {
    expect(printReference(parseReference(text))).toBe(whole);
  });

  test.each([
    ["", "no image is named"],
    ["registry.example.org/", "no image is named"],
    ["team/Books", '"Books" has capitals'],
    ["team//books", '"" is not made of'],
    ["team/-books", '"-books" is not made of'],
    ["team/bo___oks", '"bo___oks" is not made of'],
    ["team/books:", 'the tag ""'],
    [`team/books:${"x".repeat(129)}`, "the tag"],
    ["team/books@sha256:12", '"sha256:12" is not sha256:'],
    [`team/books@${DIGEST}@${DIGEST}`, "more than one @"],
    ["exa mple.org/books", '"exa mple.org" is not a host'],
    [`registry.example.org/${"a/".repeat(130)}a`, "longer than 255"],
  ])("%s is refused: %s", (text, why) => {
    expect(() => parseReference(text)).toThrow(
      expect.objectContaining({ class: "user", message: expect.stringContaining(why) }),
    );
  });

  test("a host is taken for one where it has a dot, a colon or a capital", () => {
    expect(parseReference("a.b/c").registry).toBe("a.b");
    expect(parseReference("HOST/c").registry).toBe("HOST");
    expect(parseReference("host/c").registry).toBe("docker.io");
  });
});

test("only a registry of this machine is spoken to without TLS", () => {
  const apis = ["localhost", "localhost:5000", "127.0.0.1:5000", "127.8.9.1", "[::1]:5000"];
  expect(apis.map((registry) => apiOf({ registry }))).toEqual(apis.map((host) => `http://${host}`));
  const elsewhere = ["registry.example.org", "10.0.0.1:5000", "localhost.example.org", "127.0.0.1.example.org"];
  expect(elsewhere.map((registry) => apiOf({ registry }))).toEqual(elsewhere.map((host) => `https://${host}`));
});

test("Docker's own registry is asked at its API's host, and has a name of its own in config.json", () => {
  expect(apiOf(parseReference("debian"))).toBe("https://registry-1.docker.io");
  expect(credentialKey("docker.io")).toBe("https://index.docker.io/v1/");
  expect(credentialKey("registry.example.org:5000")).toBe("registry.example.org:5000");
});
