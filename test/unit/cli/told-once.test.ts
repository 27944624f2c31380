import { expect, test } from "vitest";
import { toldOnce } from "../../../src/cli/told-once.ts";
import type { Event } from "../../../src/model/event.ts";
import { generation, serviceName } from "../../../src/model/names.ts";

const of = { service: serviceName("books"), generation: generation(1), at: 0 };
const failure = { class: "user", message: "it failed", output: "its words" } as const;
const notReady: Event = { ...of, type: "notReady", stage: "check", failure };
const ended = (code: number, isRequired: boolean): Event => ({
  ...of,
  ...{ type: "hookEnded", hook: "after_swap", command: "make", code, ms: 1, isRequired },
});

/** The output of the failure that comes after these events. */
const outputAfter = (...events: Event[]) => {
  const once = toldOnce();
  for (const event of events) once(event);
  const told = once(notReady);
  return "failure" in told ? told.failure?.output : "nothing";
};

test("the words of a hook that stopped the swap were shown as they came, and are not shown again", () => {
  expect(outputAfter(ended(1, true))).toBeUndefined();
});

test.each<[string, Event[]]>([
  ["no hook", []],
  ["a hook that ended well", [ended(0, true)]],
  ["a hook that is not required", [ended(1, false)]],
  ["a hook of another service", [{ ...ended(1, true), service: serviceName("web") } as Event]],
  ["a hook of an earlier save", [ended(1, true), { ...of, type: "saved", paths: [], detectMs: 0 }]],
])("the words of a failure after %s are shown", (_, events) => {
  expect(outputAfter(...events)).toBe("its words");
});
