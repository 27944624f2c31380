import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "../../src/docker/connect.ts";
import { attachTo, delve } from "../harness/delve.ts";
import { ofType, type RunningDevenv, startWatch, untilSettled } from "../harness/devenv.ts";
import { eventually } from "../harness/eventually.ts";
import { clusterOf, dockerHost, goProgram, type TestCluster } from "./save-loop-cluster.ts";

/** `books` has dlv in its image, which is otherwise empty; `reviews` has not, and is to be debugged, too. */
let cluster: TestCluster;
let devenv: RunningDevenv;
const daemon = connect({ kind: "unix", path: dockerHost().slice("unix://".length) });

beforeAll(async () => {
  cluster = await clusterOf({ name: "books" }, { name: "reviews" });
  await mkdir(join(cluster.folder, "image"));
  await copyFile(await delve(), join(cluster.folder, "image/dlv"));
  await writeFile(join(cluster.folder, "image/Dockerfile"), "FROM scratch\nCOPY dlv /usr/local/bin/dlv\n");
  const profile = (await readFile(cluster.profile, "utf8"))
    .replace(/( {2}books:\n) {4}image: scratch/, "$1    build: ../image")
    .replaceAll(/build: \{ go: (\S+) \}/g, "build: { go: $1, debug: true }\n      settle: 100ms");
  await writeFile(cluster.profile, profile);
});
afterAll(async () => {
  await devenv?.interrupt();
  daemon.close();
  await cluster?.remove();
});

/** The line of the handler that answers the version. */
async function handlerOf(service: string): Promise<[file: string, line: number]> {
  const file = cluster.source(service);
  const lines = (await readFile(file, "utf8")).split("\n");
  return [file, lines.findIndex((line) => line.includes('HandleFunc("/", ')) + 1];
}

/** Saves a version of the program that ends within the request under way, and waits until it has settled. */
async function settleVersion(version: string): Promise<void> {
  const since = devenv.events.length;
  await cluster.saveVersion("books", version);
  await untilSettled(devenv, "books", since);
}

/** What a request gives that may stand at a breakpoint for as long as it wants; undefined when it was cut off. */
async function patientAnswer(): Promise<string | undefined> {
  const { address } = await cluster.container("books");
  return fetch(`http://${address}:8080/`, { headers: { connection: "close" } }).then(
    (response) => response.text(),
    () => undefined,
  );
}

const debuggerOf = async (service: string) => (await cluster.status(service)).debugger;

/** Once dlv has read the program's symbols. */
async function addressOf(service: string): Promise<string> {
  const found = await eventually(
    () => debuggerOf(service),
    (one) => one?.state === "listening",
    { withinMs: 30_000 },
  );
  if (found?.address == null) throw new Error(`the debugger of ${service} is not published`);
  return found.address;
}

test("`up` says where an editor can attach, and what is missing where none can", async () => {
  const { code, output } = await cluster.run("up");
  expect(code, output).toBe(0);
  expect(output).toMatch(/books +debugger at 127\.0\.0\.1:\d+/);
  expect(output).toMatch(/reviews +runs without a debugger: there is no dlv in its image/);
  expect(await cluster.answer("reviews")).toBe("ci");

  const { stdout } = await cluster.run("status");
  expect(stdout).toContain(`books: debugger at ${await addressOf("books")}`);
  expect(await debuggerOf("reviews")).toMatchObject({ state: "missing" });
  // Nobody but this machine, and no address that would be taken for the service's own.
  expect(await cluster.status("books")).toMatchObject({ address: "books:8080", state: "ready" });
});

test("an editor attaches, and a request halts the program at a breakpoint", async () => {
  devenv = await startWatch(cluster);
  await settleVersion("one");
  const editor = await attachTo(await addressOf("books"));
  const [file, line] = await handlerOf("books");
  await editor.breakAt(file, line);
  const halted = editor.untilHalt();
  const answer = patientAnswer();
  expect((await halted).currentThread).toMatchObject({ file, line });
  expect(await editor.evaluate("main.version")).toBe("one");
  void editor.untilHalt().catch(() => undefined);
  expect(await answer).toBe("one");
  editor.close();
});

test("a save is swapped in while a request stands at a breakpoint, and the editor attaches again", async () => {
  const before = await cluster.container("books");
  const editor = await attachTo(await addressOf("books"));
  const halted = editor.untilHalt(); // at the breakpoint of the editor before
  const answer = patientAnswer();
  await halted;
  await settleVersion("two");
  expect(await cluster.answer("books")).toBe("two");
  await editor.closed;
  expect(await answer).toBe("one"); // let go, and ended within the request under way
  const after = await cluster.container("books");
  expect([after.id, after.pid, after.restarts]).toEqual([before.id, before.pid, 0]);

  const again = await attachTo(await addressOf("books"));
  const [file, line] = await handlerOf("books");
  await again.breakAt(file, line);
  const haltedAgain = again.untilHalt();
  void patientAnswer();
  await haltedAgain;
  expect(await again.evaluate("main.version")).toBe("two");
  void again.untilHalt().catch(() => undefined);
  again.close();
});

test("a crash under the debugger is told with its code, and the last good version is back", async () => {
  const since = devenv.events.length;
  await cluster.save("books", goProgram("crashing", { imports: ["os"], first: "os.Exit(3)" }));
  const { failure } = await devenv.until(ofType("notReady"), since);
  expect(failure.message).toBe("books ended with code 3");
  await devenv.until(ofType("rolledBack"), since);
  expect(await cluster.answer("books")).toBe("two");
});

test("the end of the container ends both, the program in its own way", async () => {
  const { id } = await cluster.container("books");
  await addressOf("books");
  await daemon.stop(id, 10_000);
  expect(await daemon.inspect(id)).toMatchObject({ state: "exited", exitCode: 0 });
});
