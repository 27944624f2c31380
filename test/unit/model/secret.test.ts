import { expect, test } from "vitest";
import { redact, redactedJson } from "../../../src/model/secret.ts";

test("every occurrence of every secret is redacted, the longer of two that overlap first", () => {
  const text = "user:hunter2hunter@db, again hunter2hunter and hunter2";
  expect(redact(text, ["hunter2", "hunter2hunter"])).toBe("user:[secret]@db, again [secret] and [secret]");
});

test("a value of three characters is left alone", () => {
  expect(redact("the cat sat", ["cat"])).toBe("the cat sat");
});

test("in JSON a secret with a quote in it is found, and what is left is JSON", () => {
  const json = redactedJson({ url: 'postgres://u:pa"ss\\@db', list: ['pa"ss\\'] }, ['pa"ss\\']);
  expect(JSON.parse(json)).toEqual({ url: "postgres://u:[secret]@db", list: ["[secret]"] });
});
