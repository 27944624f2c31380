import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fileSource } from "../../../src/artifact/file-source.ts";
import { serviceName } from "../../../src/model/names.ts";
import { ciWorkshop, contentsOf, filesIn, newestIn } from "./publishing.ts";

const BOOKS = serviceName("books");

/** Names of the builds that a folder still has of a service; each of them is opened and compared with its checksum. */
async function buildsIn(folder: string, service = BOOKS): Promise<string[]> {
  const all = (await fileSource(folder).builds(new Map([[service, { is: "all" }]]))).get(service) ?? [];
  await Promise.all(all.map(contentsOf));
  return all.map(({ name }) => name);
}

test("only so many builds are kept, each whole; a number that is gone is not to be had", async () => {
  const { folder, built, publish } = await ciWorkshop();
  for (const content of ["one", "two", "three"]) await publish([await built("books", content)]);
  const { dropped } = await publish([await built("books", "four")], undefined, 2);
  expect(dropped).toEqual({ builds: [2, 1], bytes: "twoone".length });
  expect(await filesIn(folder)).toEqual([
    "builds/3/linux-amd64/books",
    "builds/3/manifest.json",
    "builds/4/linux-amd64/books",
    "builds/4/manifest.json",
    "history.json",
    "manifest.json",
  ]);
  expect(await buildsIn(folder)).toEqual(["ci:4", "ci:3"]);
  expect((await fileSource(folder).builds(new Map([[BOOKS, { is: "numbered", number: "2" }]]))).get(BOOKS)).toEqual([]);
});

test("what is newest of a service stays, however old, and can be asked for by its number", async () => {
  const { folder, built, tree, publish } = await ciWorkshop();
  const web = await built("web", "pages", { config: await tree({ "nginx.conf": "x" }) });
  await publish([web, await built("books", "one")]);
  for (const content of ["two", "three"]) await publish([web, await built("books", content)], undefined, 1);
  expect(await buildsIn(folder)).toEqual(["ci:3"]);
  expect(await buildsIn(folder, web.service)).toEqual(["ci:1"]);
  expect(await filesIn(folder)).not.toContain("builds/1/linux-amd64/books");
  const numbered = await fileSource(folder).builds(new Map([[web.service, { is: "numbered", number: "1" }]]));
  expect((await contentsOf(numbered.get(web.service)?.[0]))[0]).toBe("pages");
});

test("a content that a newer build has from an old one's folder stays", async () => {
  const { folder, built, publish } = await ciWorkshop();
  for (const content of ["one", "two"]) await publish([await built("books", content)]);
  const { dropped } = await publish([await built("books", "one")], undefined, 1);
  expect(dropped?.builds).toEqual([2, 1]);
  expect(await contentsOf((await newestIn(folder)).books)).toEqual(["one"]);
  expect(await filesIn(join(folder, "builds"))).toEqual(["1/linux-amd64/books", "3/manifest.json"]);
});

test("what a killed process left to be removed is removed by the next, and nothing else", async () => {
  const { folder, built, publish } = await ciWorkshop();
  for (const content of ["one", "two", "three"]) await publish([await built("books", content)]);
  await writeFile(join(folder, "builds/notes.txt"), "of a person");
  await publish([await built("books", "three")], undefined, 2);
  await writeFile(join(folder, "builds/2/left"), "over");
  expect((await publish([await built("books", "three")], undefined, 2)).dropped).toEqual({ builds: [], bytes: 0 });
  expect((await publish([await built("books", "three")], undefined, 1)).dropped).toEqual({ builds: [2], bytes: 7 });
  expect(await filesIn(join(folder, "builds"))).toEqual(["3/linux-amd64/books", "3/manifest.json", "notes.txt"]);
});
