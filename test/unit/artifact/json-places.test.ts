import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JsonMistake, offsetOf, positionAt, readPlaces } from "../../../src/artifact/json-places.ts";

/** What it threw; undefined when it did not. */
function thrownBy(read: () => unknown): unknown {
  try {
    read();
    return undefined;
  } catch (thrown) {
    return thrown;
  }
}

describe("reading the places of a JSON text", () => {
  test("refuses exactly what JSON.parse refuses", () => {
    const damaged = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom("", ",", "}", "]", '"', "\\", ":", "0", "\n", "nul", "\u0001"))
      .map(
        ([text, at, insert]) =>
          text.slice(0, at % (text.length + 1)) + insert + text.slice((at % (text.length + 1)) + 1),
      );
    fc.assert(
      fc.property(fc.oneof(fc.json(), damaged, fc.string()), (text) => {
        const [ours, nodes] = [readPlaces, JSON.parse].map((read) => thrownBy(() => read(text)) !== undefined);
        expect(ours).toBe(nodes);
      }),
      { numRuns: 500 },
    );
  });

  test("finds every value where it stands", () => {
    const text = '{"a": [1, {"b c": true}],\n "d": "x"}';
    const root = readPlaces(text);
    expect(text.slice(offsetOf(root, ["a", 1, "b c"]))).toMatch(/^true/);
    expect(text.slice(offsetOf(root, ["d"]))).toMatch(/^"x"/);
    expect(offsetOf(root, ["a", 0, "missing"])).toBe(offsetOf(root, ["a", 0]));
  });

  test.each([
    ['{"a": 1,}', 8, "a key in double quotes expected"],
    ['{"a" 1}', 5, '":" expected'],
    ["[1 2]", 3, '"," or "]" expected'],
    ['{"a": [1, 2', 11, "the text ends"],
    ["", 0, "the text ends where a value"],
    ["{} x", 3, "the end of the text expected"],
  ])("%j breaks at %d", (text, offset, message) => {
    const mistake = thrownBy(() => readPlaces(text));
    expect(mistake).toBeInstanceOf(JsonMistake);
    expect(mistake).toMatchObject({ offset, message: expect.stringContaining(message) });
  });

  test("an offset becomes the line and column that an editor shows", () => {
    expect(positionAt("m.json", "one\r\ntwo\nthree", 6)).toEqual({ file: "m.json", line: 2, column: 2, text: "two" });
  });
});
