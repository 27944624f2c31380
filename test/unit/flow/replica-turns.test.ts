import { expect, test } from "vitest";
import type { Moved } from "../../../src/flow/pointers.ts";
import { ReplicaTurns } from "../../../src/flow/replica-turns.ts";

const to = (content: string, before: string): Partial<Moved> => ({ content, before });
const back = (content: string): Partial<Moved> => ({ content, isBack: true });

/** Goes through a swap up to the container that fails, which none does without. */
function swap(turns: ReplicaTurns, moved: Partial<Moved>, failing = -1): number[] {
  const order = turns.begin(moved);
  for (const index of order) {
    turns.take(index, moved);
    if (index === failing) return order;
  }
  turns.end();
  return order;
}

test("a swap goes to one after the other, and when one fails those before it go back, it first", () => {
  const turns = new ReplicaTurns(4);
  expect(swap(turns, to("b", "a"), 2)).toEqual([0, 1, 2, 3]);
  expect(swap(turns, back("a"))).toEqual([2, 1, 0]);
  swap(turns, to("c", "a"));
  expect(swap(turns, to("d", "c"), 0)).toEqual([0, 1, 2, 3]);
  expect(swap(turns, back("c"))).toEqual([0]);
});

test("what settles is gone back from in all of them, whoever took up what came over it", () => {
  const turns = new ReplicaTurns(3);
  swap(turns, to("settling", "good"));
  swap(turns, to("bad", "settling"), 0);
  expect(swap(turns, back("good"))).toEqual([2, 1, 0]);
});

test("a newer save that takes the place of one that failed halfway is gone back from where either was", () => {
  const turns = new ReplicaTurns(4);
  swap(turns, to("first", "good"), 1);
  swap(turns, to("second", "first"), 0);
  expect(swap(turns, back("good"))).toEqual([1, 0]);
});

test("nothing that is known of them brings back all: an earlier devenv was ended in the middle", () => {
  expect(swap(new ReplicaTurns(3), back("good"))).toEqual([2, 1, 0]);
  expect(new ReplicaTurns(1).begin()).toEqual([0]);
});

test("one that ended by itself is brought back though it ran what is put back", () => {
  const turns = new ReplicaTurns(2);
  swap(turns, to("first", "first"));
  expect(swap(turns, back("first"))).toEqual([0, 1]);
});
