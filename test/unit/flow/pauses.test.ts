import { expect, it } from "vitest";
import { Pauses } from "../../../src/flow/pauses.ts";
import { systemClock } from "../../../src/host/clock.ts";
import type { Event } from "../../../src/model/event.ts";
import { serviceName } from "../../../src/model/names.ts";
import { createBus } from "../../../src/state/bus.ts";

const [books, web] = [serviceName("books"), serviceName("web")];

/** Pauses, what they tell, and which services wait. */
function observed() {
  const [told, waiting] = [[] as Event[], new Set<string>()];
  const bus = createBus();
  bus.subscribe((event) => told.push(event));
  const swaps = {
    pause: (name: string) => void waiting.add(name),
    unpause: (name: string) => void waiting.delete(name),
    isDue: () => true,
  };
  return { pauses: new Pauses(swaps, { bus, clock: systemClock }), told, waiting };
}

it("pauses that share services are told once, and summed up once when the last of them is over", () => {
  const { pauses, told, waiting } = observed();
  const git = pauses.begin("git checks out", [books]);
  const overflow = pauses.begin("too many at once", [books, web]);
  git.end(5001);
  expect([...waiting]).toEqual([books, web]);
  overflow.end(12);
  expect(told).toMatchObject([
    { type: "paused", reason: "git checks out" },
    { type: "resumed", changed: 5001, services: [books, web] },
  ]);
  expect(waiting.size).toBe(0);
});

it("a service goes on as soon as nothing holds it, though others of the round still wait", () => {
  const { pauses, told, waiting } = observed();
  const overflow = pauses.begin("too many at once", [books, web]);
  const git = pauses.begin("git checks out", [books]);
  overflow.end(3);
  expect([...waiting]).toEqual([books]);
  git.end(2);
  git.end(2);
  expect(told.map(({ type }) => type)).toEqual(["paused", "resumed"]);
});

it("pauses of other services are told each for itself", () => {
  const { pauses, told } = observed();
  const one = pauses.begin("git in one", [books]);
  const other = pauses.begin("git in another", [web]);
  one.end(1);
  other.end(2);
  expect(told).toMatchObject([
    { type: "paused" },
    { type: "paused" },
    { type: "resumed", services: [books] },
    { type: "resumed", services: [web] },
  ]);
});
