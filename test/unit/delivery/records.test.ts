import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openRecords, releasesOf } from "../../../src/delivery/records.ts";
import type { BuildName, Release } from "../../../src/model/artifact.ts";
import { artifactDigest, serviceName } from "../../../src/model/names.ts";

const BOOKS = serviceName("books");
const AT = "2026-11-21T12:00:00Z";
const digest = (character: string) => artifactDigest(character.repeat(64));
const release = (character: string, build: BuildName): Release => ({
  artifact: { digest: digest(character), kind: "file", build },
});
const [first, second, third] = [release("1", "ci:123"), release("2", "ci:124"), release("3", "ci:125")] as const;

async function records() {
  const folder = await mkdtemp(join(tmpdir(), "devenv-records-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const opened = openRecords(folder);
  const previous = () => opened.read(BOOKS)?.previous?.artifact.build;
  /** What a swap that answers leaves. */
  const swapIn = async (good: Release, next: Release) => {
    await opened.write({ service: BOOKS, good, trial: { release: next, since: AT } });
    await opened.write({ service: BOOKS, good: next });
  };
  return { ...opened, folder, previous, swapIn };
}

test("a first release has none before it", async () => {
  const { write, previous } = await records();
  await write({ service: BOOKS, good: first });
  expect(previous()).toBeUndefined();
});

test("what was good before is kept through trials, and its content with it", async () => {
  const { write, read, previous, swapIn } = await records();
  await write({ service: BOOKS, good: first });
  await swapIn(first, second);
  expect(previous()).toBe("ci:123");
  await write({ service: BOOKS, good: second, trial: { release: third, since: AT } });
  expect(previous()).toBe("ci:123");
  const record = read(BOOKS);
  expect(record && releasesOf(record).map(({ artifact }) => artifact.digest)).toEqual([
    digest("2"),
    digest("1"),
    digest("3"),
  ]);
});

test("a release that was rolled back was never the one before", async () => {
  const { write, previous, swapIn } = await records();
  await write({ service: BOOKS, good: first });
  await swapIn(first, second);
  await write({ service: BOOKS, good: second, trial: { release: third, since: AT } });
  await write({ service: BOOKS, good: second, rolledBack: { from: third, reason: "it crashed", at: AT } });
  expect(previous()).toBe("ci:123");
});

test("nor was one that answered and died before it settled", async () => {
  const { write, previous, swapIn } = await records();
  await write({ service: BOOKS, good: first });
  await swapIn(first, second);
  await write({ service: BOOKS, good: second, trial: { release: third, since: AT } });
  await write({ service: BOOKS, good: second, trial: { release: third, since: AT, answeredAt: AT } });
  await write({ service: BOOKS, good: second, rolledBack: { from: third, reason: "it died", at: AT } });
  expect(previous()).toBe("ci:123");
});

test("another config is no other build: the one before stays", async () => {
  const { write, previous, swapIn } = await records();
  await write({ service: BOOKS, good: first });
  await swapIn(first, second);
  await swapIn(second, { ...second, config: digest("c") });
  expect(previous()).toBe("ci:123");
});

test("going back makes the other one the one before", async () => {
  const { write, previous, swapIn } = await records();
  await write({ service: BOOKS, good: first });
  await swapIn(first, second);
  await swapIn(second, first);
  expect(previous()).toBe("ci:124");
});

test("a record of an earlier devenv is read as it is, and goes on from there", async () => {
  const { folder, read, previous, swapIn } = await records();
  await writeFile(join(folder, "books.json"), JSON.stringify({ service: "books", good: first }));
  expect(read(BOOKS)?.good).toEqual(first);
  await swapIn(first, second);
  expect(previous()).toBe("ci:123");
});

test("a record whose release before is damaged counts as none", async () => {
  const { folder, read, write } = await records();
  await write({ service: BOOKS, good: first });
  const text = await readFile(join(folder, "books.json"), "utf8");
  const damaged = { ...JSON.parse(text), previous: { artifact: { digest: "../../etc", kind: "file", build: "ci:1" } } };
  await writeFile(join(folder, "books.json"), JSON.stringify(damaged));
  expect(read(BOOKS)).toBeUndefined();
});
