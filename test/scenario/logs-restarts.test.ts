import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { openStore } from "../../src/artifact/store.ts";
import { connect } from "../../src/docker/connect.ts";
import { LogFeed } from "../../src/flow/log-feed.ts";
import type { Machine } from "../../src/flow/machine.ts";
import { systemProcesses } from "../../src/host/process.ts";
import { Redactor } from "../../src/model/secret.ts";
import { loadProfile } from "../../src/profile/load-profile.ts";
import { systemSurroundings } from "../../src/provider/surroundings.ts";
import { createBus } from "../../src/state/bus.ts";
import { viewOf } from "../harness/cluster-view.ts";
import { eventually } from "../harness/eventually.ts";
import { CLI, makeWorkspace, type ServiceRecipe, type TestWorkspace } from "../harness/workspace.ts";

/** One service for each way in which a restart is done; all of them write numbered lines all the time. */
const counting = (name: string, restart: string, yaml?: string): ServiceRecipe => ({
  name,
  ci: "counts",
  ...(yaml !== undefined && { yaml }),
  devenv: `      ready: { tcp: true, port: 8080, within: 20s }\n      restart: ${restart}`,
});

const SERVICES = [
  counting("process", "process"),
  counting("container", "container"),
  counting("signal", "signal HUP"),
  counting("exec", "{ exec: [/devenv/bin/exec, stop] }", "    environment: { CHILD: yes }\n    tmpfs: /tmp"),
];

/** Every look goes through all the lines. */
const PATIENCE = { withinMs: 60_000, paceMs: 200 };

let workspace: TestWorkspace;
beforeAll(async () => {
  workspace = await makeWorkspace(SERVICES, `unix://${inject("dockerSocket")}`);
  // Each ends at once when it is told to, and says so as its last word.
  await viewOf(workspace).editProfile(/stop_grace_period: 2s/g, "stop_grace_period: 20s");
  const { code, output } = await workspace.run("up");
  expect(code, output).toBe(0);
});
afterAll(() => workspace?.remove());

interface Heard {
  readonly service: string;
  readonly text: string;
}

/** What was heard of one start of a program. */
interface Run {
  readonly out: number[];
  readonly err: number[];
  ends: number | undefined;
  reloads: number;
}

/** The lines of one service, run by run, in the order in which they came. */
function runsOf(heard: readonly Heard[], service: string): Run[] {
  const runs = new Map<string, Run>();
  for (const { text } of heard.filter((line) => line.service === service)) {
    const [run = "", what, number] = text.split(" ");
    if (text.startsWith("devenv: ")) continue;
    const its = runs.get(run) ?? { out: [], err: [], ends: undefined, reloads: 0 };
    runs.set(run, its);
    if (what === "out" || what === "err") its[what].push(Number(number));
    else if (what === "ends") its.ends = Number(number);
    else if (what === "reloads") its.reloads += 1;
    else throw new Error(`nobody was to say ${text}`);
  }
  return [...runs.values()];
}

const range = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

/** Whether all of a run was heard to its end. */
const isWhole = ({ out, err, ends }: Run): boolean =>
  ends !== undefined && [out, err].every((of) => of.at(-1) === ends);

/**
 * Fails where a line is missing, is there twice, or came before one that was written earlier. What was said before the
 * listening began may be missing of the first run.
 */
function expectWhole(heard: readonly Heard[], service: string, { runs, reloads }: { runs: number; reloads: number }) {
  const all = runsOf(heard, service);
  expect(all.length, `${service}: ${all.map(({ out, err, ends }) => `${out.length} ${err.length} ${ends}`)}`).toBe(
    runs,
  );
  expect(all.reduce((sum, run) => sum + run.reloads, 0)).toBe(reloads);
  for (const [index, { out, err, ends = 0 }] of all.entries()) {
    expect(ends).toBeGreaterThan(0);
    for (const of of [out, err]) expect(of).toEqual(range(index === 0 ? (of[0] ?? 1) : 1, ends));
  }
}

/** `devenv logs -f`, which goes on until the cluster is down. */
function followed(): { readonly heard: readonly Heard[]; end(): Promise<unknown> } {
  const heard: Heard[] = [];
  const leaving = new AbortController();
  const ended = systemProcesses.run(process.execPath, [CLI, "logs", "-f", "--json"], {
    cwd: workspace.folder,
    env: workspace.env,
    signal: leaving.signal,
    onLine: (line) => void (line.startsWith("{") && heard.push(JSON.parse(line) as Heard)),
  });
  return {
    heard,
    async end() {
      leaving.abort();
      await ended;
    },
  };
}

/** The terminal UI's feed, which is cut off and taken up again as the screen does it when its daemon was away. */
async function fed(): Promise<{ readonly heard: readonly Heard[]; cut(): Promise<void>; end(): Promise<void> }> {
  const heard: Heard[] = [];
  const surroundings = systemSurroundings({ ...process.env, ...workspace.env });
  const profile = await loadProfile(workspace.profile, { workspace: workspace.folder, environment: {}, home: "/" });
  const feed = new LogFeed(profile, (lines) => heard.push(...lines));
  let round = new AbortController();
  const begin = (): Promise<void> => {
    round = new AbortController();
    const machine: Machine = {
      ...surroundings,
      bus: createBus(),
      store: openStore(join(workspace.folder, ".xdg/cache/devenv")),
      connect: async (address) => connect(address),
      secrets: new Redactor(),
      isAtTerminal: false,
      signal: round.signal,
    };
    return feed.follow(machine);
  };
  let following = begin();
  const end = async () => {
    round.abort();
    await following;
  };
  return {
    heard,
    end,
    async cut() {
      await end();
      following = begin();
    },
  };
}

// Longer than all that is waited for in it, so that what did not come is told.
test("the log goes on across restarts of each kind: every line, once, in order", { timeout: 300_000 }, async () => {
  const names = SERVICES.map(({ name }) => name);
  const [command, feed] = [followed(), await fed()];
  const begun = (heard: readonly Heard[]) => names.every((name) => heard.some(({ service }) => service === name));
  await eventually(
    () => [command.heard, feed.heard],
    (all) => all.every(begun),
    PATIENCE,
  );
  for (const _ of [1, 2]) {
    const { code, output } = await workspace.run("restart", ...names);
    expect(code, output).toBe(0);
    await feed.cut();
  }
  const view = viewOf(workspace);
  await view.docker("stop", ...names.map((name) => `${workspace.cluster}-${name}-1`));
  const expected = { process: [3, 0], container: [3, 0], signal: [1, 2], exec: [3, 0] } as const;
  const isOver = (heard: readonly Heard[]) =>
    Object.entries(expected).every(([name, [runs]]) => runsOf(heard, name).filter(isWhole).length === runs);
  await eventually(
    () => [command.heard, feed.heard],
    (all) => all.every(isOver),
    { ...PATIENCE, late: () => "not every run came to its end" },
  );
  await Promise.all([command.end(), feed.end()]);
  for (const heard of [command.heard, feed.heard]) {
    for (const [name, [runs, reloads]] of Object.entries(expected)) expectWhole(heard, name, { runs, reloads });
  }
});
