import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fileSource } from "../../../src/artifact/file-source.ts";
import { openPublication } from "../../../src/artifact/publish.ts";
import { nextHistory } from "../../../src/artifact/publish-entries.ts";
import { serviceName } from "../../../src/model/names.ts";
import { digestOf } from "./folders.ts";
import { ARM64, COMMIT, ciWorkshop, contentsOf, filesIn, manifestIn, newestIn } from "./publishing.ts";

describe("what is published", () => {
  test("is laid out by number, platform and service, and read by the source whole", async () => {
    const { folder, built, tree, file, publish } = await ciWorkshop();
    const config = await tree({ "config.local.toml": "port = 1" });
    const arm = { platform: ARM64, kind: "file", digest: await file("books for arm") } as const;
    const books = await built("books", "books", { config, setup: await file("#!/bin/sh\n") });
    const pages = { platform: undefined, kind: "tree", digest: await tree({ "index.html": "hi" }) } as const;
    await publish(
      [{ ...books, artifacts: [...books.artifacts, arm] }, await built("web", "", { artifacts: [pages] })],
      124,
    );
    expect(await filesIn(folder)).toEqual([
      "builds/124/any/web.tar",
      "builds/124/config/books.tar",
      "builds/124/linux-amd64/books",
      "builds/124/linux-arm64/books",
      "builds/124/manifest.json",
      "builds/124/setup/books",
      "history.json",
      "manifest.json",
    ]);
    expect((await stat(join(folder, "builds/124/linux-amd64/books"))).mode & 0o777).toBe(0o755);
    const newest = await newestIn(folder);
    expect(newest.books).toMatchObject({ name: "ci:124", commit: COMMIT, at: "2026-11-21T10:00:00Z" });
    expect(await contentsOf(newest.books)).toEqual(["books", "books for arm", expect.any(String), "#!/bin/sh\n"]);
    expect(newest.web?.artifacts[0]).toMatchObject({ platform: undefined, content: { kind: "tree", packing: "tar" } });
    expect((await contentsOf(newest.web))[0]).toContain("index.html");
  });

  test("has an identity that is made of its content, whatever its number and its commit", async () => {
    const [one, other] = [await ciWorkshop(), await ciWorkshop()];
    await one.publish([await one.built("books", "same")], 7);
    await other.publish([await other.built("books", "same", { commit: "f".repeat(40) })], 90);
    const [first, second] = [await manifestIn(one.folder), await manifestIn(other.folder)];
    expect(first.services.books?.id).toMatch(/^[0-9a-f]{64}$/);
    expect(second.services.books?.id).toBe(first.services.books?.id);
  });

  test("out of a work tree with changes says so", async () => {
    const { folder, built, publish } = await ciWorkshop();
    await publish([await built("books", "one", { isDirty: true })]);
    expect((await manifestIn(folder)).services.books).toMatchObject({ commit: COMMIT, dirty: true });
  });
});

describe("the same content again", () => {
  test("is no build, whatever its commit is now", async () => {
    const { folder, built, publish } = await ciWorkshop();
    await publish([await built("books", "one")]);
    const [files, manifest] = [await filesIn(folder), await readFile(join(folder, "manifest.json"), "utf8")];
    const { manifest: still, fresh } = await publish([await built("books", "one", { commit: "f".repeat(40) })]);
    expect([still.build, fresh.size]).toEqual([1, 0]);
    expect(await filesIn(folder)).toEqual(files);
    expect(await readFile(join(folder, "manifest.json"), "utf8")).toBe(manifest);
  });

  test("of one service keeps its entry beside another's new one, and that of a service that was not built", async () => {
    const { folder, built, publish } = await ciWorkshop();
    await publish([await built("books", "one"), await built("web", "pages"), await built("api", "api")]);
    const { fresh } = await publish([await built("books", "two"), await built("web", "pages")]);
    expect([...fresh]).toEqual(["books"]);
    const newest = await newestIn(folder);
    expect([newest.books?.name, newest.web?.name, newest.api?.name]).toEqual(["ci:2", "ci:1", "ci:1"]);
    expect(await contentsOf(newest.books)).toEqual(["two"]);
  });

  test("as in an earlier build is a new build, and not stored again", async () => {
    const { folder, built, publish } = await ciWorkshop();
    for (const content of ["one", "two", "one"]) await publish([await built("books", content)]);
    expect(await filesIn(join(folder, "builds/3"))).toEqual(["manifest.json"]);
    const all = await fileSource(folder).builds(new Map([[serviceName("books"), { is: "all" }]]));
    expect(all.get(serviceName("books"))?.map(({ name }) => name)).toEqual(["ci:3", "ci:2", "ci:1"]);
    expect(await contentsOf((await newestIn(folder)).books)).toEqual(["one"]);
    const { history } = JSON.parse(`{"history":${await readFile(join(folder, "history.json"), "utf8")}}`);
    expect(history.services.books[0].id).toBe(history.services.books[2].id);
  });

  test("of two services is stored once", async () => {
    const { folder, built, publish } = await ciWorkshop();
    await publish([await built("books", "same"), await built("web", "same")]);
    expect(await filesIn(folder)).not.toContain("builds/1/linux-amd64/web");
    expect(await contentsOf((await newestIn(folder)).web)).toEqual(["same"]);
  });

  test("for fewer platforms is no build; for more it is one", async () => {
    const { folder, built, file, publish } = await ciWorkshop();
    const books = await built("books", "one");
    const arm = { platform: ARM64, kind: "file", digest: await file("for arm") } as const;
    const both = { ...books, artifacts: [...books.artifacts, arm] };
    await publish([books]);
    expect((await publish([both])).manifest.build).toBe(2);
    expect((await publish([books])).manifest.build).toBe(2);
    expect((await newestIn(folder)).books?.artifacts).toHaveLength(2);
  });

  test("without the config that it had is a build", async () => {
    const { built, tree, publish } = await ciWorkshop();
    await publish([await built("books", "one", { config: await tree({ a: "a" }) })]);
    expect((await publish([await built("books", "one")])).manifest.build).toBe(2);
  });

  test("whose file was taken away is stored again with the next build", async () => {
    const { folder, built, publish } = await ciWorkshop();
    await publish([await built("books", "one")]);
    await publish([await built("books", "two")]);
    await rm(join(folder, "builds/1/linux-amd64/books"));
    await publish([await built("books", "one")]);
    expect(await contentsOf((await newestIn(folder)).books)).toEqual(["one"]);
  });
});

describe("a build's number", () => {
  test("follows the last", async () => {
    const { built, publish } = await ciWorkshop();
    await publish([await built("books", "one")], 124);
    expect((await publish([await built("books", "two")])).manifest.build).toBe(125);
  });

  test.each([124, 7])("of %i cannot follow 124", async (number) => {
    const { folder, built, publish } = await ciWorkshop();
    await publish([await built("books", "one")], 124);
    await expect(publish([await built("books", "two")], number)).rejects.toMatchObject({
      message: `build ${number} cannot follow build 124 in ${folder}`,
      exitCode: 2,
    });
  });
});

test("the history has the last fifty builds of a service, and doing it twice changes nothing", () => {
  const manifest = (build: number) => ({
    version: 1 as const,
    build,
    services: { books: { build, commit: COMMIT, artifacts: [] } },
  });
  let history: ReturnType<typeof nextHistory> | undefined;
  for (let build = 1; build <= 60; build++) history = nextHistory(history, manifest(build));
  expect(history?.services.books?.map(({ build }) => build)).toEqual(Array.from({ length: 50 }, (_, n) => 60 - n));
  expect(nextHistory(history, manifest(60))).toEqual(history);
});

test("a folder of the time before histories were kept gets one", async () => {
  const { folder, built, publish } = await ciWorkshop();
  await mkdir(join(folder, "builds/9"), { recursive: true });
  const artifact = { os: "linux", arch: "amd64", kind: "file", path: "builds/9/x", sha256: digestOf("x"), size: 1 };
  const services = { books: { commit: COMMIT, artifacts: [artifact] } };
  await writeFile(join(folder, "builds/9/x"), "x");
  await writeFile(join(folder, "manifest.json"), JSON.stringify({ version: 1, build: 9, services }));
  expect((await publish([await built("books", "x")])).fresh.size).toBe(0);
  expect((await publish([await built("books", "y")])).manifest.build).toBe(10);
  const all = await fileSource(folder).builds(new Map([[serviceName("books"), { is: "all" }]]));
  expect(all.get(serviceName("books"))?.map(({ name }) => name)).toEqual(["ci:10", "ci:9"]);
});

test("a folder that cannot be written is the environment's failure", async () => {
  const { cache } = await ciWorkshop();
  await writeFile(join(cache, "file"), "");
  await expect(openPublication(join(cache, "file"))).rejects.toMatchObject({
    class: "environment",
    message: `nothing can be published in ${join(cache, "file")}: a file is in the place of a folder`,
  });
});
