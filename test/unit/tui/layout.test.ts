import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { serviceName } from "../../../src/model/names.ts";
import { layoutOf, windowStart } from "../../../src/tui/layout.ts";
import { headingLine, naturalWidth, type Row, rowParts, widthsOf } from "../../../src/tui/rows.ts";

const row = (differing: Partial<Row> = {}): Row => ({
  name: serviceName("books"),
  shape: "●",
  tone: "green",
  state: "ready",
  mode: "local",
  build: "local:3f9a12bc44de",
  since: "5m",
  address: "http://127.0.0.1:8081",
  ...differing,
});

describe("the layout", () => {
  test.each([
    ["80x24 with 11 services", 80, 24, 11, "below", 11, 7],
    ["80x24 with 60 services", 80, 24, 60, "below", 13, 5],
    ["200x60 with 11 services", 200, 60, 11, "below", 11, 43],
    ["200x60 with 60 services", 200, 60, 60, "beside", 55, 55],
    ["200x24 with 11 services", 200, 24, 11, "beside", 19, 19],
  ])("%s", (_name, columns, rows, services, kind, list, panel) => {
    const layout = layoutOf({ columns, rows }, services, 90);
    if (layout.kind === "oneLine") throw new Error("there is room for more than a line");
    expect([layout.kind, layout.list.height, layout.panel.height]).toEqual([kind, list, panel]);
  });

  test("below 60 columns or 10 rows there is one line", () => {
    expect(layoutOf({ columns: 59, rows: 50 }, 3, 60).kind).toBe("oneLine");
    expect(layoutOf({ columns: 200, rows: 9 }, 3, 60).kind).toBe("oneLine");
    expect(layoutOf({ columns: 60, rows: 10 }, 3, 60).kind).toBe("below");
  });

  test("its parts never take more than the terminal has", () => {
    const size = { columns: fc.integer({ min: 60, max: 400 }), rows: fc.integer({ min: 10, max: 120 }) };
    fc.assert(
      fc.property(fc.record(size), fc.integer({ min: 0, max: 300 }), (terminal, services) => {
        const layout = layoutOf(terminal, services, 90);
        if (layout.kind === "oneLine") return;
        const { kind, list, panel } = layout;
        const heads = 3;
        const used = kind === "below" ? list.height + panel.height + 2 : Math.max(list.height, panel.height) + 1;
        expect(used + heads).toBeLessThanOrEqual(terminal.rows - 1);
        if (kind === "beside") expect(list.width + 2 + panel.width).toBe(terminal.columns);
        expect(Math.min(list.height, panel.height)).toBeGreaterThan(0);
      }),
    );
  });

  test("a window holds the chosen row, in its middle where that is possible", () => {
    expect(windowStart(100, 10, 50)).toBe(45);
    expect(windowStart(100, 10, 0)).toBe(0);
    expect(windowStart(100, 10, 99)).toBe(90);
    expect(windowStart(3, 10, 2)).toBe(0);
  });
});

describe("the columns", () => {
  test("have the width of what is in them where there is room", () => {
    const widths = widthsOf([row()], 120);
    expect(headingLine(widths)).toBe("    SERVICE  STATE  MODE   BUILD               SINCE  ADDRESS");
    expect(rowParts(row(), widths).rest).toBe("local  local:3f9a12bc44de  5m     http://127.0.0.1:8081");
    expect(naturalWidth([row()])).toBe(75);
  });

  test("give up the end of the build first, then the end of the name, then the scheme of the address", () => {
    const rows = [row({ name: serviceName("recommendations"), state: "rolled back ✖ build" })];
    const [only = row()] = rows;
    const at = (width: number) => rowParts(only, widthsOf(rows, width));
    expect(at(90)).toMatchObject({ name: "recommendations", rest: expect.stringMatching(/local:3f9a… .* http:\/\//) });
    expect(at(86)).toMatchObject({ name: "recommendat…", rest: expect.stringContaining("http://") });
    expect(at(82)).toMatchObject({ name: "recommend…", rest: "local  local:3f9…  5m     127.0.0.1:8081" });
  });

  test("never make a line wider than it may be", () => {
    const text = fc.string({ maxLength: 60 });
    const cells = { state: text, mode: fc.constantFrom("ci", "local", "image"), build: text, since: fc.constant("5m") };
    const rows = fc.array(fc.record({ ...cells, name: text, address: text }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 140, max: 200 }), (made, width) => {
        const all = made.map((each) => row({ ...each, name: serviceName(each.name), state: each.state.slice(0, 19) }));
        const widths = widthsOf(all, width);
        for (const each of all) {
          const { name, state, rest } = rowParts(each, widths);
          expect([...`    ${name}  ${state}  ${rest}`].length).toBeLessThanOrEqual(width);
        }
      }),
    );
  });
});
