import { describe, expect, test } from "vitest";
import { serviceName } from "../../../src/model/names.ts";
import { LogBuffer } from "../../../src/tui/log-buffer.ts";
import { EVERYTHING, type Lens } from "../../../src/tui/log-lens.ts";
import { LogPane } from "../../../src/tui/log-pane.ts";

const books = serviceName("books");
const own: Lens = { ...EVERYTHING, of: books };

function opened({ lines = 0, width = 20, height = 3, room = 1_000_000 } = {}) {
  const log = new LogBuffer(room);
  const pane = new LogPane(log, { width, height }, [books]);
  let next = 0;
  const prints = (...said: readonly string[]) =>
    log.append(said.map((text) => ({ service: books, text, time: `t${String(next++).padStart(6, "0")}` })));
  for (let n = 0; n < lines; n++) prints(`line ${n}.`);
  const shown = (lens: Lens) =>
    pane.rows(lens).map((row) =>
      row
        .map(({ text }) => text)
        .join("")
        .trim(),
    );
  return { pane, prints, shown };
}

describe("a log on the screen", () => {
  test("shows the newest lines, as many as there is room for", () => {
    const { shown, prints } = opened({ lines: 5 });
    expect(shown(own)).toEqual(["line 2.", "line 3.", "line 4."]);
    prints("line 5.");
    expect(shown(own)).toEqual(["line 3.", "line 4.", "line 5."]);
  });

  test("scrolls by rows, stops at the oldest, stands still while more is said, and follows again at the newest", () => {
    const { pane, shown, prints } = opened({ lines: 10 });
    const back = pane.scrolled(own, -2);
    expect(shown(back)).toEqual(["line 5.", "line 6.", "line 7."]);
    prints("line 10.", "line 11.");
    expect(shown(back)).toEqual(["line 5.", "line 6.", "line 7."]);
    expect(pane.newer(back)).toBe(4);
    expect(shown(pane.scrolled(back, -100))).toEqual(["line 0.", "line 1.", "line 2."]);
    expect(shown(pane.scrolled(back, Number.NEGATIVE_INFINITY))).toEqual(["line 0.", "line 1.", "line 2."]);
    expect(shown(pane.scrolled(back, 1))).toEqual(["line 6.", "line 7.", "line 8."]);
    expect(pane.scrolled(back, 100)).toEqual(own);
    expect(shown(pane.scrolled(pane.scrolled(own, -100), 1))).toEqual(["line 1.", "line 2.", "line 3."]);
  });

  test("does not scroll where everything fits", () => {
    const { pane } = opened({ lines: 2 });
    expect(pane.scrolled(own, -1)).toEqual(own);
    expect(pane.scrolled(own, 1)).toEqual(own);
  });

  test("shows the oldest lines that are left when those that were looked at are forgotten", () => {
    const { pane, shown, prints } = opened({ lines: 100, room: 10_800 });
    const back = pane.scrolled(own, Number.NEGATIVE_INFINITY);
    for (let n = 100; n < 150; n++) prints(`line ${n}.`);
    const [first] = shown(back);
    expect(Number(first?.match(/\d+/)?.[0])).toBeGreaterThan(40);
    expect(shown(back)).toHaveLength(3);
    expect(shown(pane.scrolled(back, -1))).toEqual(shown(back));
  });

  test("wraps long lines, and scrolls within one that is longer than the screen", () => {
    const { pane, shown, prints } = opened({ lines: 1, width: 12 });
    prints("abcdefghij0123456789ABCDEFGHIJklmnopqrst", "end");
    const wrapping = { ...own, wraps: true };
    expect(shown(own)).toEqual(["line 0.", expect.stringMatching(/^abcdefghij./), "end"]);
    expect(shown(wrapping)).toEqual(["ABCDEFGHIJ", "klmnopqrst", "end"]);
    const back = pane.scrolled(wrapping, -1);
    expect(shown(back)).toEqual(["0123456789", "ABCDEFGHIJ", "klmnopqrst"]);
    expect(shown(pane.scrolled(back, -1))).toEqual(["abcdefghij", "0123456789", "ABCDEFGHIJ"]);
    expect(shown(pane.scrolled(back, -9))).toEqual(["line 0.", "abcdefghij", "0123456789"]);
    expect(shown(pane.scrolled(pane.scrolled(back, -9), 1))).toEqual(["abcdefghij", "0123456789", "ABCDEFGHIJ"]);
    expect(pane.scrolled(back, 1)).toEqual(wrapping);
  });
});

describe("a search", () => {
  const search = (lens: Lens, find: string): Lens => ({ ...lens, find });

  test("goes to older and newer lines with the text, brings them into view, and stands still there", () => {
    const { pane, shown, prints } = opened({ lines: 30 });
    prints("Error: one");
    for (let n = 31; n < 60; n++) prints(`line ${n}.`);
    prints("Error: two");
    const newest = pane.searched(search(own, "error"), "older");
    expect(shown(newest)).toEqual(["line 58.", "line 59.", "✖ Error: two"]);
    prints("line 61.");
    expect(shown(newest)).toContain("✖ Error: two");
    const older = pane.searched(newest, "older");
    expect(shown(older)).toEqual(["line 29.", "✖ Error: one", "line 31."]);
    expect(pane.searched(older, "older")).toMatchObject({ missed: "older", found: older.found });
    expect(shown(pane.searched(older, "newer"))).toContain("✖ Error: two");
  });

  test("shows what it finds: the places in the found line otherwise than those in others", () => {
    const { pane, prints } = opened({});
    prints("an Error, error", "no error");
    const at = pane.searched(search(own, "error"), "older");
    const styled = pane.rows(at).map((row) => row.filter(({ text }) => text.toLowerCase() === "error"));
    expect(styled[0]).toHaveLength(2);
    expect(styled[0]?.every(({ underline, inverse }) => underline && !inverse)).toBe(true);
    expect(styled[1]?.every(({ underline, inverse }) => inverse && !underline)).toBe(true);
  });

  test("highlights a text also where a wrapped line breaks it", () => {
    const { pane, prints } = opened({ width: 12 });
    prints("01234567needle");
    const rows = pane.rows({ ...search(own, "needle"), wraps: true });
    const found = rows.map((row) => row.filter(({ underline }) => underline).map(({ text }) => text));
    expect(found).toEqual([["ne"], ["edle"]]);
  });

  test("says where there is none", () => {
    const { pane } = opened({ lines: 3 });
    expect(pane.searched(search(own, "needle"), "older")).toMatchObject({ missed: "older", found: undefined });
  });
});
