import { expect, test } from "vitest";
import { remembered } from "../../../src/tui/remembered.ts";

test("what was made of the very same things is not made again; of others, also of equal ones, it is", () => {
  let made = 0;
  const pair = remembered((one: object, two: number) => ({ one, two, nth: ++made }));
  const thing = {};
  expect(pair(thing, 1)).toBe(pair(thing, 1));
  expect(pair(thing, 2)).toMatchObject({ two: 2, nth: 2 });
  expect(pair({}, 2)).toMatchObject({ nth: 3 });
  expect(pair(thing, 2)).toMatchObject({ nth: 4 });
});
