import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { atRest, isUnderWay, next } from "../../../src/swap/next.ts";
import { finish, games, play } from "./games.ts";
import { books, event, good, inWords, releaseOf, stateOf } from "./saves.ts";

// On a laden machine a thousand runs take longer than a test is given by default.
vi.setConfig({ testTimeout: 60_000 });

test("whatever is saved and answered, in whatever order, when all is answered nothing is under way", () => {
  fc.assert(
    fc.property(games, (game) => {
      const flow = play(game);
      finish(flow, game);
      expect(isUnderWay(flow.swap), stateOf(flow.swap)).toBe(false);
      expect(flow.wrongs).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test("what is good changes only at a settling, nothing is committed that was not checked, and each save ends once", () => {
  fc.assert(
    fc.property(games, (game) => {
      const flow = play(game);
      finish(flow, game);
      expect(flow.wrongs).toEqual([]);
      for (let n = 1; n <= flow.newest; n++) expect(flow.ends.get(n), `#${n}`).toHaveLength(1);
    }),
    { numRuns: 1000 },
  );
});

test("a last save that works settles, and runs", () => {
  fc.assert(
    fc.property(games, (game) => {
      const flow = play(game);
      flow.save("works", "last");
      finish(flow, game);
      expect(flow.running).toEqual(releaseOf("last"));
      expect(flow.swap.good).toEqual(releaseOf("last"));
      expect(flow.journal).toEqual({ good: releaseOf("last"), trial: undefined });
    }),
    { numRuns: 500 },
  );
});

test("a last save that breaks ends with the last good release running, and nothing on trial", () => {
  fc.assert(
    fc.property(games, (game) => {
      const flow = play(game);
      flow.save("breaks", "last");
      finish(flow, game);
      expect(flow.swap.phase.is).toBe("rolledBack");
      expect(flow.running).toEqual(flow.swap.good);
      expect(flow.pointer).toEqual(flow.swap.good);
      expect(flow.journal).toEqual({ good: flow.swap.good, trial: undefined });
    }),
    { numRuns: 500 },
  );
});

test("unless a roll-back failed, what runs in the end is what the journal calls good", () => {
  fc.assert(
    fc.property(games, (game) => {
      const flow = play(game);
      finish(flow, game);
      if (flow.swap.phase.is === "failed") return;
      expect(flow.running).toEqual(flow.swap.good);
      expect(flow.journal).toEqual({ good: flow.swap.good, trial: undefined });
    }),
    { numRuns: 500 },
  );
});

test("fifty saves in a row, each built before the next, end with the newest", () => {
  let swap = atRest(books, good);
  for (let n = 1; n <= 50; n++) {
    ({ swap } = next(swap, event.saved(n)));
    ({ swap } = next(swap, event.built(n)));
  }
  expect(stateOf(swap)).toBe("waiting 50, delivering 1");
  for (const each of [
    event.delivered(1),
    event.delivered(50),
    event.restarted(50),
    event.ready(50),
    event.committed(50),
  ])
    ({ swap } = next(swap, each));
  expect(stateOf(swap)).toBe("none, settling 50");
});

test("fifty saves faster than any build end with the newest, and each older build is cancelled once", () => {
  const cancelled: string[] = [];
  let swap = atRest(books, good);
  for (let n = 1; n <= 50; n++) {
    const step = next(swap, event.saved(n));
    swap = step.swap;
    cancelled.push(...step.commands.map(inWords).filter((words) => words.startsWith("cancel")));
  }
  expect(cancelled).toEqual(Array.from({ length: 49 }, (_, n) => `cancelBuild ${n + 1}`));
  for (const each of [
    event.built(50),
    event.delivered(50),
    event.restarted(50),
    event.ready(50),
    event.committed(50),
    event.settled(50),
  ])
    ({ swap } = next(swap, each));
  expect(swap.good).toEqual(releaseOf("build 50"));
});
