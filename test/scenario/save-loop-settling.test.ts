import { afterAll, beforeAll, expect, test } from "vitest";
import { ofType, type RunningDevenv, startWatch, untilSettled } from "../harness/devenv.ts";
import { eventually } from "../harness/eventually.ts";
import { clusterOf, commitVersion, goProgram, ofService, type TestCluster } from "./save-loop-cluster.ts";

let cluster: TestCluster;
let devenv: RunningDevenv;

/** `books` never settles while a test looks; `quick` does after five seconds, in which a test comes to what it has to do. */
beforeAll(async () => {
  const settling = (time: string) => `      ready: { http: /healthz, port: 8080, within: 5s }\n      settle: ${time}`;
  cluster = await clusterOf({ name: "books", devenv: settling("1h") }, { name: "quick", devenv: settling("5s") });
  devenv = await startWatch(cluster);
});
afterAll(async () => {
  await devenv?.interrupt();
  await cluster?.remove();
});

/** A program that ends when it is asked to, with this code. */
const endsWith = (version: string, code: number) =>
  goProgram(version, {
    imports: ["os"],
    first: `http.HandleFunc("/end", func(http.ResponseWriter, *http.Request) { os.Exit(${code}) })`,
  });

/** Saves it, and waits until it answers. */
async function commit(service: string, text: string) {
  const since = devenv.events.length;
  await cluster.save(service, text);
  return devenv.until(ofService(service, "committed"), since);
}

/** Has the program end, which keeps it from answering. */
const end = (service: string) => cluster.answer(service, "/end").catch(() => undefined);

const hasEnded = (service: string) =>
  eventually(
    () => cluster.container(service),
    ({ state }) => state === "exited",
  );

test("a save that fails while another settles goes back to what has settled, and not to the other", async () => {
  await commit("books", goProgram("settling"));
  const since = devenv.events.length;
  await cluster.save("books", goProgram("bad", { first: 'panic("no table")' }));
  expect(await devenv.until(ofService("books", "rolledBack"), since)).toMatchObject({ to: "ci:124" });
  expect(await devenv.until(ofService("books", "replaced"), since)).toBeDefined();
  expect(await cluster.answer("books")).toBe("ci");
});

test.each([0, 3])("a program that ends by itself with code %i before it has settled is taken back", async (code) => {
  const since = devenv.events.length;
  await commit("books", endsWith(`ends with ${code}`, code));
  expect(await cluster.answer("books")).toBe(`ends with ${code}`);
  await end("books");
  const died = await devenv.until(ofService("books", "died"), since);
  expect(died.failure.message).toBe(`books answered, and then ended with code ${code}`);
  await devenv.until(ofService("books", "rolledBack"), since);
  expect(await cluster.answer("books")).toBe("ci");
  expect(await cluster.status("books")).toMatchObject({ state: "rolledBack", build: "ci:124" });
});

test("a container that is stopped while its code settles is not taken back, and settles on once it is started again", async () => {
  const since = devenv.events.length;
  await commit("quick", goProgram("stopped"));
  await cluster.run("restart", "quick");
  await untilSettled(devenv, "quick", since);
  expect(devenv.events.slice(since).some(ofType("died", "rolledBack"))).toBe(false);
  expect(await cluster.answer("quick")).toBe("stopped");
});

test("status says that it settles, up and fetch leave it, and a build of CI that is wanted takes its place", async () => {
  const { build } = await commit("books", goProgram("mine"));
  const row = await cluster.status("books");
  expect(row).toMatchObject({ state: "ready", mode: "local", build });
  expect(Date.parse(row.settlesAt ?? "")).toBeGreaterThan(Date.now());
  expect((await cluster.run("status")).stdout).toMatch(/books +settles in 3[56]\d\d s/);

  expect((await cluster.run("up")).code).toBe(0);
  expect(await cluster.answer("books")).toBe("mine");
  expect(await cluster.status("books")).toMatchObject({ build, settlesAt: row.settlesAt });

  await cluster.ciBuilds({ books: "ci 125" });
  expect((await cluster.run("fetch", "books")).code).toBe(0);
  expect(await cluster.answer("books")).toBe("mine");
  await cluster.run("use", "books=ci");
  expect(await cluster.answer("books")).toBe("ci 125");
  await cluster.run("use", "--clear", "books");
  const since = devenv.events.length;
  await commit("books", goProgram("mine, too"));
  expect(await devenv.until(ofService("books", "replaced"), since)).not.toHaveProperty("by");
});

test("a rollback while it settles goes back to what has settled", async () => {
  await commit("books", goProgram("not wanted"));
  const { code, output } = await cluster.run("rollback", "books");
  expect({ code, output }).toMatchObject({ code: 0 });
  expect(await cluster.answer("books")).toBe("ci 125");
  const row = await cluster.status("books");
  expect(row).toMatchObject({ state: "ready", build: "ci:125" });
  expect(row).not.toHaveProperty("settlesAt");
});

test("what settles when watch is killed settles in the next watch, and is gone back to from then on", async () => {
  const { build } = await commit("quick", goProgram("good"));
  await devenv.kill();
  expect(await cluster.status("quick")).toMatchObject({ state: "ready", build });
  devenv = await startWatch(cluster);
  expect(await devenv.until(ofService("quick", "settled"), 0)).toMatchObject({ generation: 0, build });
  expect(await cluster.status("quick")).not.toHaveProperty("settlesAt");
  await cluster.save("quick", goProgram("bad", { first: 'panic("no table")' }));
  expect(await devenv.until(ofService("quick", "rolledBack"), 0)).toMatchObject({ to: build });
  expect(await cluster.answer("quick")).toBe("good");
});

test("what ends while nobody watches is taken back by the next watch", async () => {
  await commit("books", endsWith("unwatched", 4));
  await devenv.kill();
  await end("books");
  await hasEnded("books");
  devenv = await startWatch(cluster);
  const died = await devenv.until(ofService("books", "died"), 0);
  expect(died.failure.message).toBe("books answered, and then ended with code 4");
  await devenv.until(ofService("books", "rolledBack"), 0);
  expect(await cluster.answer("books")).toMatch(/^ci/);
});

test("what ends while nobody watches is taken back by the next up", async () => {
  await commit("books", endsWith("unwatched, too", 4));
  await devenv.kill();
  await end("books");
  await hasEnded("books");
  expect((await cluster.run("up")).code).toBe(0);
  expect(await cluster.answer("books")).toMatch(/^ci/);
  expect(await cluster.status("books")).toMatchObject({ state: "ready", build: expect.stringMatching(/^ci:/) });
  devenv = await startWatch(cluster);
  await commitVersion(cluster, devenv, "books", "watched again");
});
