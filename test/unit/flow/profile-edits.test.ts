import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ProfileEdits } from "../../../src/flow/profile-edits.ts";
import { userFailure } from "../../../src/model/failure.ts";
import { clusterName } from "../../../src/model/names.ts";
import type { Profile } from "../../../src/model/profile.ts";

/** A profile of one file, which may include another one. */
async function scene() {
  const folder = await mkdtemp(join(tmpdir(), "devenv-edits-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const [file, included] = [join(folder, "shop.yaml"), join(folder, "more.yaml")];
  await writeFile(file, "one");
  await writeFile(included, "of it");
  const told: string[] = [];
  let next: Partial<Profile> | Error = {};
  let reads = 0;
  const profile = { name: clusterName("shop"), files: [file] } as unknown as Profile;
  const edits = new ProfileEdits(profile, {
    reload: async () => {
      reads++;
      if (next instanceof Error) throw next;
      return { ...profile, ...next };
    },
    onProfile: ({ name }) => told.push(name),
  });
  return {
    ...{ edits, file, included, told },
    reads: () => reads,
    readsAs: (how: typeof next) => {
      next = how;
    },
  };
}

test("a profile is read again once for each edit of one of its files, also of one that it has since", async () => {
  const { edits, file, included, told, reads, readsAs } = await scene();
  await edits.look();
  expect(reads()).toBe(0);
  readsAs({ files: [file, included] });
  await writeFile(file, "another one");
  await edits.look();
  await edits.look();
  expect([told, reads()]).toEqual([["shop"], 1]);
  await writeFile(included, "of it, edited");
  await edits.look();
  expect([told, reads()]).toEqual([["shop", "shop"], 2]);
});

test("one with mistakes, or of another cluster, is not gone by, and read again once it was mended where it was wrong", async () => {
  const { edits, file, included, told, reads, readsAs } = await scene();
  readsAs(userFailure("no such key", { where: { file: included, line: 1, column: 1 } }));
  await writeFile(file, "include: more.yaml");
  await edits.look();
  await edits.look();
  expect([told, reads()]).toEqual([[], 1]);
  readsAs({});
  await writeFile(included, "mended");
  await edits.look();
  expect([told, reads()]).toEqual([["shop"], 2]);
  readsAs({ name: clusterName("other") });
  await writeFile(file, "name: other");
  await edits.look();
  expect([told, reads()]).toEqual([["shop"], 3]);
});
