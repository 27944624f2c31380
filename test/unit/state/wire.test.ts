import { expect, test } from "vitest";
import type { Event } from "../../../src/model/event.ts";
import { generation, serviceName } from "../../../src/model/names.ts";
import { emptyView, nextView } from "../../../src/state/view.ts";
import { isToldOn, packed, plain, type Said, unpacked } from "../../../src/state/wire.ts";

const books = serviceName("books");
const saved: Event = {
  type: "saved",
  at: 1,
  service: books,
  generation: generation(3),
  paths: ["/a\u2028b"],
  detectMs: 2,
};

test("a view that was told over the wire leads on to the same views as the original", () => {
  const view = nextView(emptyView, saved);
  const line = JSON.stringify(packed({ is: "snapshot", version: 1, view }));
  const said = unpacked<Said>(line);
  if (said?.is !== "snapshot") return expect.unreachable(line);
  expect(said.view).toEqual(view);
  const failure = { class: "user", message: "no" } as const;
  const next: Event = { type: "buildFailed", at: 2, service: books, generation: generation(3), failure, ms: 1 };
  expect(nextView(said.view, next)).toEqual(nextView(view, next));
});

test.each(["", "null", "7", '"is"', "{}", '{"is"', "[1]"])("%s is no line", (text) => {
  expect(unpacked(text)).toBeUndefined();
});

test("for programs of others a map is an object", () => {
  expect(plain({ services: new Map([[books, { last: undefined, paths: [1, new Map()] }]]) })).toEqual({
    services: { books: { last: undefined, paths: [1, {}] } },
  });
});

test("steps and pulls of other processes are told on; the story of a swap is the save loop's alone", () => {
  expect(isToldOn({ type: "stepDone", at: 1, step: "x" as never, ms: 2 })).toBe(true);
  expect(isToldOn(saved)).toBe(false);
  expect(isToldOn({ type: "stepDone" } as never)).toBe(false);
});
