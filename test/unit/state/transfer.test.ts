import { expect, test } from "vitest";
import { transferText } from "../../../src/state/transfer.ts";

test("says the amount alone while a rate would be a guess", () => {
  expect(transferText({ done: 1_000_000, total: 20_000_000, ms: 100 })).toBe("1 MB of 20 MB");
  expect(transferText({ done: 0, total: 20_000_000, ms: 9000 })).toBe("0 bytes of 20 MB");
});

test("says rate and time left", () => {
  expect(transferText({ done: 30_000_000, total: 120_000_000, ms: 2000 })).toBe("30 MB of 120 MB, 15 MB/s, 6.0 s left");
});

test("says no time left where there is no end, or it is reached", () => {
  expect(transferText({ done: 30_000_000, total: undefined, ms: 2000 })).toBe("30 MB, 15 MB/s");
  expect(transferText({ done: 30_000_000, total: 30_000_000, ms: 2000 })).toBe("30 MB of 30 MB, 15 MB/s");
});
