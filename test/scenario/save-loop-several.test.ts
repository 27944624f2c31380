import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Event } from "../../src/model/event.ts";
import { ofType, type RunningDevenv, startDevenv, startWatch } from "../harness/devenv.ts";
import { clusterOf, goProgram, ofService, type TestCluster } from "./save-loop-cluster.ts";

const SERVICES = ["books", "reviews", "search"] as const;

let cluster: TestCluster;
let devenv: RunningDevenv;

beforeAll(async () => {
  const keys = "      ready: { http: /healthz, port: 8080, within: 5s }\n      settle: 100ms";
  cluster = await clusterOf(...SERVICES.map((name) => ({ name, devenv: keys })));
  // books and reviews are built from a module that lies beside them, search is not.
  await cluster.write("shared", "go.mod", "module shared\n\ngo 1.19\n");
  await cluster.write("shared", "words/words.go", 'package words\n\nconst Word = "one"\n');
  for (const service of ["books", "reviews"]) {
    const mod = `module ${service}\n\ngo 1.19\n\nrequire shared v0.0.0\n\nreplace shared => ../shared\n`;
    await cluster.write(service, "go.mod", mod);
    await cluster.save(service, goProgram("", { imports: ["shared/words"], first: "version = words.Word" }));
  }
  devenv = await startWatch(cluster);
});
afterAll(async () => {
  await devenv?.interrupt();
  await cluster?.remove();
});

/** Waits until each of these services has come to this event after `since`. */
const each = (services: readonly string[], type: Event["type"], since: number) =>
  Promise.all(services.map((service) => devenv.until(ofService(service, type), since)));

test("an edit of a module that several services share swaps each of them, and no other", async () => {
  const since = devenv.events.length;
  await cluster.write("shared", "words/words.go", 'package words\n\nconst Word = "two"\n');
  await each(["books", "reviews"], "committed", since);
  expect(await Promise.all(SERVICES.map((service) => cluster.answer(service)))).toEqual(["two", "two", "ci"]);
  expect(devenv.events.slice(since).some((event) => "service" in event && event.service === "search")).toBe(false);
});

test("services that are saved at once are swapped side by side", async () => {
  const since = devenv.events.length;
  await devenv.whileStopped(async () => {
    for (const service of SERVICES) await cluster.save(service, goProgram(`at once ${service}`));
  });
  await each(SERVICES, "committed", since);
  for (const service of SERVICES) expect(await cluster.answer(service)).toBe(`at once ${service}`);
  await each(SERVICES, "settled", since);
  const types = devenv.events.slice(since).map(({ type }) => type);
  // All of them were saved before the first one was built: none waited for another.
  expect(types.slice(0, types.indexOf("built")).filter((type) => type === "saved")).toHaveLength(3);
});

test("a service that breaks does not hold up the others, nor their swaps", async () => {
  const since = devenv.events.length;
  await cluster.save("books", goProgram("bad", { first: 'panic("no table")' }));
  await cluster.save("search", goProgram("good beside bad"));
  await Promise.all([
    devenv.until(ofService("books", "rolledBack"), since),
    devenv.until(ofService("search", "committed"), since),
  ]);
  expect(await cluster.answer("books")).toBe("at once books");
  expect(await cluster.answer("search")).toBe("good beside bad");
});

test("`devenv logs -f` goes on across swaps: in order, none lost", async () => {
  // Each line waits for the one before it; the count lives in the name of the version.
  const counter = (version: string) =>
    goProgram(version, {
      imports: ["time"],
      first: "go func() { for n := 1; ; n++ { fmt.Println(version, n); time.Sleep(2 * time.Millisecond) } }()",
    });
  const lines: string[] = [];
  // With what was before: the first save may be quicker than the start of this one.
  const logs = startDevenv(cluster, ["logs", "search", "-f", "-n", "1000"], (line) => lines.push(line));
  const versions = ["a", "b", "c", "d"];
  for (const version of versions) {
    const since = devenv.events.length;
    await cluster.save("search", counter(version));
    await devenv.until(ofService("search", "committed"), since);
    await logs.untilLine((line) => line.endsWith(`${version} 50`));
  }
  await logs.interrupt();
  const told = lines.flatMap((line) => /([a-d]) (\d+)$/.exec(line)?.slice(1) ?? []);
  const counted = versions.map((version) => told.filter((_, n) => n % 2 === 1 && told[n - 1] === version).map(Number));
  for (const [index, numbers] of counted.entries()) {
    expect(numbers.length, versions[index]).toBeGreaterThanOrEqual(50);
    expect(numbers, versions[index]).toEqual(numbers.map((_, n) => n + 1));
  }
  const order = told.filter((_, n) => n % 2 === 0);
  expect(order).toEqual([...order].sort());
});

test("a go.mod that cannot be read is told, and mended by the next save", async () => {
  const since = devenv.events.length;
  await cluster.write("search", "go.mod", "module search\n\nnonsense\n");
  const { failure } = await devenv.until(ofService("search", "buildFailed"), since);
  expect(failure.where).toMatchObject({ file: join(cluster.folder, "repos/search/go.mod"), line: 3 });
  const mended = devenv.events.length;
  await cluster.write("search", "go.mod", "module search\n\ngo 1.19\n");
  await devenv.until(ofType("unchanged"), mended);
});
