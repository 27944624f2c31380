import { expect, test } from "vitest";
import { explain } from "../../../src/cli/explain.ts";
import { painter } from "../../../src/cli/paint.ts";
import type { Problem } from "../../../src/model/failure.ts";

const explained = (problems: readonly Problem[]) =>
  explain({ class: "user", message: "it has problems", problems }, painter(false)).split("\n");

const problem = (file: string, line: number, text = "a: b", column = 1): Problem => ({
  message: `wrong at ${line}`,
  where: { file, line, column, text },
});

test("a problem is told with its place, the line, a caret under the column, and what to do", () => {
  expect(explained([{ ...problem("/w/a.yaml", 12, "    prots: []", 5), hint: "did you mean ports?" }])).toEqual([
    "✖ it has problems",
    "  • wrong at 12",
    "    /w/a.yaml:12:5",
    "    12 |     prots: []",
    "       |     ^",
    "    → did you mean ports?",
  ]);
});

test("problems of several files stand under their files", () => {
  expect(explained([problem("/w/a.yaml", 1), problem("/w/b.yaml", 2), problem("/w/a.yaml", 3)])).toEqual([
    "✖ it has problems",
    "  /w/a.yaml has 2:",
    "  • wrong at 1",
    "    /w/a.yaml:1:1",
    "    1 | a: b",
    "      | ^",
    "  • wrong at 3",
    "    /w/a.yaml:3:1",
    "    3 | a: b",
    "      | ^",
    "  /w/b.yaml",
    "  • wrong at 2",
    "    /w/b.yaml:2:1",
    "    2 | a: b",
    "      | ^",
  ]);
});

test("of a hundred problems twenty are shown, and the others counted by file", () => {
  const many = Array.from({ length: 15 }, (_, index) => problem("/w/a.yaml", index + 1));
  const more = Array.from({ length: 85 }, (_, index) => problem("/w/b.yaml", index + 1));
  const lines = explained([...many, ...more]);
  expect(lines.filter((line) => line.startsWith("  • "))).toHaveLength(20);
  expect(lines.at(-1)).toBe("  … and 80 more: 5 in /w/a.yaml, 75 in /w/b.yaml (--json tells all)");
  expect(lines).toContain("    /w/b.yaml:1:1");
  expect(explained(more).at(-1)).toBe("  … and 65 more (--json tells all)");
});

test("what befell several steps of one cause is told once, with their titles and one hint", () => {
  const gone = { message: "no Docker daemon answers at unix:///d.sock", hint: "start Docker" };
  const cut = { message: "the Docker daemon at unix:///d.sock hung up", hint: "try again" };
  const steps: readonly Problem[] = [
    { step: "start books", ...cut },
    { step: "start web", ...gone },
    { step: "wait for nil", message: "nil ended with code 2", hint: "look at its log" },
    { step: "create db", ...cut },
    { step: "start api", ...gone },
    {
      step: "restart nil",
      message: "nil ended with code 2",
      hint: "look at its log\nWhat ran before is back in place.",
    },
  ];
  expect(explained(steps)).toEqual([
    "✖ it has problems",
    "  • start books, create db: the Docker daemon at unix:///d.sock hung up",
    "    → try again",
    "  • start web, start api: no Docker daemon answers at unix:///d.sock",
    "    → start Docker",
    "  • wait for nil: nil ended with code 2",
    "    → look at its log",
    "  • restart nil: nil ended with code 2",
    "    → look at its log",
    "      What ran before is back in place.",
  ]);
  const sixty = Array.from({ length: 60 }, (_, at) => ({ step: `start s${at}`, ...gone }));
  expect(explained(sixty)[1]).toMatch(/• start s0, .*, start s11 and 48 more: no Docker/);
  expect(explained([problem("/w/a.yaml", 1), problem("/w/a.yaml", 1)])).toHaveLength(9);
});

test("a hint that lists very much is cut between two names", () => {
  const names = Array.from({ length: 100 }, (_, index) => `s${index}`).join(", ");
  expect(explained([{ message: "m", hint: `the services are ${names}` }]).at(-1)).toMatch(/ s0, .* s18, s19, …$/);
});

test("the caret stands right behind tabs, and in a line that is too long to be shown", () => {
  const [, , , tabbed, caret] = explained([problem("f", 1, "\t- x:\ty", 7)]);
  expect([tabbed, caret]).toEqual(["    1 | \t- x:\ty", "      | \t    \t^"]);
  const text = `${"a".repeat(500)}WRONG${"b".repeat(500)}`;
  const [, , , cut = "", under = ""] = explained([problem("f", 1, text, 501)]);
  expect(cut).toHaveLength("    1 | ".length + 160);
  expect(cut.slice(under.indexOf("^")).startsWith("WRONG")).toBe(true);
});

test("on a terminal a line and its caret stay together, however narrow it is", () => {
  const text = `${"a".repeat(50)}WRONG${"b".repeat(50)}`;
  const problems = [problem("/w/a.yaml", 12, text, 51)];
  const lines = explain({ class: "user", message: "m", problems }, painter(false), 40).split("\n");
  const [, , , cut = "", under = ""] = lines;
  expect(cut).toBe(`    12 | …${"a".repeat(14)}WRONG${"b".repeat(10)}…`);
  expect(cut).toHaveLength(40);
  expect(cut.slice(under.indexOf("^")).startsWith("WRONG")).toBe(true);
});

test("a file cannot drive the terminal by what stands in it", () => {
  const [, , , line] = explained([problem("f", 1, "a: \u001b[31mred\u0007")]);
  expect(line).toBe("    1 | a: \ufffd[31mred\ufffd");
});
