import { beforeEach, describe, expect, it } from "vitest";
import { Need } from "../../../../src/provider/ssh/need.ts";

const MINUTE = 60_000;

let now: number;
let need: Need;
beforeEach(() => {
  now = 0;
  need = new Need({ now: () => now, monotonic: () => now, sleep: async () => {} });
});

const overAfter = (ms: number, isBusy = false): boolean => {
  now += ms;
  return need.isOver(isBusy);
};

describe("a link", () => {
  it("is over a minute after its last use", () => {
    const leave = need.use();
    expect(overAfter(10 * MINUTE)).toBe(false);
    leave();
    expect(overAfter(MINUTE)).toBe(false);
    expect(overAfter(1)).toBe(true);
  });

  it("is needed for as long as something of ours is at its other end, and a minute longer", () => {
    expect(overAfter(10 * MINUTE, true)).toBe(false);
    expect(overAfter(MINUTE)).toBe(false);
    expect(overAfter(1)).toBe(true);
  });

  it("is over as soon as it is released and nobody uses it", () => {
    const leave = need.use();
    need.release();
    expect(overAfter(1)).toBe(false);
    leave();
    expect(overAfter(1)).toBe(true);
  });

  it("has its minute again for who comes after it was released", () => {
    need.release();
    need.use()();
    expect(overAfter(MINUTE)).toBe(false);
  });

  it("whose address was given to a shell stays for half an hour, unless it is released", () => {
    need.lend();
    expect(overAfter(29 * MINUTE)).toBe(false);
    expect(overAfter(2 * MINUTE)).toBe(true);
    need.lend();
    need.release();
    expect(overAfter(1)).toBe(true);
  });
});
