import { describe, expect, test } from "vitest";
import { type Batch, collect } from "../../../src/watch/quiet.ts";
import { manualClock } from "./manual-clock.ts";

function collecting(timing = { quietMs: 100, maxWaitMs: 1000 }) {
  const clock = manualClock();
  const said: string[] = [];
  const batches: Batch[] = [];
  const say = (moment: string) => (batch: Batch) => {
    said.push(`${clock.now()} ${moment} ${batch.paths.join(",")}`);
    batches.push(batch);
  };
  const collector = collect(() => timing, clock, { open: say("open"), more: say("more"), quiet: say("quiet") });
  const changed = (path: string) => collector.changed(path, clock.now());
  return { clock, said, batches, changed, collector };
}

describe("changes in batches", () => {
  test("the first change opens at once, and the quiet window after it ends the batch", async () => {
    const { clock, said, changed } = collecting();
    await clock.pass(7);
    changed("a");
    expect(said).toEqual(["7 open a"]);
    await clock.pass(99);
    expect(said).toHaveLength(1);
    await clock.pass(1);
    expect(said).toEqual(["7 open a", "107 quiet a"]);
  });

  test("each further change is said and extends the window; a path is in the batch once", async () => {
    const { clock, said, changed } = collecting();
    changed("a");
    await clock.pass(60);
    changed("b");
    await clock.pass(60);
    changed("a");
    await clock.pass(200);
    expect(said).toEqual(["0 open a", "60 more a,b", "120 more a,b", "220 quiet a,b"]);
  });

  test("a writer that never stops is cut off at the maximum wait, and opens the next batch", async () => {
    const { clock, said, changed } = collecting({ quietMs: 100, maxWaitMs: 250 });
    for (let step = 0; step < 6; step++) {
      changed("a");
      await clock.pass(50);
    }
    expect(said.filter((line) => !line.includes("more"))).toEqual(["0 open a", "250 quiet a", "250 open a"]);
  });

  test("the change after the quiet opens a batch of its own", async () => {
    const { clock, said, changed } = collecting();
    changed("a");
    await clock.pass(100);
    changed("b");
    await clock.pass(100);
    expect(said).toEqual(["0 open a", "100 quiet a", "100 open b", "200 quiet b"]);
  });

  test("a batch knows when its first and its last change were", async () => {
    const { clock, batches, changed } = collecting();
    changed("a");
    await clock.pass(30);
    changed("b");
    await clock.pass(100);
    expect(batches.at(-1)).toEqual({ paths: ["a", "b"], firstMs: 0, lastMs: 30 });
  });

  test("after close nothing is said, not even the quiet of an open batch", async () => {
    const { clock, said, changed, collector } = collecting();
    changed("a");
    collector.close();
    changed("b");
    await clock.pass(500);
    expect(said).toEqual(["0 open a"]);
  });
});
