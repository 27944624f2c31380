import { afterEach, beforeEach, expect, test } from "vitest";
import type { Machine } from "../../../src/flow/machine.ts";
import { pullAll } from "../../../src/flow/pull-all.ts";
import { systemClock } from "../../../src/host/clock.ts";
import { type Processes, type RunOptions, systemProcesses } from "../../../src/host/process.ts";
import { makeTeam, type Team } from "../../harness/repositories.ts";

let team: Team;
beforeEach(async () => {
  team = await makeTeam();
});
afterEach(() => team.remove());

/** Pulls, and tells how each repository ended and what was started in it. */
async function pull() {
  const started = new Map<string, string[]>();
  const processes: Processes = {
    run: (command, args, options: RunOptions = {}) => {
      const place = options.cwd ?? "nowhere";
      const verb = [command, args.find((each) => !each.startsWith("-"))].join(" ");
      started.set(place, [...(started.get(place) ?? []), verb]);
      return systemProcesses.run(command, args, { ...options, env: { ...team.env, ...options.env } });
    },
    stream: systemProcesses.stream,
  };
  const { signal } = new AbortController();
  const machine = { processes, environment: team.env, clock: systemClock, signal } as Partial<Machine> as Machine;
  const search = { workspace: team.workspace, named: [], roots: [], only: [], exclude: [], depth: 1 };
  const request = {
    search,
    profile: undefined,
    clone: false,
    allBranches: false,
    jobs: 64,
    timeoutMs: 60_000,
  } as const;
  const results = await pullAll({ ...request, reach: "forward" }, machine, () => {});
  const outcomes = Object.fromEntries(results.map(({ tree, outcome }) => [tree.name, outcome.kind]));
  return { outcomes, started: Object.fromEntries(started) };
}

test("no process is started that is not needed", async () => {
  for (const name of ["asked", "moved", "near"]) await team.repository(name);
  // Another way to the same place, of which files alone do not tell.
  await team.git("asked", "config", "remote.origin.uploadpack", "git-upload-pack");
  await team.push("moved", { "a.txt": "1\n" }, "one");
  await team.push("moved", { "a.txt": "2\n", "b.txt": "1\n" }, "two");
  const { outcomes, started } = await pull();
  expect(outcomes).toEqual({ asked: "current", moved: "moved", near: "current" });
  expect(started).toEqual({
    nowhere: ["git config"],
    [team.at("asked")]: ["git fetch"],
    [team.at("moved")]: ["git fetch", "git log", "git merge"],
  });
  expect((await pull()).started).toEqual({ nowhere: ["git config"], [team.at("asked")]: ["git fetch"] });
});
