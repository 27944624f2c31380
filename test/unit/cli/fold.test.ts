import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { explain } from "../../../src/cli/explain.ts";
import { columnsOf, folded, inLines } from "../../../src/cli/fold.ts";
import { painter } from "../../../src/cli/paint.ts";

test("a line that is too long goes on at a word, below its first one", () => {
  expect(folded("✖ port 8080, which web wants, is taken", 24)).toBe("✖ port 8080, which web\n  wants, is taken");
  expect(folded("  → end that program, or change the port", 24)).toBe("  → end that program, or\n    change the port");
  expect(folded("    as well as what the hint says next", 24)).toBe("    as well as what the\n    hint says next");
  expect(folded("14:03:07 ✖ books #1 does not come up", 24)).toBe("14:03:07 ✖ books #1 does\n           not come up");
});

test("a character that is two columns wide counts as two, an accent over a letter as none", () => {
  expect(folded("✖ 漢字漢字 漢字漢字 漢字漢字", 24)).toBe("✖ 漢字漢字 漢字漢字\n  漢字漢字");
  expect(folded(`✖ ${"e\u0301".repeat(10)} ${"e\u0301".repeat(11)}`, 24)).not.toContain("\n");
});

test("what is to be copied is whole, on a line of its own where it must be", () => {
  const hint =
    "  → `docker system prune --all --volumes` frees it, or delete /a/path/that/is/longer/than/the/line by hand";
  expect(folded(hint, 24).split("\n")).toEqual([
    "  → `docker system prune --all --volumes`",
    "    frees it, or delete",
    "    /a/path/that/is/longer/than/the/line",
    "    by hand",
  ]);
});

test.each([
  ["a program's output", "  │ main.go:12:5: undefined: titel, did you mean title?"],
  ["a line of a file", "    12 |     ports: [8080:8080, 8081:8081, 8082:8082]"],
  ["the caret under it", "       |                                         ^"],
  ["a stack", "    at end (file:///somewhere/dist/chunk-with-a-long-name.js:12:5)"],
  ["a place", "  /home/you/a folder with blanks/profiles/shop.yaml:12:5"],
  ["the bar of a save", "  detect 1▏wait 6▏build 171 █████████████▏deliver 1▏ready 12 █  = 200 ms"],
])("%s is not broken", (_what, line) => {
  expect(folded(line, 24)).toBe(line);
});

test("on no terminal every line is one", () => {
  const line = `✖ ${"word ".repeat(40)}`;
  expect(folded(line, columnsOf({ isTTY: false, columns: 80 }))).toBe(line);
  expect(folded(line, columnsOf({ isTTY: true, columns: 0 }))).toBe(line);
});

describe("whatever is said", () => {
  const word = fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom(..."abc/:.`") });
  const words = fc.array(word, { minLength: 1, maxLength: 30 }).map((some) => some.join(" "));

  test("no word is lost or broken, and a line that is too long is one word", () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 10, max: 60 }), (text, width) => {
        const lines = inLines(text, width);
        expect(lines.join(" ")).toBe(text);
        for (const line of lines.filter(({ length }) => length > width)) {
          expect(line.replace(/`[^`]*`/g, "")).not.toContain(" ");
        }
      }),
    );
  });

  test("colours take no room", () => {
    fc.assert(
      fc.property(words, fc.integer({ min: 20, max: 60 }), (message, columns) => {
        const [plain, coloured] = [false, true].map((color) =>
          folded(explain({ class: "user", message, hint: message }, painter(color)), columns),
        );
        expect(stripVTControlCharacters(coloured ?? "")).toBe(plain);
      }),
    );
  });
});
