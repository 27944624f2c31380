import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Machine } from "../../../src/flow/machine.ts";
import { besideWatch } from "../../../src/flow/pull-beside-watch.ts";
import { pullLock } from "../../../src/flow/pull-lock.ts";
import { PullMarks } from "../../../src/flow/pull-marks.ts";
import { systemClock } from "../../../src/host/clock.ts";
import { lockHolder, takeLock } from "../../../src/host/lock.ts";
import type { Profile } from "../../../src/model/profile.ts";
import type { WorkTree } from "../../../src/model/repository.ts";
import { nextTick } from "./kernel-tick.ts";

async function scene() {
  const state = await realpath(await mkdtemp(join(tmpdir(), "devenv-beside-")));
  onTestFinished(() => rm(state, { recursive: true, force: true }));
  const folder = join(state, "clusters", "shop");
  await mkdir(folder, { recursive: true });
  const machine = {
    folders: { state },
    clock: systemClock,
    signal: new AbortController().signal,
  } as unknown as Machine;
  const profile = (reposEveryMs?: number) => ({ name: "shop", reposEveryMs }) as unknown as Profile;
  return { state, folder, machine, profile };
}

test("where a watch pulls, too, one waits for the other, and says for whom", async () => {
  const { folder, machine, profile } = await scene();
  const release = await takeLock(pullLock({ folder }), { wait: false, command: "devenv watch shop" });
  const notes: string[] = [];
  let hasPulled = false;
  const pulling = besideWatch(
    profile(60_000),
    (words) => notes.push(words),
    machine,
    async () => {
      hasPulled = true;
    },
  );
  while (notes.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(notes[0]).toMatch(/^waiting for devenv watch shop \(pid \d+/);
  expect(hasPulled).toBe(false);
  release();
  await pulling;
  expect(hasPulled).toBe(true);
  expect(await lockHolder(pullLock({ folder }))).toBeUndefined();
});

test("where none does, nobody waits; what is fast-forwarded is known to be the pull's until it ends, however it does", async () => {
  const { state, folder, machine, profile } = await scene();
  const release = await takeLock(pullLock({ folder }), { wait: false });
  const tree: WorkTree = { name: "s", path: state, kind: "repository", gitDir: "", commonDir: "", url: undefined };
  const pulling = besideWatch(
    profile(),
    () => {},
    machine,
    async (hear) => {
      hear({ type: "doing", tree, doing: "fast-forwarding" });
      await mkdir(join(state, "during"));
      expect(new PullMarks(folder, systemClock).isPulled(join(state, "during"))).toBe(true);
      throw new Error("interrupted");
    },
  );
  await expect(pulling).rejects.toThrow("interrupted");
  await nextTick(state);
  await mkdir(join(state, "after"));
  expect(new PullMarks(folder, systemClock).isPulled(join(state, "after"))).toBe(false);
  release();
});
