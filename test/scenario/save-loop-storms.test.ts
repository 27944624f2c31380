import { chmodSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemProcesses } from "../../src/host/process.ts";
import { queueLimit } from "../../src/watch/event-queue.ts";
import { ofType, type RunningDevenv, startWatch } from "../harness/devenv.ts";
import { clusterOf, goProgram, type TestCluster } from "./save-loop-cluster.ts";

const FILES = 5000;

let cluster: TestCluster;
let devenv: RunningDevenv;
let repo: string;

async function git(...args: string[]): Promise<void> {
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.test", "-c", "gc.auto=0"];
  const { code, output } = await systemProcesses.run("git", [...identity, ...args], { cwd: repo });
  expect(code, output).toBe(0);
}

/** Two branches on which every one of thousands of files is another, the program's among them; the work tree stays. */
async function makeBranches(...names: string[]): Promise<void> {
  const file = (path: string, text: string) => `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`;
  const commit = (name: string) =>
    `commit refs/heads/${name}\ncommitter t <t@example.test> 1700000000 +0000\ndata 0\n` +
    file("go.mod", "module books\n\ngo 1.19\n") +
    file("cmd/books/main.go", goProgram(`on ${name}`)) +
    Array.from({ length: FILES }, (_, n) => file(`data/${n}.txt`, `${name} ${n}\n`)).join("");
  const stream = join(cluster.folder, "branches");
  await writeFile(stream, names.map(commit).join(""));
  await git("init", "-q");
  const { code, output } = await systemProcesses.run("sh", ["-c", `git fast-import --quiet <${stream}`], { cwd: repo });
  expect(code, output).toBe(0);
}

beforeAll(async () => {
  cluster = await clusterOf({ name: "books", devenv: "      ready: { http: /healthz, port: 8080, within: 20s }" });
  repo = join(cluster.folder, "repos", "books");
  // Made of its whole repository.
  const command = `build: { command: 'CGO_ENABLED=0 go build -o "$$DEVENV_OUT" ./cmd/books' }`;
  await writeFile(
    cluster.profile,
    (await readFile(cluster.profile, "utf8")).replace(/build: .*/, () => command),
  );
  await makeBranches("trunk", "feature");
  await git("checkout", "-qf", "trunk");
  devenv = await startWatch(cluster);
});
afterAll(async () => {
  await devenv?.kill();
  await cluster?.remove();
});

test("a checkout of 5,000 changed files is one save with one summary, and what is checked out answers", async () => {
  const since = devenv.events.length;
  await git("checkout", "-q", "feature");
  await devenv.until(ofType("committed"), since);
  expect(await cluster.answer("books")).toBe("on feature");
  const events = devenv.events.slice(since);
  expect(events.filter(ofType("paused"))).toHaveLength(1);
  expect(events.filter(ofType("resumed"))).toMatchObject([{ changed: FILES + 1, services: ["books"] }]);
  expect(events.filter(ofType("saved"))).toHaveLength(1);
});

test("a save that the system had no room to tell of is found by its content", async () => {
  const since = devenv.events.length;
  await devenv.whileStopped(async () => {
    const files = ["0.txt", "1.txt"].map((name) => join(repo, "data", name)) as [string, string];
    // Alternating, so that the kernel makes no single event of them; the mode is what it was in the end.
    for (let n = 0; n < queueLimit() + 16; n++) chmodSync(files[n % 2 === 0 ? 0 : 1], n % 4 < 2 ? 0o600 : 0o644);
    await cluster.save("books", goProgram("behind the overflow"));
  });
  await devenv.until(ofType("committed"), since);
  expect(await cluster.answer("books")).toBe("behind the overflow");
  const [paused, resumed] = devenv.events.slice(since).filter(ofType("paused", "resumed"));
  expect([paused, resumed]).toMatchObject([
    { reason: "more files changed at once than the system tells" },
    { changed: 1 },
  ]);
});

test("a save while git holds its lock cuts the build short, and is built when the lock is gone", async () => {
  const since = devenv.events.length;
  await cluster.save("books", goProgram("before the lock"));
  const before = await devenv.until(ofType("saved"), since);
  await writeFile(join(repo, ".git", "index.lock"), "");
  await cluster.save("books", goProgram("under the lock"));
  await devenv.until(ofType("paused"), since);
  await rm(join(repo, ".git", "index.lock"));
  await devenv.until(ofType("resumed"), since);
  const saved = await devenv.until(ofType("saved"), devenv.events.indexOf(before) + 1);
  // The save and what the pause has held of it may come one after the other, and the one replace the other.
  await devenv.until(
    (event): event is typeof event => event.type === "committed" && event.generation >= saved.generation,
    since,
  );
  expect(await cluster.answer("books")).toBe("under the lock");
});

test("Ctrl-C in the middle of a pause ends the watch", async () => {
  const since = devenv.events.length;
  await writeFile(join(repo, ".git", "index.lock"), "");
  await cluster.save("books", goProgram("never built"));
  await devenv.until(ofType("paused"), since);
  expect(await devenv.interrupt()).toBe(130);
  expect(devenv.events.slice(since).some(ofType("saved"))).toBe(false);
});
