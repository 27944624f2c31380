import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { PullMarks } from "../../../src/flow/pull-marks.ts";
import { systemClock } from "../../../src/host/clock.ts";
import type { PullOutcome, WorkTree } from "../../../src/model/repository.ts";
import { nextTick } from "./kernel-tick.ts";

/** A cluster's folder and a repository in it, with one that pulls and one, of another process say, that asks. */
async function scene() {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "devenv-marks-")));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const [state, repo] = [join(folder, "state"), join(folder, "repos", "api")];
  await mkdir(state);
  await mkdir(repo, { recursive: true });
  const tree: WorkTree = { name: "api", path: repo, kind: "repository", gitDir: "", commonDir: "", url: undefined };
  let aheadMs = 0;
  const clock = { now: () => systemClock.now() + aheadMs };
  const [puller, asker] = [new PullMarks(state, clock), new PullMarks(state, clock)];
  const begin = () => puller.hear({ type: "doing", tree, doing: "fast-forwarding" });
  const end = (outcome: PullOutcome = { kind: "current" }) =>
    puller.hear({ type: "ended", result: { tree, branch: "main", outcome, branches: [], services: [], ms: 1 } });
  const write = async (path: string) => {
    await mkdir(dirname(join(repo, path)), { recursive: true });
    await writeFile(join(repo, path), String(Math.random()));
  };
  const setClock = (ms: number) => {
    aheadMs = ms;
  };
  return {
    folder,
    state,
    repo,
    puller,
    begin,
    end,
    write,
    setClock,
    tick: () => nextTick(folder),
    isPulled: (path: string) => asker.isPulled(join(repo, path)),
  };
}

test("what changes while a repository is fast-forwarded is the pull's doing, told by whoever asks", async () => {
  const { begin, end, write, tick, isPulled } = await scene();
  await write("before.go");
  await tick();
  begin();
  await write("cmd/during.go");
  expect(isPulled("cmd/during.go")).toBe(true);
  end();
  await tick();
  await write("after.go");
  expect(["before.go", "cmd/during.go", "after.go"].map(isPulled)).toEqual([false, true, false]);
});

test("a file that a person saves after the pull wrote it is the person's", async () => {
  const { begin, end, write, tick, isPulled } = await scene();
  begin();
  await write("main.go");
  end();
  await tick();
  await write("main.go");
  expect(isPulled("main.go")).toBe(false);
});

test("what the pull removed was removed by it, folders too", async () => {
  const { repo, begin, end, write, tick, isPulled } = await scene();
  await write("old/deep/gone.go");
  await write("kept.go");
  await tick();
  begin();
  await rm(join(repo, "old"), { recursive: true });
  end();
  expect(isPulled("old/deep/gone.go")).toBe(true);
});

test("another repository's files are not the pull's", async () => {
  const { folder, begin, end, isPulled } = await scene();
  begin();
  await writeFile(join(folder, "repos", "other.go"), "");
  end();
  expect(isPulled("../other.go")).toBe(false);
});

test("a pull that was killed in the middle is over after a while", async () => {
  const begunAgo = async (ms: number) => {
    const { begin, write, setClock, isPulled } = await scene();
    setClock(-ms);
    begin();
    await write("main.go");
    return isPulled("main.go");
  };
  expect([await begunAgo(5000), await begunAgo(60_000)]).toEqual([true, false]);
});

test("a pull that is ended by Ctrl-C has an end", async () => {
  const { puller, begin, write, tick, isPulled } = await scene();
  begin();
  puller.over();
  await tick();
  await write("main.go");
  expect(isPulled("main.go")).toBe(false);
});
