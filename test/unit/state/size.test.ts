import { expect, test } from "vitest";
import { size } from "../../../src/state/size.ts";

test.each([
  [0, "0 bytes"],
  [999, "999 bytes"],
  [1000, "1 kB"],
  [4_520_000, "4.5 MB"],
  [9_960_000, "10 MB"],
  [20_400_000, "20 MB"],
  [999_600, "1 MB"],
  [1_500_000_000, "1.5 GB"],
])("%d bytes are %s", (bytes, words) => {
  expect(size(bytes)).toBe(words);
});
