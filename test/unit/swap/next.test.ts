import { describe, expect, test } from "vitest";
import type { SwapEvent } from "../../../src/model/event.ts";
import { atRest, interruptedSwap, isUnderWay, newestRelease, next, resumedSwap } from "../../../src/swap/next.ts";
import { at, books, event, failure, following, good, inWords, releaseOf, stateOf, upon, uponChecked } from "./saves.ts";

const { saved, built, buildFailed, delivered, restarted, ready, committed, settled } = event;
const { notReady, died, rolledBack, rollbackFailed } = event;

/** The ways to each state, by what the two sides are at. */
const WAYS = {
  rest: [],
  building: [saved(1)],
  delivering: [saved(1), built(1)],
  restarting: [saved(1), built(1), delivered(1)],
  probing: [saved(1), built(1), delivered(1), restarted(1)],
  committing: [saved(1), built(1), delivered(1), restarted(1), ready(1)],
  settling: [saved(1), built(1), delivered(1), restarted(1), ready(1), committed(1)],
  settled: [saved(1), built(1), delivered(1), restarted(1), ready(1), committed(1), settled(1)],
  rollingBack: [saved(1), built(1), delivered(1), restarted(1), notReady(1)],
  rolledBack: [saved(1), built(1), delivered(1), restarted(1), notReady(1), rolledBack(1)],
  failed: [saved(1), built(1), delivered(1), restarted(1), notReady(1), rollbackFailed(1)],
} satisfies Record<string, SwapEvent[]>;

type State = keyof typeof WAYS;

const answers = (n: number): SwapEvent[] => [delivered(n), restarted(n), ready(n), committed(n)];

test.each<[State, string, boolean]>([
  ["rest", "none, idle", true],
  ["building", "building 1, idle", false],
  ["delivering", "none, delivering 1", false],
  ["restarting", "none, restarting 1", false],
  ["probing", "none, probing 1", false],
  ["committing", "none, committing 1", false],
  ["settling", "none, settling 1", true],
  ["settled", "none, idle", true],
  ["rollingBack", "none, rollingBack 1", false],
  ["rolledBack", "none, rolledBack 1", true],
  ["failed", "none, failed 1", true],
])("the way to %s leads there, and is over when nothing but its settling is to come", (state, words, isOver) => {
  const { swap } = upon(...WAYS[state]);
  expect(stateOf(swap)).toBe(words);
  expect(isUnderWay(swap)).toBe(!isOver);
});

describe("a save and its way", () => {
  test.each<[State, keyof typeof event, string, string[]]>([
    ["rest", "saved", "building 1, idle", ["build 1"]],
    ["building", "built", "none, delivering 1", ["deliver 1: build 1 over good"]],
    ["building", "buildFailed", "none, idle", []],
    ["delivering", "delivered", "none, restarting 1", ["restart 1"]],
    ["restarting", "restarted", "none, probing 1", ["probe 1"]],
    ["probing", "ready", "none, committing 1", ["commit 1: build 1"]],
    ["committing", "committed", "none, settling 1", ["settle 1: build 1"]],
    ["settling", "settled", "none, idle", []],
    ["settling", "replaced", "none, idle", []],
    ["delivering", "notReady", "none, rollingBack 1", ["roll back 1: build 1 to good"]],
    ["restarting", "notReady", "none, rollingBack 1", ["roll back 1: build 1 to good"]],
    ["probing", "notReady", "none, rollingBack 1", ["roll back 1: build 1 to good"]],
    ["committing", "notReady", "none, rollingBack 1", ["roll back 1: build 1 to good"]],
    ["settling", "died", "none, rollingBack 1", ["roll back 1: build 1 to good"]],
    ["rollingBack", "rolledBack", "none, rolledBack 1", []],
    ["rollingBack", "rollbackFailed", "none, failed 1", []],
  ])("%s, then %s", (state, then, words, commands) => {
    const { swap, commands: given } = upon(...WAYS[state], event[then](1));
    expect(stateOf(swap)).toBe(words);
    expect(given.map(inWords)).toEqual(commands);
  });

  test("makes its release the good one only when it has settled", () => {
    expect(upon(...WAYS.settling).swap.good).toEqual(good);
    expect(upon(...WAYS.settled).swap.good).toEqual(releaseOf("build 1"));
  });

  test("whose program dies while a newer save is built goes back first, and then the newer one is delivered", () => {
    const { swap } = upon(...WAYS.settling, saved(2), died(1), built(2));
    expect(stateOf(swap)).toBe("waiting 2, rollingBack 1");
    expect(next(swap, rolledBack(1)).commands.map(inWords)).toEqual(["deliver 2: build 2 over good"]);
  });

  test("settles while a newer save is built, which then comes on top of it", () => {
    const { commands } = upon(...WAYS.settling, saved(2), settled(1), built(2));
    expect(commands.map(inWords)).toEqual(["deliver 2: build 2 over build 1"]);
  });

  test("settles though a newer save does not build", () => {
    expect(upon(...WAYS.settling, saved(2), buildFailed(2), settled(1)).swap.good).toEqual(releaseOf("build 1"));
  });

  test("that gives what is good and dies all the same is put back to just that", () => {
    const { commands } = upon(...WAYS.settling, saved(2), built(2, "good"), ...answers(2), died(2));
    expect(commands.map(inWords)).toEqual(["roll back 2: good to good"]);
  });

  test("keeps why it was rolled back", () => {
    expect(upon(...WAYS.rolledBack).swap.phase).toEqual({ is: "rolledBack", generation: 1, failure });
  });
});

describe("a service with hooks that check what is ready", () => {
  const checking = WAYS.committing;

  test("has them run before the commit, and committed once they are content", () => {
    const asked = uponChecked(...checking);
    expect([stateOf(asked.swap), ...asked.commands.map(inWords)]).toEqual(["none, checking 1", "check 1: build 1"]);
    const checked = next(asked.swap, event.checked(1));
    expect([stateOf(checked.swap), ...checked.commands.map(inWords)]).toEqual([
      "none, committing 1",
      "commit 1: build 1",
    ]);
  });

  test("goes back when one that is required fails", () => {
    expect(uponChecked(...checking, notReady(1)).commands.map(inWords)).toEqual(["roll back 1: build 1 to good"]);
  });

  test("has them cut short by a newer build", () => {
    expect(uponChecked(...checking, saved(2), built(2)).commands.map(inWords)).toEqual([
      "cancelCheck 1",
      "tellSuperseded 1: by 2",
      "deliver 2: build 2 over good",
    ]);
  });

  test("does not commit what was checked too late", () => {
    const { swap } = uponChecked(...checking, saved(2), built(2));
    expect(next(swap, event.checked(1))).toEqual({ swap, commands: [] });
  });
});

describe("a newer save", () => {
  test.each(Object.keys(WAYS) as State[])("while %s is built beside what the container does", (state) => {
    const { swap, commands } = upon(...WAYS[state], saved(2));
    expect(stateOf(swap)).toBe(`building 2, ${stateOf(upon(...WAYS[state]).swap).split(", ")[1]}`);
    const before = state === "building" ? ["cancelBuild 1", "tellSuperseded 1: by 2"] : [];
    expect(commands.map(inWords)).toEqual([...before, "build 2"]);
  });

  test.each<[State, string, string[]]>([
    ["rest", "none, delivering 2", ["deliver 2: build 2 over good"]],
    ["delivering", "waiting 2, delivering 1", []],
    ["restarting", "waiting 2, restarting 1", []],
    ["probing", "none, delivering 2", ["cancelProbe 1", "tellSuperseded 1: by 2", "deliver 2: build 2 over good"]],
    ["committing", "waiting 2, committing 1", []],
    ["settling", "none, delivering 2", ["tellReplaced 1: by 2", "deliver 2: build 2 over good"]],
    ["settled", "none, delivering 2", ["deliver 2: build 2 over build 1"]],
    ["rollingBack", "waiting 2, rollingBack 1", []],
    ["rolledBack", "none, delivering 2", ["deliver 2: build 2 over good"]],
    ["failed", "none, delivering 2", ["deliver 2: build 2 over good"]],
  ])("that was built while %s", (state, words, commands) => {
    const { swap, commands: given } = upon(...WAYS[state], saved(2), built(2));
    expect(stateOf(swap)).toBe(words);
    expect(given.map(inWords)).toEqual(commands);
  });

  test.each<[State, keyof typeof event, string[]]>([
    ["delivering", "delivered", ["tellSuperseded 1: by 2"]],
    ["delivering", "notReady", []],
    ["restarting", "restarted", ["tellSuperseded 1: by 2"]],
    ["restarting", "notReady", []],
    ["committing", "committed", ["tellReplaced 1: by 2"]],
    ["committing", "notReady", []],
    ["rollingBack", "rolledBack", []],
    ["rollingBack", "rollbackFailed", []],
  ])("that waited while %s is delivered upon %s, over what has settled", (state, then, before) => {
    const { swap, commands } = upon(...WAYS[state], saved(2), built(2), event[then](1));
    expect(stateOf(swap)).toBe("none, delivering 2");
    expect(commands.map(inWords)).toEqual([...before, "deliver 2: build 2 over good"]);
  });

  test("that fails while an older one settled goes back to the last that has settled", () => {
    const { commands } = upon(...WAYS.settling, saved(2), built(2), delivered(2), restarted(2), notReady(2));
    expect(commands.map(inWords)).toEqual(["roll back 2: build 2 to good"]);
  });

  test("that does not build lets an older trial go on", () => {
    const { swap } = upon(...WAYS.probing, saved(2), buildFailed(2), ready(1), committed(1));
    expect(stateOf(swap)).toBe("none, settling 1");
  });

  test("that does not build lets an older trial be rolled back", () => {
    const { swap } = upon(...WAYS.probing, saved(2), notReady(1), buildFailed(2), rolledBack(1));
    expect(stateOf(swap)).toBe("none, rolledBack 1");
  });

  test.each<State>(["delivering", "restarting", "committing", "rollingBack"])(
    "that changes the config alone comes on top of code that still waited, as it is %s",
    (state) => {
      const waited = upon(...WAYS[state], saved(2), built(2)).swap;
      expect(newestRelease(waited)).toEqual(releaseOf("build 2"));
      expect(newestRelease(following(waited, [saved(3)]).swap)).toEqual(releaseOf("build 2"));
      expect(newestRelease(following(waited, [saved(3), saved(4)]).swap)).toEqual(releaseOf("build 2"));
      expect(newestRelease(following(waited, [saved(3), built(3)]).swap)).toEqual(releaseOf("build 3"));
    },
  );

  test("keeps back a build that still waited, and makes it void once it is built itself", () => {
    const overtaken = upon(...WAYS.restarting, saved(2), built(2), saved(3));
    expect(overtaken.commands.map(inWords)).toEqual(["build 3"]);
    const probed = next(overtaken.swap, restarted(1));
    expect(stateOf(probed.swap)).toBe("building 3, probing 1");
    expect(probed.commands.map(inWords)).toEqual(["probe 1"]);
    const { swap, commands } = next(overtaken.swap, built(3));
    expect(stateOf(swap)).toBe("waiting 3, restarting 1");
    expect(commands.map(inWords)).toEqual(["tellSuperseded 2: by 3"]);
  });

  test.each<[State, SwapEvent[], string, string[]]>([
    ["restarting", [], "waiting 2, restarting 1", []],
    ["restarting", [restarted(1)], "none, delivering 2", ["cancelProbe 1", "tellSuperseded 1: by 2"]],
    ["committing", [committed(1)], "none, delivering 2", ["tellReplaced 1: by 2"]],
    ["rollingBack", [rolledBack(1)], "none, delivering 2", []],
  ])("that does not build lets the one that waited while %s go on", (state, meanwhile, words, before) => {
    const { swap, commands } = upon(...WAYS[state], saved(2), built(2), saved(3), ...meanwhile, buildFailed(3));
    expect(stateOf(swap)).toBe(words);
    const then = words.endsWith("delivering 2") ? ["deliver 2: build 2 over good"] : [];
    expect(commands.map(inWords)).toEqual([...before, ...then]);
  });

  test("that does not build after another that was cut short lets the one that waited go on", () => {
    const { swap } = upon(...WAYS.restarting, saved(2), built(2), saved(3), saved(4), buildFailed(4));
    expect(stateOf(swap)).toBe("waiting 2, restarting 1");
  });
});

describe("a save that gives what is already in place", () => {
  test.each<[State, string]>([
    ["delivering", "build 1"],
    ["restarting", "build 1"],
    ["probing", "build 1"],
    ["committing", "build 1"],
    ["settling", "build 1"],
    ["settled", "build 1"],
    ["rest", "good"],
  ])("while %s is told unchanged and lets it be", (state, letter) => {
    const before = upon(...WAYS[state]).swap;
    const { swap, commands } = upon(...WAYS[state], saved(2), built(2, letter));
    expect(commands.map(inWords)).toEqual([`tellUnchanged 2: ${letter}`]);
    expect(swap.phase).toEqual(before.phase);
  });

  test.each<State>(["rolledBack", "failed"])("but was %s is delivered, so that it ends that state", (state) => {
    const { commands } = upon(...WAYS[state], saved(2), built(2, "good"));
    expect(commands.map(inWords)).toEqual(["deliver 2: good over good"]);
  });

  test("but is being put back waits to see how that ends", () => {
    const { commands } = upon(...WAYS.rollingBack, saved(2), built(2, "good"), rollbackFailed(1));
    expect(commands.map(inWords)).toEqual(["deliver 2: good over good"]);
  });

  test("means the configuration, too", () => {
    const configured = { ...good, config: releaseOf("config").artifact.digest };
    const swap = { ...atRest(books, configured), newest: at(1), build: { is: "building", generation: at(1) } as const };
    expect(next(swap, built(1, "good")).commands.map(inWords)).toEqual(["deliver 1: good over good"]);
  });
});

describe("an event that comes too late", () => {
  test.each<keyof typeof event>([
    "built",
    "buildFailed",
    "delivered",
    "restarted",
    "ready",
    "committed",
    "notReady",
    "rolledBack",
    "rollbackFailed",
  ])("changes nothing once a newer save is delivered: %s", (late) => {
    const { swap } = upon(...WAYS.probing, saved(2), built(2));
    expect(next(swap, event[late](1))).toEqual({ swap, commands: [] });
  });

  test.each([0, 1])("changes nothing when it is a save of no newer number: %i", (number) => {
    const { swap } = upon(saved(1));
    expect(next(swap, saved(number))).toEqual({ swap, commands: [] });
  });

  test.each<[State, keyof typeof event]>([
    ["rest", "built"],
    ["building", "delivered"],
    ["delivering", "restarted"],
    ["delivering", "ready"],
    ["restarting", "delivered"],
    ["probing", "restarted"],
    ["probing", "committed"],
    ["committing", "ready"],
    ["settling", "committed"],
    ["settling", "notReady"],
    ["settling", "checked"],
    ["committing", "settled"],
    ["settled", "settled"],
    ["settled", "died"],
    ["probing", "died"],
    ["probing", "replaced"],
    ["rollingBack", "settled"],
    ["rolledBack", "died"],
    ["rollingBack", "notReady"],
    ["rolledBack", "rolledBack"],
    ["failed", "rolledBack"],
    ["probing", "unchanged"],
    ["probing", "superseded"],
  ])("or out of turn changes nothing while %s: %s", (state, late) => {
    const { swap } = upon(...WAYS[state]);
    expect(next(swap, event[late](1))).toEqual({ swap, commands: [] });
  });
});

describe("a service that never ran anything good", () => {
  test("has nothing to roll back to: the swap has failed, and the next save is delivered", () => {
    const { swap } = following(atRest(books, undefined), WAYS.rollingBack);
    expect(stateOf(swap)).toBe("none, failed 1");
    expect(isUnderWay(swap)).toBe(false);
    const { commands } = following(swap, [saved(2), built(2)]);
    expect(commands.map(inWords)).toEqual(["deliver 2: build 2 over nothing"]);
  });

  test("has nothing to go back to while its first release settles, and has something good from then on", () => {
    const never = atRest(books, undefined);
    expect(stateOf(following(never, [...WAYS.settling, died(1)]).swap)).toBe("none, failed 1");
    expect(following(never, WAYS.settled).swap.good).toEqual(releaseOf("build 1"));
  });
});

describe("a swap that an earlier devenv left in the middle", () => {
  test("is rolled back before anything else is delivered", () => {
    let { swap, commands } = interruptedSwap(atRest(books, good), releaseOf("trial"));
    expect(commands.map(inWords)).toEqual(["roll back 0: trial to good"]);
    expect(isUnderWay(swap)).toBe(true);
    for (const each of [saved(1), built(1)]) ({ swap, commands } = next(swap, each));
    expect(stateOf(swap)).toBe("waiting 1, rollingBack 0");
    ({ swap, commands } = next(swap, rolledBack(0)));
    expect(commands.map(inWords)).toEqual(["deliver 1: build 1 over good"]);
  });

  test("goes on settling where it had answered, and dies or settles like any other", () => {
    const { swap, commands } = resumedSwap(atRest(books, good), releaseOf("trial"));
    expect(commands.map(inWords)).toEqual(["settle 0: trial"]);
    expect(next(swap, settled(0)).swap.good).toEqual(releaseOf("trial"));
    expect(next(swap, died(0)).commands.map(inWords)).toEqual(["roll back 0: trial to good"]);
  });

  test("is left as it is where nothing good is known", () => {
    const swap = atRest(books, undefined);
    expect(interruptedSwap(swap, releaseOf("trial"))).toEqual({ swap, commands: [] });
  });
});
