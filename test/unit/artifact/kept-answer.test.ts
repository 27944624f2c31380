import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openKeptAnswers } from "../../../src/artifact/kept-answer.ts";
import { temporaryFolder } from "./folders.ts";

/** Answers with what it is given in turn, and counts. */
function server(...answers: readonly (string | undefined)[]) {
  let count = 0;
  return { ask: async () => answers[count++], count: () => count };
}

test("is asked for once a version", async () => {
  const kept = openKeptAnswers(await temporaryFolder());
  const { ask, count } = server("first\n", "second");
  const answers = [];
  for (const version of ["124", "124", "125", "125"]) answers.push(await kept.of("books", version, ask));
  expect(answers).toEqual(["first\n", "first\n", "second", "second"]);
  expect(count()).toBe(2);
});

test("each place has its own, and the newest version only", async () => {
  const cacheFolder = await temporaryFolder();
  const kept = openKeptAnswers(cacheFolder);
  await kept.of("books", "1", async () => "one");
  await kept.of("books", "2", async () => "two");
  await kept.of("notes", "2", async () => "other");
  expect(await kept.of("books", "2", async () => "again")).toBe("two");
  expect(await readdir(join(cacheFolder, "answers"))).toHaveLength(2);
});

test("that there was none is not kept", async () => {
  const kept = openKeptAnswers(await temporaryFolder());
  const { ask } = server(undefined, "now");
  expect([await kept.of("books", "1", ask), await kept.of("books", "1", ask)]).toEqual([undefined, "now"]);
});

test("what is damaged is asked for again", async () => {
  const cacheFolder = await temporaryFolder();
  const kept = openKeptAnswers(cacheFolder);
  await kept.of("books", "1", async () => "one");
  const [name = ""] = await readdir(join(cacheFolder, "answers"));
  await writeFile(join(cacheFolder, "answers", name), '["boo');
  expect(await kept.of("books", "1", async () => "again")).toBe("again");
});

test("an answer that cannot be kept is given all the same", async () => {
  const cacheFolder = await temporaryFolder();
  await writeFile(join(cacheFolder, "answers"), "in the way");
  expect(await openKeptAnswers(cacheFolder).of("books", "1", async () => "one")).toBe("one");
});
