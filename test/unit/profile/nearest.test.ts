import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { didYouMean, editDistance, nearest } from "../../../src/model/nearest.ts";

describe("the distance of two words", () => {
  test.each([
    ["books", "books", 0],
    ["boks", "books", 1],
    ["bokos", "books", 1],
    ["cooks", "books", 1],
    ["", "abc", 3],
    ["kitten", "sitting", 3],
  ])("%j and %j is %d", (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  test("is the same both ways, and zero only for the same word", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (a, b) => {
        expect(editDistance(a, b)).toBe(editDistance(b, a));
        expect(editDistance(a, b) === 0).toBe(a === b);
      }),
    );
  });
});

describe("the nearest names", () => {
  const SERVICES = ["books", "authors", "reviews", "notifier", "nats", "db"];
  test.each([
    ["boks", ["books"]],
    ["BOOKS", ["books"]],
    ["not", ["notifier"]],
    ["review", ["reviews"]],
    ["x", []],
    ["ui", []],
    ["gateway", []],
  ])("of %s are %j", (name, expected) => {
    expect(nearest(name, SERVICES)).toEqual(expected);
  });

  test("are at most three, the nearest first, each once", () => {
    expect(nearest("a1", ["a2", "a1b", "a3", "a4", "a2"])).toEqual(["a1b", "a2", "a3"]);
  });

  test("make a question, or none", () => {
    expect(didYouMean("boo", ["books", "book"])).toBe("did you mean book or books?");
    expect(didYouMean("zebra", ["books"])).toBeUndefined();
  });
});
