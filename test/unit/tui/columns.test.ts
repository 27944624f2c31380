import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { serviceName } from "../../../src/model/names.ts";
import { headingLine, naturalWidth, rowParts, widthsOf } from "../../../src/tui/columns.ts";
import { nextOrder, ORDERS } from "../../../src/tui/order.ts";
import { grouped, sorted } from "../../../src/tui/row-order.ts";
import type { Row } from "../../../src/tui/rows.ts";
import { cellsOf } from "../../../src/tui/text.ts";

const row = (differing: Partial<Row> = {}): Row => ({
  name: serviceName("books"),
  kind: "Go",
  shape: "●",
  tone: "green",
  state: "ready",
  mode: "local",
  build: "local:3f9a12bc44de",
  up: "5m",
  cpu: "0.3%",
  memory: "118M",
  address: "http://127.0.0.1:8081",
  swap: "✔ 12:00 197 ms",
  weight: { state: 1, up: 5, cpu: 0.3, memory: 118, swap: 0 },
  ...differing,
});

describe("the columns", () => {
  test("have the width of what is in them where there is room; numbers end below each other", () => {
    const widths = widthsOf([row()], 120);
    expect(headingLine(widths, "profile")).toBe(
      "    SERVICE   STATE      MODE   BUILD                UP   CPU   MEM  ADDRESS  LAST SWAP",
    );
    expect(rowParts(row(), widths).rest).toBe("local  local:3f9a12bc44de   5m  0.3%  118M  :8081    ✔ 12:00 197 ms");
    expect(naturalWidth([row()])).toBe(92);
  });

  test("mark the one that the rows are sorted by", () => {
    expect(headingLine(widthsOf([row()], 120), "memory")).toContain("MEM▾");
    expect(headingLine(widthsOf([row()], 120), "name")).toContain("SERVICE▾");
  });

  test("give up the end of the build first, then of the name; then the last swap goes, the memory, the processor", () => {
    const rows = [row({ name: serviceName("recommendations"), state: "rolled back ✖ build" })];
    const headings = (width: number) => headingLine(widthsOf(rows, width), "profile").trim().split(/ +/).join(" ");
    expect(headings(110)).toContain("MEM ADDRESS LAST SWAP");
    expect(headings(88)).toBe("SERVICE STATE MODE BUILD UP CPU MEM ADDRESS");
    expect(headings(78)).toBe("SERVICE STATE MODE BUILD UP CPU ADDRESS");
    expect(headings(72)).toBe("SERVICE STATE MODE BUILD UP ADDRESS");
    const [only = row()] = rows;
    expect(rowParts(only, widthsOf(rows, 78)).name).toMatch(/^recommend…|^recommen/);
  });

  test("never make a line wider than it may be", () => {
    const text = fc.string({ maxLength: 60 });
    const cells = { state: text, mode: fc.constantFrom("ci", "local", "image"), build: text, swap: text };
    const rows = fc.array(fc.record({ ...cells, name: text, address: text }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 80, max: 200 }), (made, width) => {
        const all = made.map((each) => row({ ...each, name: serviceName(each.name), state: each.state.slice(0, 19) }));
        const widths = widthsOf(all, width);
        for (const each of all) {
          const { name, state, rest } = rowParts(each, widths);
          expect(cellsOf(`    ${name}  ${state}  ${rest}`)).toBeLessThanOrEqual(width);
        }
      }),
    );
  });
});

describe("the order", () => {
  const named = (name: string, differing: Partial<Row> = {}) => row({ name: serviceName(name), ...differing });
  const rows = [
    named("b", { weight: { state: 1, up: 9, cpu: 0, memory: 5, swap: 2 } }),
    named("a", { kind: "Node", weight: { state: 7, up: 1, cpu: 50, memory: 5, swap: 0 } }),
    named("c", { weight: { state: 1, up: 5, cpu: 3, memory: 9, swap: 1 } }),
  ];
  const names = (some: readonly Row[]) => some.map(({ name }) => name).join("");

  test("goes through all columns that sort, and back to the profile's", () => {
    const seen = ORDERS.map((_, at) =>
      Array.from({ length: at }).reduce<(typeof ORDERS)[number]>(nextOrder, "profile"),
    );
    expect(seen).toEqual([...ORDERS]);
    expect(nextOrder("swap")).toBe("profile");
  });

  test.each([
    ["profile", "bac"],
    ["name", "abc"],
    ["state", "abc"],
    ["up", "bca"],
    ["cpu", "acb"],
    ["memory", "cba"],
    ["swap", "bca"],
  ] as const)("by %s is %s", (order, wanted) => {
    expect(names(sorted(rows, order))).toBe(wanted);
  });

  test("of kinds is that of their first ones, each behind its title; of one kind alone there is none", () => {
    const shown = (some: readonly Row[], isGrouped = true) =>
      grouped(some, isGrouped).map((item) => (item.is === "row" ? item.row.name : `${item.title} ${item.count}`));
    expect(shown(rows)).toEqual(["Go 2", "b", "c", "Node 1", "a"]);
    expect(shown(rows, false)).toEqual(["b", "a", "c"]);
    expect(shown(rows.slice(2))).toEqual(["c"]);
  });
});
