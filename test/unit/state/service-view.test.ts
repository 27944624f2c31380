import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { SwapEvent } from "../../../src/model/event.ts";
import { nextServiceView, type ServiceView, untouched } from "../../../src/state/service-view.ts";
import { holdReason, phaseInWords } from "../../../src/state/service-words.ts";
import { isUnderWay } from "../../../src/swap/next.ts";
import { isAnnouncement } from "../swap/flow.ts";
import { finish, games, play } from "../swap/games.ts";
import { books, event, failure, stateOf } from "../swap/saves.ts";

const {
  saved,
  built,
  buildFailed,
  unchanged,
  delivered,
  restarted,
  ready,
  committed,
  notReady,
  rolledBack,
  rollbackFailed,
  settled,
  replaced,
} = event;

// On a laden machine hundreds of runs take longer than a test is given by default.
vi.setConfig({ testTimeout: 60_000 });

const NOW = 1_000;
const upon = (...events: readonly SwapEvent[]): ServiceView =>
  events.reduce<ServiceView>((view, each) => nextServiceView(view, { ...each, at: NOW }), untouched(books));

const toProbing = [saved(1), built(1), delivered(1), restarted(1)];
const toEnd = [...toProbing, ready(1), committed(1)];

test.each<[string, SwapEvent[], string]>([
  ["before the first save", [], "no save since it is watched"],
  ["after a save", [saved(1)], "building"],
  ["once built", [saved(1), built(1)], "delivering"],
  ["once delivered", [saved(1), built(1), delivered(1)], "restarting"],
  ["once restarted", toProbing, "waiting for an answer"],
  ["once it answered", [...toProbing, ready(1)], "answers"],
  ["once committed", toEnd, "runs local:good, settles in 10 s"],
  ["once settled", [...toEnd, settled(1)], "runs local:good"],
  [
    "when a newer save replaced it while it settled",
    [...toEnd, replaced(1, 2)],
    "ran local:good until it was replaced",
  ],
  ["when what an earlier devenv committed has settled", [settled(0)], "runs local:good"],
  ["when it does not build", [saved(1), buildFailed(1)], "does not build"],
  ["when nothing changed", [saved(1), built(1), unchanged(1)], "unchanged, runs local:good"],
  ["when it cannot be delivered", [saved(1), built(1), notReady(1)], "did not come up"],
  ["when it does not answer", [...toProbing, notReady(1)], "did not come up"],
  ["once rolled back", [...toProbing, notReady(1), rolledBack(1)], "rolled back to local:good"],
  ["when the roll-back failed", [...toProbing, notReady(1), rollbackFailed(1)], "could not be rolled back"],
  ["when an earlier devenv's swap was rolled back", [rolledBack(0)], "rolled back to local:good"],
  ["while a newer save is built", [...toProbing, saved(2)], "building (#1 waiting for an answer)"],
  ["when the newer one takes over", [...toProbing, saved(2), built(2)], "delivering"],
  ["when the newer one does not build", [...toProbing, saved(2), buildFailed(2)], "waiting for an answer"],
  ["when the newer one changes nothing", [...toProbing, saved(2), built(2), unchanged(2)], "waiting for an answer"],
  ["while the newer one waits", [saved(1), built(1), delivered(1), saved(2), built(2)], "restarting"],
  ["when a delivery outlasts a save", [saved(1), built(1), saved(2)], "building (#1 delivering)"],
])("%s it says so", (_, events, words) => {
  expect(phaseInWords(upon(...events))).toBe(words);
});

describe("the reason for waiting", () => {
  const hold = (...events: SwapEvent[]) => holdReason(upon(...events));

  test.each<[string, SwapEvent[]]>([
    ["delivering", [saved(1), built(1), saved(2), built(2)]],
    ["restarting", [saved(1), built(1), delivered(1), saved(2), built(2)]],
    ["being committed", [...toProbing, ready(1), saved(2), built(2)]],
    ["going back", [...toProbing, notReady(1), saved(2), built(2)]],
  ])("is told while the container is %s", (_, events) => {
    expect(hold(...events)).toBe("#2 waits until the container has finished the swap of #1");
  });

  test("is none while it is probed, which a newer build cuts short", () => {
    expect(hold(...toProbing, saved(2), built(2))).toBeUndefined();
  });

  test("ends with the stage that was waited for", () => {
    const waiting = [saved(1), built(1), delivered(1), saved(2), built(2)];
    const view = upon(...waiting, restarted(1));
    expect(holdReason(view)).toBeUndefined();
    expect(phaseInWords(view)).toBe("delivering");
  });

  test("is none while a newer save is built, and is back where that one does not build", () => {
    const waiting = [saved(1), built(1), delivered(1), saved(2), built(2)];
    expect(hold(...waiting, saved(3))).toBeUndefined();
    expect(hold(...waiting, saved(3), saved(4), buildFailed(4))).toBe(hold(...waiting));
    const goesOn = upon(...waiting, saved(3), buildFailed(3), restarted(1), delivered(2));
    expect(phaseInWords(goesOn)).toBe("restarting");
  });
});

test("a service is never shown as waiting for ever: what is delivered all the same is believed", () => {
  const nothingToGoBackTo = [...toProbing, notReady(1), saved(2), built(2), delivered(2)];
  expect(phaseInWords(upon(...nothingToGoBackTo))).toBe("restarting");
});

test("the newest save is shown with its files", () => {
  expect(upon(saved(1), saved(2))).toMatchObject({ newest: 2, paths: ["/team/repos/books/main.go"] });
});

test("the last swap is shown with its times and its outcome", () => {
  expect(upon(...toEnd).last).toEqual({
    generation: 1,
    outcome: "committed",
    build: "local:good",
    times: { detect: 1, wait: 0, build: 1, deliver: 1, restart: 1, ready: 1, check: 0, total: 4 },
    settlesInMs: 10_000,
    at: NOW,
  });
});

describe("a failure", () => {
  const ofFirst = { ...failure, generation: 1 };

  test.each<[string, SwapEvent[]]>([
    ["a broken build", [saved(1), buildFailed(1)]],
    ["a swap that did not come up", [...toProbing, notReady(1)]],
    ["one that was rolled back", [...toProbing, notReady(1), rolledBack(1)]],
    ["one that could not be rolled back", [...toProbing, notReady(1), rollbackFailed(1)]],
    ["one while the next is built", [saved(1), buildFailed(1), saved(2), built(2)]],
  ])("of %s stays on the screen", (_, events) => {
    expect(upon(...events).failure).toEqual(ofFirst);
  });

  test("goes with the next commit", () => {
    const mended = [saved(2), built(2), delivered(2), restarted(2), ready(2), committed(2)];
    expect(upon(saved(1), buildFailed(1), ...mended).failure).toBeUndefined();
  });

  test("goes when the edit was undone", () => {
    expect(upon(saved(1), buildFailed(1), saved(2), built(2), unchanged(2)).failure).toBeUndefined();
  });

  test("of a newer save does not go with the commit of an older one", () => {
    const view = upon(...toProbing, saved(2), buildFailed(2), ready(1), committed(1));
    expect(view.failure).toEqual({ ...failure, generation: 2 });
    expect(view.last).toMatchObject({ generation: 1, outcome: "committed" });
  });
});

describe("an event that comes too late changes nothing", () => {
  test.each<keyof typeof event>(["built", "buildFailed", "delivered", "restarted", "ready", "committed", "notReady"])(
    "%s, once a newer build has taken over",
    (late) => {
      const view = upon(...toProbing, saved(2), built(2));
      expect(nextServiceView(view, { ...event[late](1), at: NOW })).toBe(view);
    },
  );

  test.each<keyof typeof event>(["saved", "built", "delivered", "restarted", "ready", "committed", "notReady"])(
    "%s, once it was committed",
    (late) => {
      const view = upon(...toEnd);
      expect(nextServiceView(view, { ...event[late](1), at: NOW })).toBe(view);
    },
  );
});

test("the screen agrees with the swap after every event, whatever is saved and answered in whatever order", () => {
  fc.assert(
    fc.property(games, (game) => {
      const flow = play(game);
      finish(flow, game);
      let view = untouched(books);
      for (const [index, { event, swap }] of flow.told.entries()) {
        view = nextServiceView(view, { ...event, at: NOW });
        const following = flow.told[index + 1]?.event;
        if (following !== undefined && isAnnouncement(following)) continue; // what was decided is told by that one
        const words = `${phaseInWords(view)} though ${stateOf(swap)}`;
        expect(view.build.is === "building", words).toBe(swap.build.is === "building");
        expect(holdReason(view) !== undefined, words).toBe(swap.build.is === "waiting");
        expect(view.build.is === "none" && view.container.is === "quiet", words).toBe(!isUnderWay(swap));
      }
    }),
    { numRuns: 500 },
  );
});
