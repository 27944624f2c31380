import { expect, test } from "vitest";
import type { Event } from "../../../src/model/event.ts";
import { serviceName } from "../../../src/model/names.ts";
import type { SurroundingsEvent } from "../../../src/model/surroundings.ts";
import { touchInWords } from "../../../src/state/touch-words.ts";
import { emptyView, nextView } from "../../../src/state/view.ts";

const books = serviceName("books");
const after = (...events: readonly (SurroundingsEvent | Omit<Extract<Event, { type: "rolledBack" }>, "at">)[]) =>
  events.reduce((view, event, at) => nextView(view, { ...event, at } as Event), emptyView).surroundings;

const lost = { type: "daemonLost", address: "unix:///run/docker.sock" } as const;
const paused = {
  type: "containerTouched",
  service: books,
  container: "t-books-1",
  touch: { is: "paused" },
} as const;
const wrong = { type: "replanFailed", failure: { class: "user", message: "1 problem" } } as const;
const replanned = { type: "replanned", changed: [books], gone: [], steps: 2, folders: 3, ms: 10 } as const;

test("a daemon that was lost is shown until it is back", () => {
  expect(after(lost).lost).toEqual({ address: "unix:///run/docker.sock", since: 0 });
  expect(after(lost, { type: "daemonBack", ms: 5, started: [] }).lost).toBeUndefined();
});

test("what others did to a container is shown until it goes on, runs other code, or is another container", () => {
  expect(after(paused).touched.get(books)).toEqual({ container: "t-books-1", touch: { is: "paused" } });
  expect(after(paused, { ...paused, touch: { is: "unpaused" } }).touched.size).toBe(0);
  const back = { type: "rolledBack", service: books, generation: 1 as never, to: "ci:1", ms: 1 } as const;
  expect(after(paused, back).touched.size).toBe(0);
  expect(after(paused, replanned).touched.size).toBe(0);
});

test("a container that has its own name again is as it was", () => {
  const away = { ...paused, touch: { is: "renamed", to: "other" } } as const;
  expect(after(away).touched.size).toBe(1);
  expect(after(away, { ...away, container: "other", touch: { is: "renamed", to: "t-books-1" } }).touched.size).toBe(0);
});

test("an edited profile that is not in place is told until one is", () => {
  expect(after(wrong).unplanned).toEqual({ class: "user", message: "1 problem" });
  expect(after(wrong, replanned).unplanned).toBeUndefined();
});

test("what was done to a container is told with what to do about it", () => {
  expect(touchInWords({ is: "paused" }, "t-books-1").hint).toBe("`docker unpause t-books-1`");
  expect(touchInWords({ is: "renamed", to: "other" }, "t-books-1").hint).toContain("docker rename other t-books-1");
});
