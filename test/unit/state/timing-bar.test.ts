import fc from "fast-check";
import { expect, test } from "vitest";
import type { StageTimes } from "../../../src/model/stage-times.ts";
import { apportion, timingBar, timingSegments } from "../../../src/state/timing-bar.ts";

const NONE: StageTimes = { detect: 0, wait: 0, build: 0, deliver: 0, restart: 0, ready: 0, check: 0, total: 0 };
const usual: StageTimes = { ...NONE, detect: 4, build: 171, deliver: 1, restart: 9, ready: 12 };
const ms = fc.double({ min: 0, max: 1e5, noNaN: true });
const optional = fc.oneof(fc.constant(0), fc.double({ min: 1, max: 1e5, noNaN: true }));
const times = fc.record({
  detect: ms,
  wait: optional,
  build: ms,
  deliver: ms,
  restart: ms,
  ready: ms,
  check: optional,
  total: fc.constant(0),
});
const total = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0);

test("a line has bars in proportion to the times", () => {
  expect(timingBar(usual, 80)).toBe("detect 4▏build 171 ████████████████▏deliver 1▏restart 9 █▏ready 12 █  = 197 ms");
});

test("a line with room for the words alone has no bars", () => {
  expect(timingBar(usual, 57)).toBe("detect 4▏build 171▏deliver 1▏restart 9▏ready 12  = 197 ms");
});

test("a line too narrow for the words has the total", () => {
  expect(timingBar(usual, 40)).toBe("197 ms");
});

test("a swap that took no time at all has no bars", () => {
  expect(timingBar(NONE, 80)).toBe("detect 0▏build 0▏deliver 0▏restart 0▏ready 0  = 0 ms");
});

test("fractions of milliseconds are rounded so that the stages still add up to the total", () => {
  const fractions = { ...NONE, detect: 0.4, build: 0.4, deliver: 0.4, restart: 0.4, ready: 0.4 };
  expect(timingSegments(fractions, 0).map(({ ms }) => ms)).toEqual([1, 1, 0, 0, 0]);
});

test("a swap that waited, or was checked, has words for it", () => {
  const line = timingBar({ ...usual, wait: 20, check: 300 }, 75);
  expect(line).toBe("detect 4▏wait 20▏build 171▏deliver 1▏restart 9▏ready 12▏check 300  = 517 ms");
});

test("a clock that was set back counts as no time", () => {
  expect(timingSegments({ ...usual, detect: -5000 }, 0)[0]).toEqual({ stage: "detect", ms: 0, cells: 0 });
});

test("whatever the times, a line is never wider than asked for, and its stages add up", () => {
  fc.assert(
    fc.property(times, fc.integer({ min: 12, max: 300 }), (of, width) => {
      expect(timingBar(of, width).length).toBeLessThanOrEqual(width);
      const segments = timingSegments(of, width);
      expect(total(segments.map(({ ms }) => ms))).toBe(Math.round(total(Object.values(of))));
      for (const { ms, cells } of segments) expect([ms, cells].every((n) => Number.isInteger(n) && n >= 0)).toBe(true);
    }),
  );
});

test("of weights that hardly differ, the greater never has the smaller part", () => {
  const less = 1 / 7 - Number.EPSILON / 8;
  expect(less).toBeLessThan(1 / 7);
  expect(apportion(33, [less, 1 / 7])).toEqual([16, 17]);
});

test("a longer stage never has a shorter bar", () => {
  fc.assert(
    fc.property(times, (of) => {
      const segments = [...timingSegments(of, 200)].sort((a, b) => of[a.stage] - of[b.stage] || a.cells - b.cells);
      const cells = segments.map((segment) => segment.cells);
      expect(cells).toEqual([...cells].sort((a, b) => a - b));
    }),
  );
});
