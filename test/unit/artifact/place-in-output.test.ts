import { describe, expect, test } from "vitest";
import { firstPlace } from "../../../src/artifact/place-in-output.ts";

describe("the first place that a compiler of JavaScript names", () => {
  test.each([
    ["tsc's", "src/app.ts(2,7): error TS2304: Cannot find name 'x'.", "/r/src/app.ts", 2, 7],
    ["tsc's for a terminal", "src/app.ts:2:7 - error TS2304: Cannot find name 'x'.", "/r/src/app.ts", 2, 7],
    [
      "esbuild's, not that of a warning before it",
      "▲ [WARNING] Duplicate key\n\n    src/a.js:9:1:\n\n✘ [ERROR] Could not resolve\n\n    src/b.jsx:3:5:\n",
      "/r/src/b.jsx",
      3,
      5,
    ],
    [
      "vite's",
      "error during build:\n[vite] x\nfile: /r/src/main.mjs:4:2\n  src/main.mjs:4:2: no",
      "/r/src/main.mjs",
      4,
      2,
    ],
  ])("%s", async (_, output, file, line, column) => {
    expect(await firstPlace("node", output, "/r")).toEqual({ file, line, column });
  });

  test("is none where it names none", async () => {
    expect(await firstPlace("node", "npm error Missing script: at 12:30:00\n", "/r")).toBeUndefined();
  });
});
