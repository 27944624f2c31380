import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { layoutOf, windowStart } from "../../../src/tui/layout.ts";

describe("the layout", () => {
  test.each([
    ["80x24 with 11 services", 80, 24, 11, "below", 11, 7],
    ["80x24 with 60 services", 80, 24, 60, "below", 13, 5],
    ["200x60 with 11 services", 200, 60, 11, "below", 11, 43],
    ["200x60 with 60 services", 200, 60, 60, "beside", 55, 55],
    ["200x24 with 11 services", 200, 24, 11, "beside", 19, 19],
  ])("%s", (_name, columns, rows, services, kind, list, panel) => {
    const layout = layoutOf({ columns, rows }, { items: services, width: 90 }, 1);
    if (layout.kind === "oneLine") throw new Error("there is room for more than a line");
    expect([layout.kind, layout.list.height, layout.panel.height]).toEqual([kind, list, panel]);
  });

  test("below 60 columns or 10 rows there is one line", () => {
    const three = { items: 3, width: 60 };
    expect(layoutOf({ columns: 59, rows: 50 }, three, 1).kind).toBe("oneLine");
    expect(layoutOf({ columns: 200, rows: 9 }, three, 1).kind).toBe("oneLine");
    expect(layoutOf({ columns: 60, rows: 10 }, three, 1).kind).toBe("below");
  });

  test("its parts never take more than the terminal has", () => {
    const size = { columns: fc.integer({ min: 60, max: 400 }), rows: fc.integer({ min: 10, max: 120 }) };
    const below = fc.integer({ min: 1, max: 3 });
    fc.assert(
      fc.property(fc.record(size), fc.integer({ min: 0, max: 300 }), below, (terminal, services, keys) => {
        const layout = layoutOf(terminal, { items: services, width: 90 }, keys);
        if (layout.kind === "oneLine") return;
        const { kind, list, panel } = layout;
        const heads = 2;
        const panelLines = panel.height === 0 ? 0 : panel.height + 1;
        const used = 1 + (kind === "below" ? list.height + panelLines : Math.max(list.height, panel.height));
        expect(used + heads + keys).toBeLessThanOrEqual(terminal.rows - 1);
        if (kind === "beside") expect(list.width + 2 + panel.width).toBe(terminal.columns);
        expect(list.height).toBeGreaterThan(0);
      }),
    );
  });

  test("what lies over a page's end is taken from it, and a list in little room has all of that", () => {
    const layout = layoutOf({ columns: 80, rows: 24 }, { items: 30, width: 90 }, 2, 14);
    if (layout.kind === "oneLine") throw new Error("there is room for more than a line");
    expect(layout).toMatchObject({ page: { height: 5, over: 14 }, list: { height: 4 }, panel: { height: 0 } });
  });

  test("a window holds the chosen row, in its middle where that is possible", () => {
    expect(windowStart(100, 10, 50)).toBe(45);
    expect(windowStart(100, 10, 0)).toBe(0);
    expect(windowStart(100, 10, 99)).toBe(90);
    expect(windowStart(3, 10, 2)).toBe(0);
  });
});
