import { appendFile, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { systemProcesses } from "../../src/host/process.ts";
import type { Event } from "../../src/model/event.ts";
import { ofType, type RunningDevenv, startDevenv, startWatch } from "../harness/devenv.ts";
import { eventually } from "../harness/eventually.ts";
import { openTerminal, type Terminal } from "../harness/terminal.ts";
import { CLI } from "../harness/workspace.ts";
import { clusterOf, commitVersion, type TestCluster } from "./save-loop-cluster.ts";

let cluster: TestCluster;
const running: RunningDevenv[] = [];
const terminals: Terminal[] = [];

beforeAll(async () => {
  cluster = await clusterOf({ name: "books" }, { name: "authors" });
});
afterEach(async () => {
  await Promise.all(terminals.splice(0).map((terminal) => terminal.close()));
  await Promise.all(running.splice(0).map((devenv) => devenv.kill()));
});
afterAll(() => cluster?.remove());

async function watching(): Promise<RunningDevenv> {
  const devenv = await startWatch(cluster);
  running.push(devenv);
  return devenv;
}

function events(): RunningDevenv {
  const devenv = startDevenv(cluster, ["events", "--json"]);
  running.push(devenv);
  return devenv;
}

/** A line of `devenv events` that comes before the events of a source. */
type Snapshot = {
  readonly type: "snapshot";
  readonly source: string;
  readonly holder?: string;
  readonly view?: { readonly watch?: object };
};

/** The first snapshot from `since` on that fits. */
async function snapshot(devenv: RunningDevenv, fits: (line: Snapshot) => boolean, since = 0): Promise<Snapshot> {
  const isIt = (line: unknown) => (line as Snapshot).type === "snapshot" && fits(line as Snapshot);
  return (await devenv.until(isIt as never as (event: Event) => event is Event, since)) as unknown as Snapshot;
}

const from = (source: string) => (line: Snapshot) => line.source === source;

const containerDid = (action: string) =>
  ((line: { type: string; action?: string }) => line.type === "container" && line.action === action) as never as (
    event: Event,
  ) => event is Event;

/** A save, up to the commit of its swap. */
function story(all: readonly Event[], generation: number): readonly Event[] {
  const own = all.filter((event) => "generation" in event && event.generation === generation);
  return own.slice(0, own.findIndex(({ type }) => type === "committed") + 1);
}

test("what a watch in one terminal tells, another one hears, word for word; one that comes later is told how it stands", async () => {
  const watch = await watching();
  const early = events();
  const { holder } = await snapshot(early, from("watch"), 0);
  expect(holder).toMatch(new RegExp(`^devenv watch ${cluster.cluster} \\(pid ${watch.pid}, since `));
  const { generation, build } = await commitVersion(cluster, watch, "books", "shared");
  await early.until(ofType("committed"), 0);
  expect(story(early.events, generation)).toEqual(story(watch.events, generation));
  expect(story(early.events, generation).map(({ type }) => type)).toContain("built");
  const { mode } = await stat(join(cluster.env.XDG_STATE_HOME ?? "", "devenv/clusters", cluster.cluster, "watch.sock"));
  expect(mode & 0o777).toBe(0o600);
  const late = events();
  const { view } = await snapshot(late, from("watch"), 0);
  expect(view).toMatchObject({ services: { books: { newest: generation, last: { generation, build } } } });
});

test("events come from the daemon when the watch is killed, and from the next watch when there is one", async () => {
  const first = await watching();
  const heard = events();
  await snapshot(heard, from("watch"), 0);
  await first.kill();
  await snapshot(heard, from("daemon"), 0);
  await cluster.run("use", "authors=off");
  await heard.until(containerDid("die"), 0);
  await cluster.run("use", "--clear", "authors");
  await heard.until(containerDid("start"), 0);
  const since = heard.events.length;
  const second = await watching();
  const { holder } = await snapshot(heard, from("watch"), since);
  expect(holder).toContain(`pid ${second.pid}`);
});

test("events end well with Ctrl-C, and when nobody reads them any more", async () => {
  const heard = events();
  await snapshot(heard, from("daemon"), 0);
  expect(await heard.interrupt()).toBe(130);
  // What is read ends it, or nothing does: nothing happens meanwhile.
  const { code, stdout, stderr } = await systemProcesses.run(
    "bash",
    ["-c", `set -o pipefail; '${process.execPath}' '${CLI}' events --json | head -n 1`],
    { cwd: cluster.folder, env: cluster.env },
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.trim().split("\n")).toEqual([expect.stringContaining('"type":"snapshot"')]);
});

const answers = (text: string) =>
  eventually(
    // While its process is started anew, nobody does.
    () => cluster.answer("books").catch(String),
    (answer) => answer.includes(text),
    { withinMs: 60_000, late: (answer) => `books never answered ${text}, but ${answer}` },
  );

test("devenv alone shows what the running watch does, and takes over when that ends, with what is saved meanwhile", async () => {
  const watch = await watching();
  const terminal = await openTerminal({ columns: 140, rows: 30, cwd: cluster.folder, env: cluster.env });
  terminals.push(terminal);
  await terminal.type(`node ${CLI}; echo "code $?"`);
  await terminal.press("Enter");
  await terminal.until(/● books +ready .* [✔=] \d\d:\d\d [\d.]+ m?s$/m); // of which this watch has told nothing
  const { build } = await commitVersion(cluster, watch, "books", "elsewhere");
  await terminal.until((screen) => screen.includes(build));
  const asked = watch.events.length;
  await terminal.press("s");
  await watch.until(ofType("unchanged"), asked);
  await terminal.until(/✔ books runs .* already: nothing to swap/);
  const heard = events();
  await snapshot(heard, from("watch"), 0);
  await watch.kill();
  await cluster.saveVersion("books", "between two");
  const { holder, view } = await snapshot(heard, ({ holder }) => holder?.startsWith("devenv's terminal UI") === true);
  expect(holder).toMatch(/^devenv's terminal UI \(pid \d+, since /);
  if (view?.watch === undefined) await heard.until(ofType("watching"), 0);
  await answers("between two");
  await cluster.saveVersion("books", "taken over");
  await answers("taken over");
  const { code, stderr } = await cluster.run("watch");
  expect(code).toBe(1);
  expect(stderr).toMatch(/devenv's terminal UI \(pid \d+, since [\d:]+\) is at work here and holds the lock/);
  await terminal.press("C-c");
});

test("status --watch --json is a line for each change; at a terminal the table stays in its place, and goes by an edited profile", async () => {
  const devenv = startDevenv(cluster, ["status", "--watch", "--json"]);
  running.push(devenv);
  const isState = (state: string) => (line: string) =>
    JSON.parse(line).services?.some(
      (row: { name: string; state: string }) => row.name === "authors" && row.state === state,
    );
  await devenv.untilLine(isState("ready"));
  const terminal = await openTerminal({ columns: 100, rows: 12, cwd: cluster.folder, env: cluster.env });
  terminals.push(terminal);
  await terminal.type(`echo before; node ${CLI} status --watch; echo "code $?"`);
  await terminal.press("Enter");
  await terminal.until(/● +authors +ready/);
  await cluster.run("use", "authors=off");
  await devenv.untilLine(isState("off"));
  const screen = await terminal.until(/○ +authors +off/);
  expect(screen.match(/SERVICE/g)).toHaveLength(1);
  expect(screen).toMatch(/^before$/m);
  await cluster.run("use", "--clear", "authors");
  await terminal.until(/● +authors +ready/);
  const profile = await readFile(cluster.profile, "utf8");
  await appendFile(cluster.profile, "  added:\n    image: scratch\n    command: [/x]\n");
  await terminal.until(/○ +added +off/);
  await writeFile(cluster.profile, profile);
  await terminal.until((shown) => !shown.includes("added"));
  await terminal.press("C-c");
  await terminal.until(/^(\^C)?code 130$/m);
});
