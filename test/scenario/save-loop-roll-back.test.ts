import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { ofType, type RunningDevenv, startWatch, untilSettled } from "../harness/devenv.ts";
import { eventually } from "../harness/eventually.ts";
import { leftovers } from "../harness/leftovers.ts";
import { clusterOf, commitVersion, type GoParts, goProgram, type TestCluster } from "./save-loop-cluster.ts";

let cluster: TestCluster;
let devenv: RunningDevenv;
let good = 0;

beforeAll(async () => {
  const devenvKeys = "      ready: { http: /healthz, port: 8080, within: 3s }\n      settle: 100ms";
  cluster = await clusterOf({ name: "books", devenv: devenvKeys });
  devenv = await startWatch(cluster);
});
afterAll(async () => {
  await devenv?.interrupt();
  await cluster?.remove();
});
beforeEach(async () => {
  good += 1;
  const since = devenv.events.length;
  await commitVersion(cluster, devenv, "books", `good ${good}`);
  await untilSettled(devenv, "books", since);
});
afterEach(async () => {
  await eventually(
    () => leftovers(cluster, [`${cluster.cluster}-books-1`]),
    (left) => left.length === 0,
  );
});

test("a save that does not compile: the compiler's words with their place, and the old binary answers all the while", async () => {
  const before = await cluster.container("books");
  const poll = await cluster.poll("books");
  const broken = goProgram("broken").replace("func main() {", "func main() {\n\tx := undefinedName");
  const line = broken.split("\n").findIndex((text) => text.includes("undefinedName")) + 1;
  let since = devenv.events.length;
  await cluster.save("books", broken);
  const { failure } = await devenv.until(ofType("buildFailed"), since);
  expect(failure).toMatchObject({ where: { file: cluster.source("books"), line }, class: "user" });
  expect(failure.where?.column).toBeGreaterThan(1);
  expect(failure.output).toContain("undefined: undefinedName");

  since = devenv.events.length;
  await cluster.save("books", goProgram("broken").replace("func main() {", "func main() {{"));
  const syntax = await devenv.until(ofType("buildFailed"), since);
  expect(syntax.failure.output).toContain("syntax error");
  expect(await cluster.answer("books")).toBe(`good ${good}`);
  expect(await poll.stop()).toMatchObject({ failures: 0 });
  expect(await cluster.container("books")).toEqual(before);
  expect(await cluster.status("books")).toMatchObject({ state: "ready", mode: "local" });
});

const BAD: readonly (readonly [string, GoParts, RegExp])[] = [
  ["panics at its start", { first: 'panic("no table")' }, /ended with code 2/],
  ["exits with 0 at its start", { imports: ["os"], first: "os.Exit(0)" }, /ended with code 0/],
  [
    "hangs before it listens",
    { imports: ["time"], first: "time.Sleep(time.Hour)" },
    /did not listen on port 8080 within 3 s/,
  ],
  ["answers 500 on /healthz", { health: "w.WriteHeader(500)" }, /answered 500 on \/healthz within 3 s/],
];

test.each(BAD)("a program that %s is rolled back by itself, and a good save clears it", async (what, parts, reason) => {
  const since = devenv.events.length;
  const poll = await cluster.poll("books", 100);
  await cluster.save("books", goProgram("bad", parts));
  const rolledBack = await devenv.until(ofType("rolledBack"), since);
  const notReady = await devenv.until(ofType("notReady"), since);
  expect(notReady.failure.message).toMatch(reason);
  if (what.startsWith("panics")) expect(notReady.failure.output).toContain("panic: no table");
  expect(await cluster.answer("books")).toBe(`good ${good}`);
  const row = await cluster.status("books");
  expect(row).toMatchObject({ state: "rolledBack", mode: "local", build: rolledBack.to, ready: true });
  expect(row.reason).toMatch(reason);
  // The deadline of three seconds, and what a busy machine takes to start a container anew.
  expect((await poll.stop()).longestGapMs).toBeLessThan(7000);

  await commitVersion(cluster, devenv, "books", "good again");
  expect(await cluster.answer("books")).toBe("good again");
  expect(await cluster.status("books")).toMatchObject({ state: "ready" });
});

test("a save back to the last good text after a roll-back is committed, and clears the roll-back", async () => {
  let since = devenv.events.length;
  await cluster.save("books", goProgram("bad", { first: 'panic("no table")' }));
  await devenv.until(ofType("rolledBack"), since);
  since = devenv.events.length;
  await cluster.save("books", goProgram(`good ${good}`));
  await devenv.until(ofType("committed"), since);
  expect(await cluster.answer("books")).toBe(`good ${good}`);
  expect(await cluster.status("books")).toMatchObject({ state: "ready" });
});

test("a program that ignores TERM is killed after its grace, its children too, and the new one runs", async () => {
  const child = `
	if len(os.Args) > 1 && os.Args[1] == "child" {
		signal.Ignore(syscall.SIGTERM)
		panic(http.ListenAndServe(":9090", nil))
	}
	signal.Ignore(syscall.SIGTERM)
	if err := exec.Command("/devenv/bin/books", "child").Start(); err != nil {
		panic(err)
	}`;
  const imports = ["os", "os/exec", "os/signal", "syscall"];
  let since = devenv.events.length;
  await cluster.save("books", goProgram("ignores TERM", { imports, first: child }));
  await devenv.until(ofType("committed"), since);
  since = devenv.events.length;
  // The port of the child is free again: who took it would not start otherwise.
  const first = 'go func() { panic(http.ListenAndServe(":9090", nil)) }()';
  await cluster.save("books", goProgram("after TERM was ignored", { first }));
  const { times } = await devenv.until(ofType("committed"), since);
  expect(times.restart).toBeGreaterThan(900); // half of stop_grace_period, the other half is a stop's
  expect(await cluster.answer("books")).toBe("after TERM was ignored");
});

test("a broken configuration is rolled back together with the code's pointer", async () => {
  const readsConfig = `
	config, _ := os.ReadFile("/devenv/config/books/config.toml")
	if strings.Contains(string(config), "broken") {
		panic("cannot read the configuration")
	}
	version = string(config)`;
  let since = devenv.events.length;
  await cluster.write("books", "container/etc/config.toml", "fine");
  await untilSettled(devenv, "books", since);
  since = devenv.events.length;
  await cluster.save("books", goProgram("", { imports: ["os", "strings"], first: readsConfig }));
  await untilSettled(devenv, "books", since);
  since = devenv.events.length;
  await cluster.write("books", "container/etc/config.toml", "broken");
  const { failure } = await devenv.until(ofType("notReady"), since);
  expect(failure.output).toContain("cannot read the configuration");
  await devenv.until(ofType("rolledBack"), since);
  expect(await cluster.answer("books")).toBe("fine");
  expect(await cluster.answer("books", "/file?path=/devenv/config/books/config.toml")).toBe("fine");

  since = devenv.events.length;
  await cluster.write("books", "container/etc/config.toml", "mended");
  await devenv.until(ofType("committed"), since);
  expect(await cluster.answer("books")).toBe("mended");
});
