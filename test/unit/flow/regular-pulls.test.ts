import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Cluster } from "../../../src/flow/cluster.ts";
import type { Machine } from "../../../src/flow/machine.ts";
import { Pauses } from "../../../src/flow/pauses.ts";
import type { PullRequest } from "../../../src/flow/pull-all.ts";
import { RegularPulls } from "../../../src/flow/regular-pulls.ts";
import type { Event } from "../../../src/model/event.ts";
import { userFailure } from "../../../src/model/failure.ts";
import { clusterName } from "../../../src/model/names.ts";
import type { Profile } from "../../../src/model/profile.ts";
import type { PullOutcome, PullResult } from "../../../src/model/repository.ts";
import { createBus } from "../../../src/state/bus.ts";
import { manualClock } from "../watch/manual-clock.ts";

const MINUTE = 60_000;

const result = (outcome: PullOutcome): PullResult => ({
  tree: { name: "api", path: "/w/api", kind: "repository", gitDir: "", commonDir: "", url: undefined },
  ...{ branch: "main", outcome, branches: [], services: [], ms: 1 },
});
const MOVED = result({
  kind: "moved",
  move: { from: "a", to: "b", count: 1, commits: [], authors: [], files: 1 },
  hooks: "",
});

/** Pulls by a clock that is moved on by hand; each is answered by what `answer` gives. */
async function scene(reposEveryMs: number | undefined, answer: () => Promise<readonly PullResult[]> = async () => []) {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "devenv-pulls-")));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const [clock, bus, closing] = [manualClock(), createBus(), new AbortController()];
  const events: Event[] = [];
  bus.subscribe((event) => void events.push(event));
  let profile = { name: "shop", workspace: folder, repos: [], services: [], reposEveryMs } as unknown as Profile;
  const pulledAt: number[] = [];
  let look = () => {};
  const machine = { clock, bus, signal: closing.signal, machine: { home: folder } } as unknown as Machine;
  const pulls = new RegularPulls({
    profile: () => profile,
    pauses: new Pauses({ pause: () => {}, unpause: () => {}, isDue: () => true }, machine),
    inputs: () => [],
    takesPulls: () => true,
    cluster: { name: clusterName("shop"), folder } as unknown as Cluster,
    machine,
    pull: async (request: PullRequest) => {
      expect(request).toMatchObject({ reach: "forward", clone: false, allBranches: false });
      pulledAt.push(clock.now());
      return answer().finally(() => setImmediate(() => look()));
    },
  });
  const running = pulls.run();
  onTestFinished(async () => {
    closing.abort();
    await running;
  });
  return {
    clock,
    pulledAt,
    news: () => events.map(({ type }) => type),
    edit: (everyMs: number | undefined) => {
      profile = { ...profile, reposEveryMs: everyMs };
      pulls.goBy();
    },
    /** Resolves when so many pulls have come to their end; real locks are taken meanwhile, so it is waited for. */
    pulled: (count: number) =>
      new Promise<void>((resolve) => {
        look = () => pulledAt.length >= count && resolve();
        look();
      }),
    end: async () => {
      closing.abort();
      await running;
    },
  };
}

test("repositories are pulled at once, and then so long after the end of the one before", async () => {
  const { clock, pulledAt, pulled } = await scene(10 * MINUTE);
  await pulled(1);
  await clock.pass(9 * MINUTE);
  expect(pulledAt).toEqual([0]);
  await clock.pass(MINUTE);
  await pulled(2);
  expect(pulledAt).toEqual([0, 10 * MINUTE]);
});

test("nothing is pulled without an interval, until an edited profile names one; nor after it was taken away", async () => {
  const { clock, pulledAt, pulled, edit } = await scene(undefined);
  await clock.pass(60 * MINUTE);
  expect(pulledAt).toEqual([]);
  edit(10 * MINUTE);
  await pulled(1);
  edit(undefined);
  await clock.pass(60 * MINUTE);
  expect(pulledAt).toHaveLength(1);
});

test("a shorter interval counts from the last pull", async () => {
  const { clock, pulledAt, pulled, edit } = await scene(60 * MINUTE);
  await pulled(1);
  await clock.pass(10 * MINUTE);
  edit(15 * MINUTE);
  await clock.pass(4 * MINUTE);
  expect(pulledAt).toHaveLength(1);
  await clock.pass(MINUTE);
  await pulled(2);
  expect(pulledAt[1]).toBe(15 * MINUTE);
});

test("what moved is told, and a pull without news is not", async () => {
  const answers = [[MOVED], [result({ kind: "current" })]];
  const { clock, pulled, news } = await scene(MINUTE, async () => answers.shift() ?? []);
  await pulled(1);
  await clock.pass(MINUTE);
  await pulled(2);
  await clock.pass(0);
  expect(news()).toEqual(["pulled"]);
});

test("a pull that fails as a whole is told once and tried again, and ends nothing", async () => {
  const outcomes = ["fails", "fails", "works", "fails"];
  const { clock, pulled, news } = await scene(MINUTE, async () => {
    if (outcomes.shift() === "fails") throw userFailure("there is no folder /w/kit");
    return [];
  });
  for (const count of [1, 2, 3, 4]) {
    await pulled(count);
    await clock.pass(MINUTE);
  }
  await pulled(5);
  expect(news()).toEqual(["pullFailed", "pullFailed"]);
});

test("it ends when the watching does, also in the middle of a pull", async () => {
  let here: Awaited<ReturnType<typeof scene>> | undefined;
  let stop = () => {};
  const begun = new Promise<void>((begin) => {
    void scene(MINUTE, () => {
      begin();
      return new Promise((_, reject) => {
        stop = () => reject(new Error("git was ended"));
      });
    }).then((its) => {
      here = its;
    });
  });
  await begun;
  const ended = here?.end();
  stop();
  await ended;
  expect(here?.news()).toEqual([]);
});
