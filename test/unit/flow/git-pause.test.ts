import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { GitPause } from "../../../src/flow/git-pause.ts";
import { Pauses } from "../../../src/flow/pauses.ts";
import { systemProcesses } from "../../../src/host/process.ts";
import type { Event } from "../../../src/model/event.ts";
import { serviceName } from "../../../src/model/names.ts";
import { manualClock } from "../watch/manual-clock.ts";

const [BOOKS, AUTHORS] = [serviceName("books"), serviceName("authors")];

/** Two repositories of a workspace, a clock that is moved by hand, and what is said to the swaps and to the person. */
async function storms(pauseAt = 1000) {
  const workspace = await mkdtemp(join(tmpdir(), "devenv-pause-"));
  onTestFinished(() => rm(workspace, { recursive: true, force: true }));
  for (const repo of ["books", "authors"]) await mkdir(join(workspace, repo, ".git"), { recursive: true });
  const clock = manualClock();
  const said: string[] = [];
  const swaps = {
    pause: (service: string) => void said.push(`pause ${service}`),
    unpause: (service: string) => void said.push(`build ${service}`),
    isDue: () => true,
  };
  const events: Event[] = [];
  const closing = new AbortController();
  onTestFinished(() => closing.abort());
  const bus = { dispatch: (event: Event) => void events.push(event), subscribe: () => () => {} };
  const machine = { bus, clock, signal: closing.signal };
  const profile = { watch: { quietMs: 25, maxWaitMs: 1000, pauseAt }, workspace };
  const pause = new GitPause(new Pauses(swaps, machine), () => profile, machine);
  const lock = (repo: string) => join(workspace, repo, ".git", "index.lock");
  const told = (type: Event["type"]) => events.filter((event) => event.type === type);
  return { workspace, profile, clock, said, told, lock, heard: pause.heard.bind(pause) };
}

test("changes while git holds its lock wait until it is gone and all is quiet, and are one round with one summary", async () => {
  const { workspace, clock, said, told, lock, heard } = await storms();
  await writeFile(lock("books"), "");
  for (const name of ["a", "b", "c"]) {
    heard(join(workspace, "books", name), [BOOKS]);
    await clock.pass(500);
  }
  expect(told("paused")).toMatchObject([{ reason: "git is at work in books" }]);
  expect(said).not.toContain("build books");
  await rm(lock("books"));
  await clock.pass(50);
  heard(join(workspace, "books", "d"), [BOOKS, AUTHORS]);
  await clock.pass(100);
  expect(told("resumed")).toEqual([]);
  await clock.pass(50);
  expect(told("resumed")).toMatchObject([{ changed: 4, services: [BOOKS, AUTHORS] }]);
  expect(said.slice(-2)).toEqual(["build books", "build authors"]);
  expect(told("lockPassed")).toEqual([]);
});

test("a change without a lock waits for nothing, and so does one of another repository", async () => {
  const { workspace, said, told, lock, heard } = await storms();
  await writeFile(lock("books"), "");
  heard(join(workspace, "authors", "a"), [AUTHORS]);
  heard(join(workspace, "outside"), [AUTHORS]);
  expect([said, told("paused")]).toEqual([[], []]);
});

test("the lock of a linked worktree is another one than that of its repository", async () => {
  const { workspace, said, lock, heard } = await storms();
  const git = async (...args: string[]) => {
    const identity = ["-c", "user.name=t", "-c", "user.email=t@example.test"];
    const { code, output } = await systemProcesses.run("git", [...identity, ...args], {
      cwd: join(workspace, "books"),
    });
    expect(code, output).toBe(0);
  };
  await rm(join(workspace, "books", ".git"), { recursive: true });
  await git("init", "-q");
  await git("commit", "-q", "--allow-empty", "-m", "first");
  await git("worktree", "add", "-q", "../books-next");
  await writeFile(lock("books"), "");
  heard(join(workspace, "books-next", "a"), [BOOKS]);
  expect(said).toEqual([]);
  await writeFile(join(workspace, "books", ".git", "worktrees", "books-next", "index.lock"), "");
  heard(join(workspace, "books-next", "b"), [BOOKS]);
  expect(said).toEqual(["pause books"]);
});

test("a lock under which nothing changes any more is passed by, once told, and not waited for again", async () => {
  const { workspace, clock, said, told, lock, heard } = await storms();
  await writeFile(lock("books"), "");
  heard(join(workspace, "books", "a"), [BOOKS]);
  await clock.pass(2900);
  expect(said).toEqual(["pause books"]);
  await clock.pass(200);
  expect(said).toEqual(["pause books", "build books"]);
  expect(told("lockPassed")).toMatchObject([{ path: lock("books") }]);
  heard(join(workspace, "books", "b"), [BOOKS]);
  expect(said).toEqual(["pause books", "build books"]);
  await rm(lock("books"));
  await writeFile(lock("books"), "");
  await clock.pass(1000);
  heard(join(workspace, "books", "c"), [BOOKS]);
  expect(said).toEqual(["pause books", "build books", "pause books"]);
});

test("a lock that was there long before the change, left by a git that was killed, is passed by at once", async () => {
  const { workspace, clock, said, told, lock, heard } = await storms();
  await writeFile(lock("books"), "");
  await clock.pass(Date.now() + 31_000);
  heard(join(workspace, "books", "a"), [BOOKS]);
  heard(join(workspace, "books", "b"), [BOOKS]);
  expect(said).toEqual([]);
  expect(told("lockPassed")).toHaveLength(1);
});

test("more changed files than pause_at wait until it is quiet; as many as that do not, nor one file as often", async () => {
  const { workspace, clock, said, told, heard } = await storms(10);
  for (let n = 0; n < 30; n++) heard(join(workspace, "books", `${n % 10}`), [BOOKS]);
  expect(said).toEqual([]);
  heard(join(workspace, "books", "10"), [AUTHORS]);
  expect(told("paused")).toMatchObject([{ reason: "more than 10 files change in books" }]);
  expect(said).toEqual(["pause books", "pause authors"]);
  await clock.pass(150);
  expect(told("resumed")).toMatchObject([{ changed: 11, services: [BOOKS, AUTHORS] }]);
  for (let n = 0; n < 9; n++) heard(join(workspace, "books", `${n}`), [BOOKS]);
  expect(said).toHaveLength(4);
});

test("an edit of pause_at counts from then on, and so does one of the quiet window", async () => {
  const { workspace, profile, clock, said, told, heard } = await storms(10);
  profile.watch = { quietMs: 200, maxWaitMs: 1000, pauseAt: 2 };
  for (let n = 0; n < 3; n++) heard(join(workspace, "books", `${n}`), [BOOKS]);
  expect(told("paused")).toMatchObject([{ reason: "more than 2 files change in books" }]);
  await clock.pass(350);
  expect(said).toEqual(["pause books"]);
  await clock.pass(100);
  expect(said).toEqual(["pause books", "build books"]);
});

test("a repository that never comes to rest is let go after a minute, until it has been quiet", async () => {
  const { workspace, clock, said, heard } = await storms(10);
  const write = async (times: number) => {
    for (let n = 0; n < times; n++) {
      heard(join(workspace, "books", `${n}`), [BOOKS]);
      await clock.pass(50);
    }
  };
  await write(1300);
  expect([said[0], said.at(-1), said.filter((line) => line === "build books").length]).toEqual([
    "pause books",
    "build books",
    1,
  ]);
  await clock.pass(1000);
  await write(20);
  expect(said.at(-1)).toBe("pause books");
});

test("a service that waits for two repositories is built after the second, and once", async () => {
  const { workspace, clock, said, lock, heard } = await storms();
  for (const repo of ["books", "authors"]) {
    await writeFile(lock(repo), "");
    heard(join(workspace, repo, "a"), [BOOKS]);
  }
  await rm(lock("books"));
  await clock.pass(200);
  expect(said).not.toContain("build books");
  await rm(lock("authors"));
  await clock.pass(200);
  expect(said.filter((line) => line === "build books")).toHaveLength(1);
});
