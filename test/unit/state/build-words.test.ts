import { expect, it } from "vitest";
import { buildInWords } from "../../../src/state/build-words.ts";

it.each([
  [{ build: "ci:125" }, "ci:125"],
  [{ build: null }, "-"],
  [{ build: "ci:124", pinned: "124" }, "ci:124 (pinned)"],
  [{ build: "ci:125", pinned: "124" }, "ci:125 (pinned: 124)"],
  [{ build: "local:3f9a12bc44de", pinned: "124" }, "local:3f9a12bc44de (pinned: 124)"],
  [{ build: null, pinned: "124" }, "- (pinned: 124)"],
])("%o is shown as %s", (status, words) => {
  expect(buildInWords(status)).toBe(words);
});
