import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { MissedChanges } from "../../../src/flow/missed-changes.ts";
import { Pauses } from "../../../src/flow/pauses.ts";
import { systemClock } from "../../../src/host/clock.ts";
import { serviceName } from "../../../src/model/names.ts";
import { createBus } from "../../../src/state/bus.ts";
import type { FileSet } from "../../../src/swap/route.ts";
import { FileIndex } from "../../../src/watch/file-index.ts";

/** A service that is made of folders of a real tree, which change as its imports do. */
async function scene() {
  const root = await mkdtemp(join(tmpdir(), "devenv-missed-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  for (const name of ["a", "b"]) {
    await mkdir(join(root, name));
    await writeFile(join(root, name, "x.go"), "package x");
  }
  let wake = () => {};
  const looked: (readonly string[])[] = [];
  const index = new (class extends FileIndex {
    override rescan(set: FileSet) {
      if (set.folders.length > 0) looked.push(set.folders.map((folder) => folder.slice(root.length + 1)));
      return super.rescan(set);
    }
    override async told(path: string) {
      await super.told(path);
      wake();
    }
  })();
  let folders: string[] = [];
  const swaps = { pause: () => {}, unpause: () => {}, isDue: () => true };
  const missed = new MissedChanges({
    ...{ index, pauses: new Pauses(swaps, { bus: createBus(), clock: systemClock }) },
    inputs: () => [{ service: serviceName("books"), folders, trees: [], files: [] }],
    files: () => [],
    signal: new AbortController().signal,
  });
  return {
    root,
    missed,
    looked,
    imports: (...names: string[]) => {
      folders = names.map((name) => join(root, name));
    },
    /** All that was asked for before is done. */
    done: () =>
      new Promise<void>((resolve) => {
        wake = resolve;
        missed.heard(join(root, "a", "x.txt"));
      }),
  };
}

test("what changed unheard is found, also where an import changes before it is looked for", async () => {
  const { root, missed, imports, done } = await scene();
  imports("a");
  missed.learn();
  await done();
  missed.begin();
  await writeFile(join(root, "a", "x.go"), "package unheard");
  imports("a", "b");
  missed.learn();
  const found: string[] = [];
  missed.end((path) => found.push(path));
  await done();
  expect(found).toEqual([join(root, "a")]); // of a set that is not known yet, all is taken for changed
});

test("of a service no other set is kept than the one that it is made of", async () => {
  const { missed, looked, imports, done } = await scene();
  for (const names of [["a"], ["a"], ["a", "b"], ["a"]]) {
    imports(...names);
    missed.learn();
    await done();
  }
  expect(looked).toEqual([["a"], ["a", "b"], ["a"]]);
});
