import { expect, it } from "vitest";
import { duration } from "../../../src/state/duration.ts";

it.each([
  [17, "17 ms"],
  [1234, "1.2 s"],
  [59_949, "59.9 s"],
  [59_950, "1 min 0 s"],
  [83_000, "1 min 23 s"],
  [599_800, "10 min 0 s"],
])("says %i milliseconds as %s", (ms, words) => {
  expect(duration(ms)).toBe(words);
});
