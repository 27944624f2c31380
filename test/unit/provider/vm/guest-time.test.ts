import { expect, it } from "vitest";
import { GuestTime } from "../../../../src/provider/vm/guest-time.ts";

/** A machine whose clocks a test moves, and how often the guest's clock was looked at. */
function machine(look: () => Promise<void> = async () => {}) {
  let [wall, steady, looks] = [1_000_000, 0, 0];
  const clock = { now: () => wall, monotonic: () => steady, sleep: async () => {} };
  const time = new GuestTime(clock, () => {
    looks++;
    return look();
  });
  return {
    async pass(ms: number, asleepMs = 0) {
      steady += ms;
      wall += ms + asleepMs;
      time.pass();
      await Promise.resolve();
    },
    get looks() {
      return looks;
    },
  };
}

it("is looked at every ten seconds, however often this is called", async () => {
  const here = machine();
  for (let look = 0; look < 60; look++) await here.pass(500);
  expect(here.looks).toBe(3);
});

it("is looked at as soon as this machine has slept, or its own clock was set", async () => {
  const here = machine();
  await here.pass(500, 3_600_000);
  expect(here.looks).toBe(1);
  await here.pass(500);
  expect(here.looks).toBe(1);
  await here.pass(500, -5000);
  expect(here.looks).toBe(2);
});

it("is not looked at twice at once, and again after a look that failed", async () => {
  let fail = () => {};
  const here = machine(
    () =>
      new Promise((_, reject) => {
        fail = () => reject(new Error("the guest hangs"));
      }),
  );
  await here.pass(10_000);
  await here.pass(10_000);
  expect(here.looks).toBe(1);
  fail();
  await new Promise(setImmediate);
  await here.pass(10_000);
  expect(here.looks).toBe(2);
});
