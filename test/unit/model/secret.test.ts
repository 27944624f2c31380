import fc from "fast-check";
import { expect, test } from "vitest";
import { Redactor, redact } from "../../../src/model/secret.ts";

test("every occurrence of every secret is redacted, overlapping ones as one", () => {
  const text = "user:hunter2hunter@db, again hunter2hunter and hunter2";
  expect(redact(text, ["hunter2", "hunter2hunter"])).toBe("user:[secret]@db, again [secret] and [secret]");
  expect(redact("xabcdefghix", ["abcdef", "defghi"])).toBe("x[secret]x");
});

test("a value of three characters is left alone", () => {
  expect(redact("the cat sat", ["cat"])).toBe("the cat sat");
});

test("what a secret looks like to a regular expression, to a shell or to replace does not matter", () => {
  for (const secret of ["a.*b", "$& $1 $$", "(((", "[a-z]+", "^\\d+$", "`id`; rm -rf /", '"', "pä€ss🔑wort"].filter(
    ({ length }) => length >= 4,
  )) {
    expect(redact(`<${secret}>`, [secret]), secret).toBe("<[secret]>");
    expect(redact("a plain axxb text 1", [secret]), secret).toBe("a plain axxb text 1");
  }
});

test("in JSON a secret with a quote in it is found, and what is left is JSON", () => {
  const json = new Redactor(['pa"ss\\']).json({ url: 'postgres://u:pa"ss\\@db', list: ['pa"ss\\'] });
  expect(JSON.parse(json)).toEqual({ url: "postgres://u:[secret]@db", list: ["[secret]"] });
});

test("the newline at the end of a secret's file is not needed to find it", () => {
  expect(redact("key=hunter2!", ["hunter2\n"])).toBe("key=[secret]!");
  expect(redact("key=hunter2!", ["hunter2\r\n"])).toBe("key=[secret]!");
});

const KEY = `-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj
MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDuictGeurT8jNbvJZHtCSuYEvu
NMoSfm76oqFvAp8Gy0iz5sxjZmSnXyCdPEovGhLa0VzMaQ8s+CLOyS56YyCFGeJZ
-----END PRIVATE KEY-----
`;

test("a secret of several lines is found line by line, where programs print it so", () => {
  const shown = KEY.trimEnd()
    .split("\n")
    .map((line) => redact(`tls: ${line}`, [KEY]));
  expect(shown).toEqual([
    "tls: -----BEGIN PRIVATE KEY-----",
    "tls: [secret]",
    "tls: [secret]",
    "tls: [secret]",
    "tls: -----END PRIVATE KEY-----",
  ]);
  expect(redact(`{"key":${JSON.stringify(KEY)}}`, [KEY])).toMatch(/^\{"key":"\[secret\](\\n)?"\}$/);
});

test("base64 of a secret is found alone, behind a user's name and on wrapped lines", () => {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  expect(redact(base64("s3cr3t-t0ken"), ["s3cr3t-t0ken"])).toBe("[secret]");
  for (const user of ["a", "ab", "abc", "books"]) {
    const header = redact(`Authorization: Basic ${base64(`${user}:s3cr3t-t0ken`)}`, ["s3cr3t-t0ken"]);
    expect(header, user).toMatch(/^Authorization: Basic [\w+/]*\[secret\][\w+/=]{0,4}$/);
  }
  const wrapped = base64(KEY).match(/.{1,76}/g) ?? [];
  expect(wrapped.map((line) => redact(line, [KEY])).join("")).toMatch(/^(\[secret\]){4,}=*$/);
  expect(redact(Buffer.from("sür?~>>!!").toString("base64url"), ["sür?~>>!!"])).toBe("[secret]");
});

test("a secret is found in a URL, in a form, in hexadecimal and as each language escapes it", () => {
  const secret = "p@ss/w<rd&é €!";
  const writings = [
    encodeURIComponent(secret),
    encodeURIComponent(secret).toLowerCase(),
    encodeURI(secret),
    new URLSearchParams({ q: secret }).toString().slice(2),
    Buffer.from(secret).toString("hex"),
    Buffer.from(secret).toString("hex").toUpperCase(),
    "p@ss/w\\u003crd\\u0026é €!", // encoding/json of Go
    "p@ss/w\\x3crd\\x26\\u00e9 \\u20ac\\!",
    "p%40ss/w%3Crd&%C3%A9%20€!",
  ];
  for (const written of writings) expect(redact(`<${written}>`, [secret]), written).toBe("<[secret]>");
  expect(redact("100% of p@ss%2Fw%ZZ", [secret])).toBe("100% of p@ss%2Fw%ZZ");
});

test("a secret that lies across the cut of a very long line is found in both pieces", () => {
  const secret = "abcdefghijklmnop";
  const [before, after] = [`${"x".repeat(20_000)}abcdefgh`, `ijklmnop${"y".repeat(20_000)}`];
  expect(redact(before, [secret])).toBe(`${"x".repeat(20_000)}[secret]`);
  expect(redact(after, [secret])).toBe(`[secret]${"y".repeat(20_000)}`);
});

test("a value that is a service's name is no secret, whatever a file says", () => {
  const redactor = new Redactor(["books", "books-password"]);
  redactor.show(["books"]);
  expect(redactor.text("books: books-password")).toBe("books: [secret]");
});

test("data is redacted in every text, and is otherwise as it was", () => {
  const redactor = new Redactor();
  const data = { at: 1, list: ["x hunter2", null, { deep: "hunter2" }], none: undefined, is: true };
  expect(redactor.data(data)).toEqual(data);
  redactor.add(["hunter2"]);
  expect(redactor.data(data)).toEqual({ at: 1, list: ["x [secret]", null, { deep: "[secret]" }], is: true });
});

test("whatever stands around them, no secret is left, and nothing else is lost", () => {
  // All that is special somewhere, so that it comes together often.
  const unit = fc.constantFrom(..."ab0%4u\\\"'`$+=/&<{[(.*?|^ \t\n\réß€🔑\u0000");
  const secret = fc.string({ minLength: 4, maxLength: 40, unit }).filter((text) => text.trim().length >= 4);
  const piece = fc.oneof(fc.string({ maxLength: 10 }), fc.constant(undefined));
  fc.assert(
    fc.property(secret, fc.array(piece, { maxLength: 6 }), (value, pieces) => {
      fc.pre(!"[secret]".includes(value));
      const trimmed = value.replace(/[\r\n]+$/, "");
      fc.pre(trimmed.length >= 4);
      const redacted = redact(pieces.map((text) => text ?? value).join(" | "), [value]);
      expect(redacted).not.toContain(trimmed);
      expect(redacted.split("[secret]").length - 1).toBeGreaterThanOrEqual(pieces.includes(undefined) ? 1 : 0);
    }),
  );
});
