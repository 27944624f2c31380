import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { isAlive } from "../../src/host/liveness.ts";
import type { Event } from "../../src/model/event.ts";
import type { SwapRecord } from "../../src/model/swap-record.ts";
import { ofType, type RunningDevenv, startWatch } from "../harness/devenv.ts";
import { eventually } from "../harness/eventually.ts";
import { leftovers } from "../harness/leftovers.ts";
import { clusterOf, goProgram, type TestCluster } from "./save-loop-cluster.ts";

const KEYS = `      ready: { http: /healthz, port: 8080, within: 5s }
      settle: 100ms
      before_build: sh hooks/before.sh
      after_swap:
        - sh hooks/optional.sh
        - { command: sh hooks/required.sh, required: true, within: 3s }
secrets:
  flags: { environment: GOFLAGS }`;

/** What the tests give Go. */
const SECRET = "-mod=mod";

let cluster: TestCluster;
let devenv: RunningDevenv;
let containers: readonly string[];
/** What answers, and what a swap that fails goes back to. */
let good = "ci";
let since = 0;

const hooks = async (scripts: { before?: string; optional?: string; required?: string }) => {
  const { before = "true", optional = "true", required = "true" } = scripts;
  await cluster.write("books", "hooks/before.sh", before);
  await cluster.write("books", "hooks/optional.sh", optional);
  await cluster.write("books", "hooks/required.sh", required);
};

/** Saves a version of the program; gives the number of its save. */
const save = async (text: string, more = "") => {
  await cluster.save("books", goProgram(text, { more }));
  const { generation } = await devenv.until(ofType("saved"), since);
  return generation;
};

const recordOf = async (generation: number): Promise<SwapRecord> => {
  const isIt = (event: Event): event is Extract<Event, { type: "swapRecord" }> =>
    event.type === "swapRecord" && event.record.generation === generation;
  return (await devenv.until(isIt, since)).record;
};

const history = async (...args: string[]): Promise<readonly SwapRecord[]> =>
  JSON.parse((await cluster.run("history", "--json", ...args)).stdout).swaps;

/** A hook that tells by which number it can be ended with all that it started, and goes on. */
const LASTING = 'echo "$PPID"; exec sleep 60';

/** devenv, and the hook that it leaves behind. */
const killAll = async () => {
  const { line } = await devenv.until(ofType("hookSaid"), since);
  await devenv.kill();
  process.kill(-Number(line), "SIGKILL");
};

const said = () => devenv.events.slice(since).flatMap((event) => (event.type === "hookSaid" ? [event.line] : []));
const file = (path: string) => join(cluster.folder, "repos/books", path);
const historyPath = () => join(cluster.env.XDG_STATE_HOME ?? "", "devenv/clusters", cluster.cluster, "history.ndjson");

beforeAll(async () => {
  cluster = await clusterOf({ name: "books", devenv: KEYS, yaml: "    secrets: [flags]" });
  await hooks({});
  containers = [`${cluster.cluster}-books-1`];
  devenv = await startWatch(cluster);
});
afterAll(async () => {
  await devenv?.interrupt();
  await cluster?.remove();
});
beforeEach(async () => {
  await hooks({});
  since = devenv.events.length;
});
afterEach(async () => {
  await eventually(
    () => leftovers(cluster, containers),
    (left) => left.length === 0,
  );
});

test("before_build generates code that its build takes in, and starts no other", async () => {
  const generate =
    'printf \'package main\\n\\nconst stamp = "%s"\\n\' "$(date +%s%N) $DEVENV_SERVICE" >cmd/books/stamp.go';
  await hooks({ before: generate });
  const record = await recordOf(await save("x", "func init() { version = stamp }"));
  expect(record).toMatchObject({ outcome: "settled", pathCount: 1, to: expect.stringMatching(/^local:/) });
  expect(await cluster.answer("books")).toMatch(/^\d{19} books$/);
  expect(devenv.events.slice(since).filter(ofType("saved"))).toHaveLength(1);
  // What it wrote is heard of by now, and is no save of its own.
  since = devenv.events.length;
  good = "stamped";
  const next = await save(good);
  expect(next).toBe(record.generation + 1);
  expect(await recordOf(next)).toMatchObject({ outcome: "settled" });
});

test("a before_build that fails stops the build, and says why", async () => {
  const before = await cluster.container("books");
  await hooks({ before: "echo cannot generate; exit 4" });
  const record = await recordOf(await save("never"));
  const { failure } = await devenv.until(ofType("buildFailed"), since);
  expect(failure).toMatchObject({
    message: expect.stringContaining("before_build ended with code 4"),
    output: "cannot generate",
  });
  expect(record).toMatchObject({ outcome: "buildFailed", failure: { stage: "build" }, times: { deliver: 0 } });
  expect(await cluster.answer("books")).toBe(good);
  expect(await cluster.container("books")).toEqual(before);
});

test("a newer save ends before_build with all that it started, and is built itself", async () => {
  await hooks({ before: 'echo "$$" >../first.pid; sh -c \'echo "$$" >../second.pid; exec sleep 60\' & wait' });
  const first = await save("old");
  const pid = async (name: string) => Number(await readFile(file(`../${name}.pid`), "utf8").catch(() => 0));
  const pids = await eventually(
    async () => [await pid("first"), await pid("second")],
    (both) => both.every((one) => one > 0),
  );
  await hooks({});
  since = devenv.events.length;
  await cluster.save("books", goProgram("new"));
  const { generation } = await devenv.until(ofType("saved"), since);
  expect(await recordOf(first)).toMatchObject({ outcome: "superseded" });
  expect(await recordOf(generation)).toMatchObject({ outcome: "settled" });
  expect(pids.filter(isAlive)).toEqual([]);
  good = "new";
  expect(await cluster.answer("books")).toBe(good);
});

test("an after_swap that fails and is not required is told, and the swap goes on", async () => {
  await hooks({ optional: 'echo "checked $DEVENV_BUILD in $DEVENV_CONTAINER"; exit 3' });
  const record = await recordOf(await save("optional"));
  const [, ended] = devenv.events.slice(since).filter(ofType("hookEnded"));
  expect(ended).toMatchObject({ hook: "after_swap", code: 3, isRequired: false });
  expect(said()).toEqual([`checked ${record.to} in ${cluster.cluster}-books-1`]);
  expect(record).toMatchObject({
    outcome: "settled",
    from: expect.stringMatching(/^(ci|local):/),
    times: { check: expect.any(Number) },
  });
  expect(record.times.check).toBeGreaterThan(0);
  good = "optional";
  expect(await cluster.answer("books")).toBe(good);
});

test("an after_swap that fails and is required rolls back, with its words", async () => {
  await hooks({ required: "echo the migration is wrong >&2; exit 1" });
  const record = await recordOf(await save("bad"));
  const { failure, stage } = await devenv.until(ofType("notReady"), since);
  expect([stage, failure.output]).toEqual(["check", "the migration is wrong"]);
  expect(record).toMatchObject({ outcome: "rolledBack", failure: { stage: "check" } });
  expect(await cluster.answer("books")).toBe(good);
  expect(await cluster.status("books")).toMatchObject({ state: "rolledBack" });
});

test("an after_swap that hangs is ended at its time with all that it started, and rolls back", async () => {
  await hooks({ required: "trap '' TERM; sh -c 'trap \"\" TERM; sleep 60; sleep 60' & wait; wait" });
  expect(await recordOf(await save("hangs"))).toMatchObject({
    outcome: "rolledBack",
    failure: { message: expect.stringContaining("did not end within 3.0 s") },
  });
  expect(await cluster.answer("books")).toBe(good);
});

test("a newer save ends an after_swap that runs, and takes its place", async () => {
  await hooks({ optional: "echo runs; sleep 60" });
  const first = await save("old");
  await devenv.until(ofType("hookSaid"), since);
  await hooks({});
  since = devenv.events.length;
  await cluster.save("books", goProgram("newest"));
  const { generation } = await devenv.until(ofType("saved"), since);
  expect(await recordOf(generation)).toMatchObject({ outcome: "settled" });
  expect(await recordOf(first)).toMatchObject({ outcome: "superseded" });
  good = "newest";
  expect(await cluster.answer("books")).toBe(good);
});

test("secrets are neither in what hooks say nor in the history, which only its owner may read", async () => {
  await hooks({ required: `echo the token is ${SECRET}; exit 1` });
  await recordOf(await save("secret"));
  expect(said()).toEqual(["the token is [secret]"]);
  expect(await readFile(historyPath(), "utf8")).not.toContain(SECRET);
  expect((await stat(historyPath())).mode & 0o777).toBe(0o600);
});

test("every save has one record, the same in the events, in the history and in its table", async () => {
  for (const [text, more] of [[good], ["broken", "func {"], [good]] as const) {
    since = devenv.events.length;
    await recordOf(await save(text, more));
  }
  const told = devenv.events.filter(ofType("swapRecord")).map(({ record }) => record);
  const saves = devenv.events.filter(ofType("saved")).map(({ generation }) => generation);
  expect(told.map(({ generation }) => generation).sort((a, b) => a - b)).toEqual(saves);
  expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
  const kept = await history("--limit", "0");
  expect([...kept].sort((a, b) => a.generation - b.generation)).toEqual(
    [...told].sort((a, b) => a.generation - b.generation),
  );
  expect((await history("-n", "2")).map(({ outcome }) => outcome)).toEqual(["buildFailed", "unchanged"]);
  expect(await history("books")).toHaveLength(Math.min(told.length, 20));

  const table = (await cluster.run("history", "books")).stdout.trimEnd().split("\n");
  expect(table[0]).toMatch(/^WHEN +SERVICE +OUTCOME +BUILD +TOTAL +STAGES$/);
  expect(table.join("\n")).toMatch(/books +✔ settled +local:[0-9a-f]{7} +[0-9.]+ m?s +░?█+/);
  expect(table.join("\n")).toMatch(/✖ no build .*\n {2}build: .*main\.go/);
  expect(table.filter((line) => [...line].length > 80)).toEqual([]);
  expect((await cluster.run("history", "bookz")).code).toBe(2);
});

test("Ctrl-C ends a before_build with all that it started; with an after_swap, the swap comes to its end first", async () => {
  const last = async () => (await history("-n", "1"))[0];
  await hooks({ before: LASTING });
  await save("given up");
  const { line } = await devenv.until(ofType("hookSaid"), since);
  expect(await devenv.interrupt()).toBe(130);
  expect(isAlive(Number(line))).toBe(false);
  expect(await last()).toMatchObject({ outcome: "interrupted" });
  expect(await cluster.answer("books")).toBe(good);

  await hooks({ required: "echo runs; sleep 0.3; echo ran >../hook.ran" });
  devenv = await startWatch(cluster);
  since = 0;
  await save("checked");
  await devenv.until(ofType("hookSaid"), since);
  expect(await devenv.interrupt()).toBe(130);
  expect(await readFile(file("../hook.ran"), "utf8")).toBe("ran\n");
  good = "checked";
  const committed = await last();
  expect(committed?.outcome).toMatch(/^(committed|settled)$/);
  devenv = await startWatch(cluster);
  expect(await eventually(last, (record) => record?.outcome === "settled")).toMatchObject({ id: committed?.id });
});

test("a watch that is killed leaves no record open: what was on trial is rolled back, a build was interrupted", async () => {
  const records = new Set((await history("-n", "0")).map(({ id }) => id));
  const fresh = async () => (await history("-n", "0")).filter(({ id }) => !records.has(id));
  await hooks({ optional: LASTING });
  await save("on trial");
  await killAll();
  expect((await fresh()).map(({ outcome }) => outcome)).toEqual(["interrupted"]);

  devenv = await startWatch(cluster);
  await devenv.until(ofType("swapRecord"), 0);
  expect(await fresh()).toMatchObject([{ outcome: "rolledBack", paths: [cluster.source("books")] }]);
  expect(await cluster.answer("books")).toBe(good);

  await hooks({ before: LASTING });
  since = devenv.events.length;
  await save("in a build");
  await killAll();
  await hooks({});
  devenv = await startWatch(cluster);
  expect((await fresh()).map(({ outcome }) => outcome)).toEqual(["rolledBack", "interrupted"]);

  since = devenv.events.length;
  expect(await recordOf(await save("goes on"))).toMatchObject({ outcome: "settled", generation: 1 });
  await devenv.interrupt();
  expect((await cluster.run("down")).code).toBe(0);
  containers = [];
  expect(await fresh()).toHaveLength(3);
});
