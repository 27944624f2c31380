import { expect, it } from "vitest";
import { table } from "../../../src/cli/table.ts";

const HEADINGS = ["SERVICE", "BUILD", "ADDRESS"];
const ROWS = [
  ["books", "local:1b36f7457685", "http://127.0.0.1:8082"],
  ["web", "ci:124", "web:8080"],
];

it("a table is as wide as its longest cells", () => {
  expect(table(HEADINGS, ROWS, 80).split("\n")).toEqual([
    "SERVICE  BUILD               ADDRESS",
    "books    local:1b36f7457685  http://127.0.0.1:8082",
    "web      ci:124              web:8080",
  ]);
});

it("a column that yields is shortened by as much as a narrow terminal lacks, and no other", () => {
  expect(table(HEADINGS, ROWS, 45, 1).split("\n")).toEqual([
    "SERVICE  BUILD          ADDRESS",
    "books    local:1b36f7…  http://127.0.0.1:8082",
    "web      ci:124         web:8080",
  ]);
  expect(table(HEADINGS, ROWS, 80, 1)).toBe(table(HEADINGS, ROWS, 80));
});

it("a column that yields stays wide enough to tell builds apart; then the last one is cut", () => {
  expect(table(HEADINGS, ROWS, 30, 1).split("\n")).toEqual([
    "SERVICE  BUILD       ADDRESS",
    "books    local:1b3…  http://1…",
    "web      ci:124      web:8080",
  ]);
});

it("a coloured row is cut like any other, and its colours end where they ended", () => {
  const row = ["\u001b[31m✖\u001b[39m", "it is not what it was, \u001b[2mor nobody knows\u001b[22m"];
  expect(table(["", "DAMAGE"], [row], 20).split("\n")[1]).toBe(
    "\u001b[31m✖\u001b[39m  it is not what i…\u001b[2m\u001b[22m",
  );
});

it("characters that are two columns wide keep the columns below each other, and are cut whole", () => {
  const rows = [
    ["books", "漢字漢字", "漢字"],
    ["web", "ci:124", "web:8080"],
  ];
  expect(table(HEADINGS, rows, 80).split("\n").slice(1)).toEqual([
    "books    漢字漢字  漢字",
    "web      ci:124    web:8080",
  ]);
  expect(table(["DAMAGE"], [["漢字漢字"]], 6).split("\n")[1]).toBe("漢字…");
  expect(table(["DAMAGE"], [["漢字漢字"]], 7).split("\n")[1]).toBe("漢字漢…");
});
