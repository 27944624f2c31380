import { expect, test } from "vitest";
import { Unbuilt } from "../../../src/flow/unbuilt.ts";
import type { Clock } from "../../../src/host/clock.ts";

/** Saves of one file at these moments (milliseconds) while a build runs that never comes to its end; `due` or `held`. */
function paced(...moments: readonly number[]): string[] {
  let now = 0;
  const clock = { monotonic: () => now } as unknown as Clock;
  const unbuilt = new Unbuilt({ quietMs: 25, maxWaitMs: 1000, pauseAt: 1000 }, clock);
  return moments.map((moment, at) => {
    now = 10_000 + moment;
    return unbuilt.isDue(["/a.go"], at > 0) ? "due" : "held";
  });
}

test("a newer save cuts the running build short, however long that has run", () => {
  expect(paced(0, 200)).toEqual(["due", "due"]);
  expect(paced(0, 30_000, 60_000)).toEqual(["due", "due", "due"]);
});

test("a burst within the maximum wait cuts short as often as it comes: half of it is not swapped in", () => {
  expect(new Set(paced(...Array.from({ length: 50 }, (_, at) => at * 20)))).toEqual(new Set(["due"]));
});

test("a writer that never stops cuts builds short for the maximum wait, and then waits for one", () => {
  expect(paced(0, 300, 600, 900, 1200, 1500)).toEqual(["due", "due", "due", "due", "held", "held"]);
});

test("a writer that is slower than the maximum wait, and faster than the build, waits for one, too", () => {
  expect(paced(0, 1500, 3000, 4500, 6000, 7500, 9000)).toEqual([...Array(6).fill("due"), "held"]);
});

test("what was held is given back once, when the build has ended, and cuts short again", () => {
  let now = 10_000;
  const unbuilt = new Unbuilt({ quietMs: 25, maxWaitMs: 1000, pauseAt: 1000 }, {
    monotonic: () => now,
  } as unknown as Clock);
  for (const at of [0, 500, 1100]) {
    now = 10_000 + at;
    unbuilt.isDue([`/${at}.go`], at > 0);
  }
  expect(unbuilt.paths()).toEqual(["/0.go", "/500.go"]);
  expect(unbuilt.ended()).toEqual(["/1100.go"]);
  expect(unbuilt.ended()).toEqual([]);
  expect([unbuilt.isDue(["/a.go"], false), unbuilt.isDue(["/b.go"], true)]).toEqual([true, true]);
});
