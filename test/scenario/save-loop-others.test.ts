import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemProcesses } from "../../src/host/process.ts";
import type { Event } from "../../src/model/event.ts";
import type { Generation } from "../../src/model/names.ts";
import { ofType, type RunningDevenv, startWatch, untilSettled } from "../harness/devenv.ts";
import { eventually } from "../harness/eventually.ts";
import { leftovers } from "../harness/leftovers.ts";
import {
  closeGate,
  clusterOf,
  dockerHost,
  GATE,
  type GoParts,
  goProgram,
  HELD,
  ofService,
  openGate,
  type TestCluster,
} from "./save-loop-cluster.ts";

const READY = "      ready: { http: /healthz, port: 8080, within: 5s }";
const SMALL = "    mem_limit: 64m\n    memswap_limit: 64m";
const SERVICES = ["books", "authors", "eater"];

let cluster: TestCluster;
let devenv: RunningDevenv;

beforeAll(async () => {
  cluster = await clusterOf(
    { name: "books", devenv: `      settle: 2s\n${READY}`, yaml: `${SMALL}\n${GATE}` },
    { name: "authors" },
    { name: "eater", devenv: `      settle: 1h\n${READY}`, yaml: SMALL },
  );
  devenv = await startWatch(cluster);
});
afterAll(async () => {
  await devenv?.kill();
  await cluster?.remove();
});

const name = (service = "books") => `${cluster.cluster}-${service}-1`;

async function docker(...args: string[]): Promise<void> {
  const { code, output } = await systemProcesses.run("docker", args, { env: { DOCKER_HOST: dockerHost() } });
  expect(code, output).toBe(0);
}

/** Saves a version, and gives the place in the events where its story begins. */
async function save(version: string, parts?: GoParts): Promise<number> {
  const since = devenv.events.length;
  await cluster.save("books", goProgram(version, parts));
  return since;
}

/** Saves one that does not listen before the gate is opened, and waits until it has begun. */
async function saveHeld(version: string): Promise<number> {
  await closeGate(cluster);
  const since = await save(version, HELD);
  await devenv.until(ofType("restarted"), since);
  return since;
}

/** Saves a version, and waits until it answers. */
async function saved(version: string): Promise<Generation> {
  const since = await save(version);
  return (await devenv.until(ofService("books", "committed"), since)).generation;
}

/** And until it is what a roll-back goes back to: what was saved before it may settle meanwhile. */
async function settled(version: string): Promise<void> {
  const generation = await saved(version);
  const isOurs = (event: Event): event is SettledEvent => isSettled(event) && event.generation === generation;
  await devenv.until(isOurs, 0);
}

type SettledEvent = Extract<Event, { type: "settled" }>;
const isSettled = ofService("books", "settled");

const touched = async (since: number) => {
  const { service, touch } = await devenv.until(ofType("containerTouched"), since);
  return { service, ...touch };
};

const expectNothingLeft = () =>
  eventually(
    () => leftovers(cluster, SERVICES.map(name)),
    (left) => left.length === 0,
  );

const HUNGRY = "food := make([]byte, 256<<20); for i := range food { food[i] = 1 }";

test("a container that is removed in the middle of a swap is made anew with the last good code", async () => {
  await settled("good");
  const since = await saveHeld("removed");
  await docker("rm", "-f", name());
  expect(await touched(since)).toEqual({ service: "books", is: "removed" });
  await devenv.until(ofType("rolledBack"), since);
  expect(await cluster.answer("books")).toBe("good");
  await saved("after it was removed");
  expect(await cluster.answer("books")).toBe("after it was removed");
  await expectNothingLeft();
});

test("a container that was removed while nothing went on is made anew by the next save", async () => {
  const since = devenv.events.length;
  await docker("rm", "-f", name());
  expect(await touched(since)).toEqual({ service: "books", is: "removed" });
  await saved("anew");
  expect(await cluster.answer("books")).toBe("anew");
  await expectNothingLeft();
});

test("a container that is renamed in the middle of a swap is swapped into, and so is the next save", async () => {
  const since = await saveHeld("renamed");
  await docker("rename", name(), `${name()}-mine`);
  expect(await touched(since)).toEqual({ service: "books", is: "renamed", to: `${name()}-mine` });
  await openGate(cluster);
  await devenv.until(ofService("books", "committed"), since);
  await saved("still renamed");
  const back = devenv.events.length;
  await docker("rename", `${name()}-mine`, name());
  expect(await touched(back)).toEqual({ service: "books", is: "renamed", to: name() });
  expect(await cluster.answer("books")).toBe("still renamed");
  await expectNothingLeft();
});

test("a container that is paused in the middle of a swap is waited for, longer than its readiness may take", async () => {
  const since = await saveHeld("paused");
  await docker("pause", name());
  expect(await touched(since)).toEqual({ service: "books", is: "paused" });
  // Its readiness would have to be told within 5 s.
  const told = devenv.events.length;
  await cluster.save("authors", goProgram("authors meanwhile"));
  await devenv.until(ofService("authors", "committed"), told);
  await expect(
    eventually(
      () => devenv.events.slice(since).some(ofService("books", "notReady", "committed")),
      (isOver) => isOver,
      { withinMs: 5500 },
    ),
  ).rejects.toThrow();
  await openGate(cluster);
  await docker("unpause", name());
  await devenv.until(ofService("books", "committed"), since);
  expect(await cluster.answer("books")).toBe("paused");
  await expectNothingLeft();
});

test("code that takes more memory than there is gives way to the last good code, which says so", async () => {
  await settled("modest");
  const since = await save("hungry", { first: HUNGRY });
  expect(await touched(since)).toEqual({ service: "books", is: "outOfMemory" });
  const { failure } = await devenv.until(ofType("notReady"), since);
  expect(failure.message).toContain("ran out of memory");
  await devenv.until(ofType("rolledBack"), since);
  expect(await cluster.answer("books")).toBe("modest");
  await expectNothingLeft();
});

test("code that takes more memory than there is once it has answered is taken back", async () => {
  const asked = `http.HandleFunc("/eat", func(http.ResponseWriter, *http.Request) { ${HUNGRY} })`;
  const since = devenv.events.length;
  await cluster.save("eater", goProgram("hungry later", { first: asked }));
  await devenv.until(ofService("eater", "committed"), since);
  await cluster.answer("eater", "/eat").catch(() => undefined);
  const { failure } = await devenv.until(ofService("eater", "died"), since);
  expect(failure.message).toContain("ran out of memory");
  await devenv.until(ofService("eater", "rolledBack"), since);
  expect(await cluster.answer("eater")).toBe("ci");
  await expectNothingLeft();
});

test("a repository that is deleted and made again is followed where it is now", async () => {
  const repo = join(cluster.folder, "repos/books");
  const since = devenv.events.length;
  await rename(repo, `${repo}-away`);
  await devenv.until(ofService("books", "buildFailed"), since);
  expect(await cluster.answer("books")).toBe("modest");
  await rm(`${repo}-away`, { recursive: true });
  await cluster.write("books", "go.mod", "module books\n\ngo 1.19\n");
  await cluster.write("books", "cmd/books/main.go", goProgram("cloned again"));
  await devenv.until(ofService("books", "committed"), since);
  expect(await cluster.answer("books")).toBe("cloned again");
  await saved("saved where it is now");
  expect(await cluster.answer("books")).toBe("saved where it is now");
  await expectNothingLeft();
});

test("a clock that is set back in the middle changes nothing of how long anything takes", async () => {
  await devenv.interrupt();
  // The time of day alone, as somebody sets it; what the kernel counts goes on.
  const clock = join(cluster.folder, "clock.mjs");
  const offset = join(cluster.folder, "offset");
  await writeFile(offset, "0");
  await writeFile(clock, SHIFTED);
  const env = { ...cluster.env, NODE_OPTIONS: `--import ${clock}`, CLOCK_OFFSET: offset };
  devenv = await startWatch({ ...cluster, env });
  let since = await saveHeld("before the clock was set");
  const { at } = await devenv.until(ofType("restarted"), since);
  await writeFile(offset, "-7200000");
  await openGate(cluster);
  const committed = await devenv.until(ofService("books", "committed"), since);
  expect(committed.at).toBeLessThan(at);
  expect(committed.times.ready).toBeGreaterThan(0);
  await untilSettled(devenv, "books", since);
  since = await save("bad", { first: 'panic("no table")' });
  await devenv.until(ofType("rolledBack"), since);
  expect(await cluster.answer("books")).toBe("before the clock was set");
  await saved("after it was set");
  expect(await cluster.answer("books")).toBe("after it was set");
  await expectNothingLeft();
});

/** Sets the time of day of a Node process off by the milliseconds that a file says at each moment. */
const SHIFTED = `
import { readFileSync } from "node:fs";
const now = Date.now;
Date.now = () => now() + Number(readFileSync(process.env.CLOCK_OFFSET, "utf8"));
`;
