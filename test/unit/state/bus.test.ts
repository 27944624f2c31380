import { expect, test } from "vitest";
import type { Event } from "../../../src/model/event.ts";
import { createBus } from "../../../src/state/bus.ts";

const news = (reason: string): Event => ({ type: "paused", reason, at: 0 });
const reasonOf = (event: Event): string => (event.type === "paused" ? event.reason : event.type);

test("every subscriber gets every event in the order of dispatch", () => {
  const bus = createBus();
  const [first, second]: [string[], string[]] = [[], []];
  bus.subscribe((event) => first.push(reasonOf(event)));
  bus.subscribe((event) => second.push(reasonOf(event)));
  for (const reason of ["a", "b", "c"]) bus.dispatch(news(reason));
  expect(first).toEqual(["a", "b", "c"]);
  expect(second).toEqual(["a", "b", "c"]);
});

test("an event dispatched by a listener comes after the one it listens to, for all", () => {
  const bus = createBus();
  const heard: string[] = [];
  bus.subscribe((event) => {
    if (reasonOf(event) === "a") bus.dispatch(news("b"));
  });
  bus.subscribe((event) => heard.push(reasonOf(event)));
  bus.dispatch(news("a"));
  expect(heard).toEqual(["a", "b"]);
});

test("a subscription that was ended hears nothing more, not even of the event under way", () => {
  const bus = createBus();
  const heard: string[] = [];
  bus.subscribe(() => end());
  const end = bus.subscribe((event) => heard.push(reasonOf(event)));
  bus.dispatch(news("a"));
  bus.dispatch(news("b"));
  expect(heard).toEqual([]);
});

test("the same listener subscribed twice has two subscriptions", () => {
  const bus = createBus();
  const heard: string[] = [];
  const listener = (event: Event) => heard.push(reasonOf(event));
  const end = bus.subscribe(listener);
  bus.subscribe(listener);
  end();
  bus.dispatch(news("a"));
  expect(heard).toEqual(["a"]);
});

test("a listener that throws keeps neither the others nor the dispatcher from going on", () => {
  const errors: unknown[] = [];
  const bus = createBus((error) => errors.push(error));
  const heard: string[] = [];
  const broken = new Error("cannot draw");
  bus.subscribe(() => {
    throw broken;
  });
  bus.subscribe((event) => heard.push(reasonOf(event)));
  bus.dispatch(news("a"));
  bus.dispatch(news("b"));
  expect(heard).toEqual(["a", "b"]);
  expect(errors).toEqual([broken, broken]);
});
