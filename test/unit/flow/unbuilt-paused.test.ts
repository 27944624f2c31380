import { expect, test } from "vitest";
import { Unbuilt } from "../../../src/flow/unbuilt.ts";
import { manualClock } from "../watch/manual-clock.ts";

const timing = { quietMs: 25, maxWaitMs: 1000, pauseAt: 1000 };

test("while it is paused no save is due, and the end of the pause gives what was cut short and what was saved", () => {
  const unbuilt = new Unbuilt(timing, manualClock());
  expect(unbuilt.isDue(["a"], false)).toBe(true);
  unbuilt.pause();
  expect(unbuilt.isDue(["b"], true)).toBe(false);
  expect(unbuilt.isDue(["c"], true)).toBe(false);
  expect(unbuilt.unpause()).toEqual(["a", "b", "c"]);
  expect(unbuilt.unpause()).toEqual([]);
});

test("a save that waited for a build which a pause cuts short is not forgotten", async () => {
  const clock = manualClock();
  const unbuilt = new Unbuilt(timing, clock);
  unbuilt.isDue(["a"], false);
  await clock.pass(600);
  expect(unbuilt.isDue(["b"], true)).toBe(true);
  await clock.pass(600);
  expect(unbuilt.isDue(["late"], true)).toBe(false);
  unbuilt.pause();
  expect(unbuilt.unpause()).toEqual(["a", "b", "late"]);
});

test("a pause is no time that a steady writer was let through for: the first save after it is due at once", async () => {
  const clock = manualClock();
  const unbuilt = new Unbuilt(timing, clock);
  unbuilt.isDue(["a"], false);
  unbuilt.pause();
  await clock.pass(5000);
  const paths = unbuilt.unpause();
  expect(unbuilt.isDue(paths, true)).toBe(true);
});

test("a pause with nothing to build ends with nothing", () => {
  const unbuilt = new Unbuilt(timing, manualClock());
  unbuilt.isDue(["a"], false);
  expect(unbuilt.ended()).toEqual([]);
  unbuilt.pause();
  expect(unbuilt.unpause()).toEqual([]);
});
