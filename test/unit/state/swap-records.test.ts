import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { DeliveryRecord } from "../../../src/model/delivery.ts";
import type { Event, SwapEvent } from "../../../src/model/event.ts";
import { isOver, type SwapRecord } from "../../../src/model/swap-record.ts";
import {
  interruptedRecords,
  laterRecord,
  leftOpen,
  nextRecords,
  type OpenRecords,
} from "../../../src/state/swap-records.ts";
import { finish, games, play } from "../swap/games.ts";
import { books, event, failure, good, releaseOf } from "../swap/saves.ts";

// On a laden machine hundreds of runs take longer than a test is given by default.
vi.setConfig({ testTimeout: 60_000 });

/** Every line that is written of these events, one after the other, each a second after the one before it. */
function linesOf(events: readonly SwapEvent[], begin: OpenRecords = new Map()): SwapRecord[] {
  let open = begin;
  const lines: SwapRecord[] = [];
  for (const [index, each] of events.entries()) {
    const next = nextRecords(open, { ...each, at: (index + 1) * 1000 } as Event);
    open = next.open;
    lines.push(...next.written);
  }
  return [...lines, ...interruptedRecords(open)];
}

/** What is read of such lines. */
function readOf(lines: readonly SwapRecord[]): SwapRecord[] {
  const records = new Map<string, SwapRecord>();
  for (const line of lines) {
    const known = records.get(line.id);
    records.set(line.id, known === undefined ? line : laterRecord(known, line));
  }
  return [...records.values()];
}

const recordsOf = (...events: SwapEvent[]): SwapRecord[] => readOf(linesOf(events));

const goingBack = (one: SwapEvent): SwapEvent => ({ ...one, goesBack: true }) as SwapEvent;

const toReady = (n: number): SwapEvent[] => [
  event.saved(n),
  event.built(n),
  event.delivered(n),
  event.restarted(n),
  event.ready(n),
];

describe("the record of a swap", () => {
  test.each<[string, readonly SwapEvent[], Partial<SwapRecord>]>([
    ["settles", [...toReady(1), event.committed(1), event.settled(1)], { outcome: "settled" }],
    ["was committed when devenv ended", [...toReady(1), event.committed(1)], { outcome: "committed" }],
    ["was building when devenv ended", [event.saved(1)], { outcome: "interrupted" }],
    [
      "does not build",
      [event.saved(1), event.buildFailed(1)],
      { outcome: "buildFailed", times: times({ build: 1, total: 1000 }) },
    ],
    [
      "is overtaken while it is built",
      [event.saved(1), event.superseded(1)],
      { outcome: "superseded", times: times({ build: 999, total: 1000 }) },
    ],
    [
      "is overtaken before it is ready",
      [...toReady(1).slice(0, 4), event.superseded(1)],
      { outcome: "superseded", times: times({ build: 1, deliver: 1, restart: 1, ready: 3996, total: 4000 }) },
    ],
    [
      "changes nothing",
      [event.saved(1), event.built(1), event.unchanged(1)],
      { outcome: "unchanged", to: releaseOf("build 1").artifact.build },
    ],
    [
      "is rolled back",
      [...toReady(1).slice(0, 4), goingBack(event.notReady(1)), event.rolledBack(1)],
      { outcome: "rolledBack" },
    ],
    ["has nothing to go back to", [...toReady(1).slice(0, 4), event.notReady(1)], { outcome: "notReady" }],
    [
      "dies",
      [...toReady(1), event.committed(1), goingBack(event.died(1)), event.rolledBack(1)],
      { outcome: "rolledBack" },
    ],
    [
      "cannot be rolled back",
      [...toReady(1), goingBack(event.notReady(1)), event.rollbackFailed(1)],
      { outcome: "rollbackFailed" },
    ],
  ])("that %s", (_, events, expected) => {
    expect(recordsOf(...events)).toMatchObject([{ id: "books-rs-1", service: "books", generation: 1, ...expected }]);
  });

  test("has what was saved, built and replaced, and why it failed", () => {
    const delivered = { ...event.delivered(1), from: good.artifact.build } as SwapEvent;
    const paths = ["a", "b", "c", "d", "e", "f"].map((name) => `/team/${name}.go`);
    const events = [{ ...event.saved(1), paths } as SwapEvent, event.built(1), delivered, goingBack(event.notReady(1))];
    const { artifact } = releaseOf("build 1");
    expect(recordsOf(...events, event.rolledBack(1))).toEqual([
      {
        id: "books-rs-1",
        at: "1970-01-01T00:00:01.000Z",
        service: books,
        generation: 1,
        paths: paths.slice(0, 5),
        pathCount: 6,
        outcome: "rolledBack",
        from: good.artifact.build,
        to: artifact.build,
        digest: artifact.digest,
        times: times({ build: 1, deliver: 1, total: 4000 }),
        failure: { stage: "ready", message: failure.message },
      },
    ]);
  });

  test("of a generation that is counted anew is another one, and the first was interrupted", () => {
    const outcomes = recordsOf(event.saved(1), event.saved(1), event.buildFailed(1)).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(["interrupted", "buildFailed"]);
  });

  test("is written at its beginning, when it is delivered and committed, and at its end", () => {
    const lines = linesOf([...toReady(1), event.committed(1), event.settled(1)]);
    expect(lines.map(({ outcome }) => outcome)).toEqual(["underWay", "underWay", "committed", "settled"]);
  });
});

describe("what an earlier devenv left", () => {
  const [building] = linesOf([event.saved(1)]);
  const [, delivered] = linesOf(toReady(2).slice(0, 3));
  const { digest } = releaseOf("build 3").artifact;
  const [, , committed] = linesOf([...toReady(3), { ...event.committed(3), digest } as SwapEvent]);
  const left = (records: readonly (SwapRecord | undefined)[], journal?: Partial<DeliveryRecord>) =>
    leftOpen(
      records.filter((record) => record !== undefined),
      () => (journal === undefined ? undefined : { service: books, good, ...journal }),
    );
  const onTrial = (n: number) => ({ trial: { release: releaseOf(`build ${n}`), since: "" } });

  test("in a build was interrupted", () => {
    expect(left([building])).toMatchObject({ open: new Map(), written: [{ outcome: "interrupted" }] });
  });

  test("on trial is the one that is rolled back now", () => {
    const { open, written } = left([building, delivered], onTrial(2));
    expect(written).toMatchObject([{ id: building?.id, outcome: "interrupted" }]);
    expect(readOf(linesOf([event.rolledBack(0)], open))).toMatchObject([{ id: delivered?.id, outcome: "rolledBack" }]);
  });

  test("settling goes on, and settles or dies now", () => {
    const { open, written } = left([committed], onTrial(3));
    expect(written).toEqual([]);
    expect(readOf(linesOf([event.settled(0)], open))).toMatchObject([{ id: committed?.id, outcome: "settled" }]);
    const dies = linesOf([goingBack(event.died(0)), event.rolledBack(0)], open);
    expect(readOf(dies)).toMatchObject([{ id: committed?.id, outcome: "rolledBack", failure: { stage: "settle" } }]);
  });

  test("settling, of which the journal knows more, ended as it says", () => {
    expect(left([committed], { good: releaseOf("build 3") }).written).toMatchObject([{ outcome: "settled" }]);
    expect(left([committed], {}).written).toMatchObject([{ outcome: "replaced" }]);
  });

  test("and wrote nothing of has a record of its roll-back all the same", () => {
    expect(recordsOf(event.rolledBack(0))).toMatchObject([{ generation: 0, paths: [], outcome: "rolledBack" }]);
    expect(recordsOf(event.delivered(0), event.settled(0))).toEqual([]);
  });
});

test("whatever is saved and answered, in whatever order, every save has one record, of how it ended", () => {
  fc.assert(
    fc.property(games, (game) => {
      const flow = play(game);
      finish(flow, game);
      const events = flow.told.map(({ event: told, swap }) =>
        swap.phase.is === "rollingBack" && (told.type === "notReady" || told.type === "died") ? goingBack(told) : told,
      );
      const records = recordsOf(...events);
      expect(records.map((record) => record.generation)).toEqual(Array.from(records, (_, at) => at + 1));
      expect(records.length).toBe(flow.newest);
      const ends = records.map(({ generation }) => flow.ends.get(generation)?.[0]);
      expect(records.map(({ outcome }) => outcome)).toEqual(ends.map((end) => (end === "died" ? "notReady" : end)));
    }),
    { numRuns: 500 },
  );
});

const anyEvent = fc
  .tuple(fc.constantFrom(...Object.values(event)), fc.integer({ min: 0, max: 3 }))
  .map(([make, n]) => make(n));

test("whatever events come, in whatever order, a record that is over stays as it is, and none is lost", () => {
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 40 }), fc.nat(), (events, seed) => {
      const lines = linesOf(events);
      const ends = lines.filter(isOver).map(({ id }) => id);
      expect(ends).toEqual([...new Set(ends)]);
      const begun = events.filter(({ type }) => type === "saved").length;
      expect(new Set(lines.filter(({ generation }) => generation > 0).map(({ id }) => id)).size).toBeGreaterThanOrEqual(
        begun - events.filter(({ type, generation }) => type === "saved" && generation === 0).length,
      );
      // Two writers, or a file that is made shorter meanwhile, may mix the lines up.
      const mixed = lines.map((line, at) => ({ line, key: (at * 7919 + seed) % 101 })).sort((a, b) => a.key - b.key);
      const outcomes = (read: readonly SwapRecord[]) =>
        new Map(read.filter(isOver).map(({ id, outcome }) => [id, outcome]));
      expect(outcomes(readOf(mixed.map(({ line }) => line)))).toEqual(outcomes(readOf(lines)));
    }),
    { numRuns: 500 },
  );
});

function times(some: Partial<SwapRecord["times"]>): SwapRecord["times"] {
  return { detect: 1, wait: 0, build: 0, deliver: 0, restart: 0, ready: 0, check: 0, total: 0, ...some };
}
