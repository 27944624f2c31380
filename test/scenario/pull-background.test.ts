import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Event } from "../../src/model/event.ts";
import { ofType, type RunningDevenv, startDevenv, startWatch } from "../harness/devenv.ts";
import { eventually } from "../harness/eventually.ts";
import { crashing, LOCAL, type PulledCluster, pulledCluster, SHOP } from "./pulled-cluster.ts";
import { ofService } from "./save-loop-cluster.ts";

let cluster: PulledCluster;
let devenv: RunningDevenv;

beforeAll(async () => {
  // One round as each watch begins, and no other in the middle of a test.
  cluster = await pulledCluster("1h");
  const pinned = await cluster.run("pin", "search", "124");
  expect(pinned.code, pinned.output).toBe(0);
});
afterAll(async () => {
  await devenv?.kill();
  await cluster?.remove();
});

/** The services that were saved, each as often as it was, in the order of the alphabet. */
const savedIn = (events: readonly Event[]): string[] =>
  events
    .filter(ofType("saved"))
    .map(({ service }) => service)
    .sort();

const committed = (since: number) =>
  Promise.all(LOCAL.map((service) => devenv.until(ofService(service, "committed"), since)));

test("a pull in the background is one round: one pause, one build of each that runs its work tree, and a pin stays", async () => {
  await cluster.push(SHOP, cluster.saying("second"));
  await cluster.ciBuilds({ web: "web 125", search: "search 125" });
  devenv = await startWatch(cluster);
  const pulled = await devenv.until(ofType("pulled"), 0);
  expect(pulled.moved).toMatchObject([
    { name: SHOP, move: { count: 1, files: 1 }, services: [...LOCAL, "web", "search"] },
  ]);
  await committed(0);
  const refreshed = await devenv.until(ofType("refreshed"), 0);
  expect(refreshed.services).toMatchObject([{ service: "web", from: "ci:124", to: "ci:125", outcome: "swapped" }]);
  for (const service of LOCAL) expect(await cluster.answer(service)).toBe(`${service} says second`);
  expect([await cluster.answer("web"), await cluster.answer("search")]).toEqual(["web 125", "ci"]);
  const { events } = devenv;
  expect(savedIn(events)).toEqual([...LOCAL].sort());
  expect(events.filter(ofType("paused"))).toMatchObject([{ reason: `${SHOP} is pulled` }]);
  const [resumed, ...more] = events.filter(ofType("resumed"));
  expect({ ...resumed, services: [...(resumed?.services ?? [])].sort(), more }).toMatchObject({
    changed: 1,
    services: [...LOCAL].sort(),
    more: [],
  });
});

test("a pull-all beside the watch leaves the builds to it, and what runs CI's code is not built by what was pulled", async () => {
  await cluster.push(SHOP, cluster.saying("third"));
  const since = devenv.events.length;
  const { code, lines } = await cluster.pullAll();
  expect(code).toBe(0);
  expect(lines[1]).toMatchObject({ local: LOCAL, rebuilt: null, command: null });
  expect(lines[1]?.watcher).toMatch(/^devenv watch \S+ \(pid \d+/);
  await committed(since);
  for (const service of LOCAL) expect(await cluster.answer(service)).toBe(`${service} says third`);
  // Whether each was built once or twice is the quiet window's: git is another process's here.
  expect([...new Set(savedIn(devenv.events.slice(since)))]).toEqual([...LOCAL].sort());
});

test("a person's save of what runs CI's code is built all the same, also of a file that came with the pull", async () => {
  const file = join(cluster.folder, SHOP, "cmd", "web", "main.go");
  const since = devenv.events.length;
  await writeFile(file, (await readFile(file, "utf8")).replace("says", "says to me"));
  await devenv.until(ofService("web", "committed"), since);
  expect(await cluster.answer("web")).toBe("web says to me third");
});

test("a pulled commit that crashes at its start is rolled back and told; the others run on the new one", async () => {
  await cluster.push(SHOP, { ...cluster.saying("fourth"), "cmd/books/main.go": crashing("books") });
  const since = devenv.events.length;
  expect((await cluster.pullAll("--no-cluster")).code).toBe(0);
  const [notReady] = await Promise.all([
    devenv.until(ofService("books", "notReady"), since),
    devenv.until(ofService("books", "rolledBack"), since),
    devenv.until(ofService("authors", "committed"), since),
  ]);
  expect(notReady.failure.output).toContain("from the pull");
  // Each may be built twice, where git wrote the one file long before the other.
  await eventually(
    () => cluster.answer("books"),
    (text) => text === "books says third",
  );
  await eventually(
    () => cluster.answer("authors"),
    (text) => text === "authors says fourth",
  );
});

test("a profile that comes with a pull in the background is carried out, and only what it changes is touched", async () => {
  expect(await devenv.interrupt()).toBe(130);
  const text = await readFile(cluster.profile, "utf8");
  await cluster.push(".", {
    "profiles/test.yaml": text.replace("  search:\n", "  search:\n    labels: { added: yes }\n"),
  });
  const before = await cluster.identities();
  devenv = await startWatch(cluster);
  const replanned = await devenv.until(ofType("replanned"), 0);
  expect(replanned).toMatchObject({ changed: ["search"], gone: [] });
  await devenv.until(ofType("pulled"), 0);
  expect(devenv.events.filter(ofType("pulled"))).toMatchObject([{ moved: [{ name: ".", services: [] }] }]);
  const after = await cluster.identities();
  const changed = Object.keys(before).filter((name) => before[name] !== after[name]);
  expect(changed).toEqual([`${cluster.cluster}-search-1`]);
});

test("what is left alone is told once, in words, by the lines of the watch", async () => {
  expect(await devenv.interrupt()).toBe(130);
  await writeFile(join(cluster.folder, SHOP, "motto", "motto.go"), 'package motto\n\nconst Text = "mine"\n');
  await cluster.push(SHOP, cluster.saying("fifth"));
  devenv = startDevenv(cluster, ["watch"]);
  const line = await devenv.untilLine((text) => text.includes("is not pulled"));
  expect(line).toContain(`! ${SHOP} is not pulled: the update would overwrite uncommitted changes in motto/motto.go`);
  expect(await devenv.interrupt()).toBe(130);
});
