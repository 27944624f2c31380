import { expect, test } from "vitest";
import { CatchUp } from "../../../src/watch/catch-up.ts";
import { queueLimit } from "../../../src/watch/event-queue.ts";
import { manualClock } from "./manual-clock.ts";

const LIMIT = queueLimit();

/** A writer that fills the system's queue anew at each look, as long as it goes on. */
function scene() {
  const clock = manualClock();
  const writer = { goesOn: true };
  const said: string[] = [];
  const steps = {
    begin: () => void said.push("begin"),
    lookAgain: async () => {
      if (writer.goesOn) await overflow();
    },
    end: () => void said.push("end"),
  };
  const catchUp = new CatchUp(steps, clock, new AbortController().signal);
  const overflow = async () => {
    for (let n = 0; n < LIMIT; n++) catchUp.queue.took();
    await new Promise((resolve) => setImmediate(resolve));
  };
  const pass = async (seconds: number) => {
    for (let n = 0; n < seconds * 2; n++) await clock.pass(500);
  };
  return { writer, said, overflow, pass };
}

test("a storm that ends is looked into until nothing is missed, and ended once", async () => {
  const { writer, said, overflow, pass } = scene();
  await overflow();
  await pass(20);
  expect(said).toEqual(["begin"]);
  writer.goesOn = false;
  await pass(2);
  expect(said).toEqual(["begin", "end"]);
});

test("a writer that never stops keeps nobody waiting for longer than half a minute, and is not waited for again", async () => {
  const { writer, said, overflow, pass } = scene();
  await overflow();
  await pass(25);
  expect(said).toEqual(["begin"]);
  await pass(10);
  expect(said).toEqual(["begin", "end"]);
  await pass(30);
  expect(said).toEqual(["begin", "end", "end"]);
  writer.goesOn = false;
  await pass(2);
  await overflow();
  expect(said).toEqual(["begin", "end", "end", "end", "begin"]);
});
