import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EventQueue, queueLimit } from "../../../src/watch/event-queue.ts";
import { observe, temporaryFolder } from "./watching.ts";

/** A watched tree with two files, whose changes alternate so that the kernel makes no single event of them. */
async function treeWithTwoFiles() {
  const root = await temporaryFolder();
  const files = [join(root, "a"), join(root, "b")] as const;
  for (const file of files) await writeFile(file, "");
  const observed = await observe({ trees: [root] });
  /** As a process that is stopped does: nothing is read while this goes on. */
  const unreadEvents = (count: number) => {
    for (let n = 0; n < count; n++) chmodSync(files[n % 2 === 0 ? 0 : 1], n % 4 < 2 ? 0o600 : 0o644);
  };
  return { root, ...observed, unreadEvents };
}

describe("when more happened than the system keeps for a process that does not read", () => {
  test("a folder that came in the part which was thrown away is followed, and its files are told", async () => {
    const { root, told, forget, unreadEvents, caughtUp, moments } = await treeWithTwoFiles();
    unreadEvents(queueLimit() + 10);
    mkdirSync(join(root, "late", "deep"), { recursive: true });
    writeFileSync(join(root, "late", "deep", "x.ts"), "");
    await caughtUp();
    expect(moments).toEqual(["overflow", "caught up"]);
    await told(join(root, "late", "deep", "x.ts"));
    forget();
    await writeFile(join(root, "late", "deep", "x.ts"), "edited");
    await expect(told(join(root, "late", "deep", "x.ts"))).resolves.toBeUndefined();
  });

  test("a folder that went and one that was replaced unseen are followed as they are now", async () => {
    const { root, told, forget, unreadEvents, caughtUp, watching } = await treeWithTwoFiles();
    for (const name of ["goes", "replaced", "fresh"]) await mkdir(join(root, name));
    for (const name of ["goes", "replaced", "fresh"]) await writeFile(join(root, name, "x.ts"), "");
    await told(...["goes", "replaced", "fresh"].map((name) => join(root, name, "x.ts")));
    unreadEvents(queueLimit() + 10);
    rmSync(join(root, "goes"), { recursive: true });
    renameSync(join(root, "replaced"), join(root, "moved"));
    renameSync(join(root, "fresh"), join(root, "replaced"));
    await caughtUp();
    expect(watching.count()).toBe(3); // the root, moved, replaced
    forget();
    for (const name of ["moved", "replaced"]) await writeFile(join(root, name, "x.ts"), "edited");
    await expect(told(join(root, "moved", "x.ts"), join(root, "replaced", "x.ts"))).resolves.toBeUndefined();
  });

  test("a storm that the system keeps in full is none", async () => {
    const { root, told, unreadEvents, moments } = await treeWithTwoFiles();
    unreadEvents(queueLimit() / 2 - 100);
    await writeFile(join(root, "sentinel"), "");
    await told(join(root, "sentinel"));
    expect(moments).toEqual([]);
  });
});

test("events of several turns are not one queue", async () => {
  let overflows = 0;
  const queue = new EventQueue(() => {
    overflows += 1;
  }, 10);
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  for (let each = 0; each < 4; each++) queue.took();
  await turn();
  for (let each = 0; each < 4; each++) queue.took();
  await turn();
  expect(overflows).toBe(0);
  for (let each = 0; each < 5; each++) queue.took();
  await turn();
  expect(overflows).toBe(1);
});
