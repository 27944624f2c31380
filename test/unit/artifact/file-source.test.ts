import { rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { fileSource } from "../../../src/artifact/file-source.ts";
import type { CiBuilds, Content, WantedBuild } from "../../../src/artifact/source.ts";
import type { Failure } from "../../../src/model/failure.ts";
import { type ServiceName, serviceName } from "../../../src/model/names.ts";
import { digestOf, fill, temporaryFolder } from "./folders.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

const artifact = (path: string, content: string, more: object = {}) => ({
  os: "linux",
  arch: "amd64",
  kind: "file",
  path,
  sha256: digestOf(content),
  size: content.length,
  ...more,
});

/** A CI folder with books in two builds and a front end that runs anywhere. */
const manifest = () => ({
  version: 1,
  build: 124,
  createdAt: "2026-11-01T10:00:00Z",
  services: {
    books: {
      commit: COMMIT,
      artifacts: [
        artifact("builds/124/linux-amd64/books", "books amd64"),
        artifact("builds/123/linux-arm64/books", "books arm64", { arch: "arm64" }),
      ],
      config: { path: "builds/124/config/books.tar", sha256: digestOf("config"), size: 6 },
    },
    web: {
      build: 120,
      commit: COMMIT,
      artifacts: [artifact("builds/124/web.tar", "web", { os: "any", arch: "any", kind: "tree" })],
    },
    flat: { commit: COMMIT, artifacts: [artifact("flat", "flat")] },
  },
});

async function ciFolder(content: unknown = manifest()): Promise<string> {
  const folder = await temporaryFolder();
  await fill(folder, {
    "manifest.json": typeof content === "string" ? content : JSON.stringify(content, null, 2),
    "builds/124/linux-amd64/books": "books amd64",
    "builds/124/config/books.tar": "config",
  });
  return folder;
}

/** What a folder says of services: of all that it has when asked for the newest. */
const ask = (
  folder: string,
  build: WantedBuild = { is: "newest" },
  ...services: readonly string[]
): Promise<CiBuilds> =>
  fileSource(folder).builds(
    new Map((services.length > 0 ? services : ["books"]).map((name) => [serviceName(name), build])),
  );

const newest = async (folder: string, service: string) => (await ask(folder)).get(serviceName(service))?.[0];

const failureOf = (folder: string, build?: WantedBuild): Promise<Failure> =>
  ask(folder, build).then(
    () => expect.unreachable("the manifest was read"),
    (thrown) => thrown,
  );

const read = async (content: Content | undefined, offset = 0): Promise<string> => {
  if (content === undefined) return expect.unreachable("there is no such content");
  const { stream, offset: from } = await content.open(offset);
  return `${from}: ${await text(stream)}`;
};

describe("a CI folder", () => {
  test("has each service's newest build with platforms, checksums, sizes, commit and config", async () => {
    const folder = await ciFolder();
    const books = await newest(folder, "books");
    expect(books).toMatchObject({ service: "books", name: "ci:124", commit: COMMIT, setup: undefined });
    expect(books?.artifacts).toEqual([
      {
        platform: { os: "linux", arch: "amd64" },
        content: {
          from: join(folder, "builds/124/linux-amd64/books"),
          key: join(folder, "builds/124/linux-amd64/books"),
          kind: "file",
          packing: "none",
          member: undefined,
          checksum: { algorithm: "sha256", hex: digestOf("books amd64") },
          size: 11,
          open: expect.any(Function),
        },
      },
      { platform: { os: "linux", arch: "arm64" }, content: expect.objectContaining({ kind: "file" }) },
    ]);
    expect(books?.config).toMatchObject({ kind: "tree", packing: "tar", checksum: { hex: digestOf("config") } });
  });

  test("names a build after the service's own number, else the path's, else the manifest's", async () => {
    const builds = [...(await ask(await ciFolder()))].map(([service, [build]]) => [service, build?.name]);
    expect(Object.fromEntries(builds)).toEqual({ books: "ci:124", web: "ci:120", flat: "ci:124" });
  });

  test("what is for any system has no platform", async () => {
    const web = await newest(await ciFolder(), "web");
    expect(web?.artifacts[0]).toMatchObject({ platform: undefined, content: { kind: "tree", packing: "tar" } });
  });

  test("opens the contents that it offers, from any byte on", async () => {
    const books = await newest(await ciFolder(), "books");
    expect(await read(books?.artifacts[0]?.content)).toBe("0: books amd64");
    expect(await read(books?.artifacts[0]?.content, 6)).toBe("6: amd64");
    expect(await read(books?.config)).toBe("0: config");
  });

  test("keys that it does not know are no mistakes", async () => {
    expect((await ask(await ciFolder({ ...manifest(), branch: "main" }))).size).toBe(3);
  });
});

describe("a build by its number", () => {
  const older = () => ({
    version: 1,
    build: 123,
    services: {
      books: { build: 123, commit: COMMIT, artifacts: [artifact("builds/123/linux-amd64/books", "older")] },
      web: { build: 120, commit: COMMIT, artifacts: [] },
    },
  });
  const numbered = (number: string): WantedBuild => ({ is: "numbered", number });
  const folderWithOlder = async () => {
    const folder = await ciFolder();
    await fill(folder, { "builds/123/manifest.json": JSON.stringify(older()) });
    return folder;
  };

  test("is what that build's own manifest says", async () => {
    const builds = await ask(await folderWithOlder(), numbered("123"), "books");
    expect(builds.get(serviceName("books"))?.map(({ name }) => name)).toEqual(["ci:123"]);
  });

  test("is not had where the service was not built in it", async () => {
    expect((await ask(await folderWithOlder(), numbered("123"), "web")).get(serviceName("web"))).toEqual([]);
  });

  test.each(["7", "../124", "0124"])("%s, which there is not, is had of no service", async (number) => {
    expect((await ask(await folderWithOlder(), numbered(number), "books")).get(serviceName("books"))).toEqual([]);
  });

  test("of one service, and the newest of another, are asked for at once", async () => {
    const wanted = new Map<ServiceName, WantedBuild>([
      [serviceName("books"), numbered("123")],
      [serviceName("flat"), { is: "newest" }],
    ]);
    const builds = await fileSource(await folderWithOlder()).builds(wanted);
    expect([...builds].map(([service, [build]]) => `${service} ${build?.name}`).sort()).toEqual([
      "books ci:123",
      "flat ci:124",
      "web ci:120",
    ]);
  });
});

describe("all builds", () => {
  const entry = (build: number) => ({
    build,
    commit: COMMIT,
    artifacts: [artifact(`builds/${build}/books`, `${build}`)],
  });
  const all: WantedBuild = { is: "all" };

  test("of a service are those of the history, newest first", async () => {
    const folder = await ciFolder();
    await fill(folder, {
      "history.json": JSON.stringify({ version: 1, services: { books: [entry(124), entry(123)] } }),
    });
    expect((await ask(folder, all)).get(serviceName("books"))?.map(({ name }) => name)).toEqual(["ci:124", "ci:123"]);
  });

  test("where no history is kept, are the newest", async () => {
    expect((await ask(await ciFolder(), all)).get(serviceName("books"))?.map(({ name }) => name)).toEqual(["ci:124"]);
  });

  test("a mistake in the history is shown where it is", async () => {
    const folder = await ciFolder();
    const { build: _, ...nameless } = entry(124);
    await fill(folder, { "history.json": JSON.stringify({ version: 1, services: { books: [nameless] } }) });
    expect(await failureOf(folder, all)).toMatchObject({
      message: "CI's manifest cannot be read: services.books[0].build: a build is a positive whole number",
      where: { file: join(folder, "history.json"), line: 1 },
    });
  });
});

describe("a CI folder with mistakes", () => {
  test("a folder that is not there is named, with what to do", async () => {
    const failure = await failureOf("/nowhere/ci");
    expect(failure.message).toBe("CI's builds cannot be read: there is no /nowhere/ci/manifest.json");
    expect(failure).toMatchObject({ class: "environment", exitCode: 3 });
    expect(failure.hint).toContain("x-devenv.artifacts.source");
  });

  test("broken JSON is shown with line and column", async () => {
    const folder = await ciFolder('{\n  "version": 1,\n  "build": 124,,\n}');
    const failure = await failureOf(folder);
    expect(failure.where).toEqual({
      file: join(folder, "manifest.json"),
      line: 3,
      column: 16,
      text: '  "build": 124,,',
    });
    expect(failure.message).toContain("a key in double quotes expected");
  });

  test("a manifest that was cut off is shown at its end", async () => {
    const failure = await failureOf(await ciFolder('{\n  "version": 1'));
    expect(failure.message).toContain("the text ends");
    expect(failure.where).toMatchObject({ line: 2, column: 15 });
  });

  test("every wrong value is told at once, each with its place", async () => {
    const wrong = manifest();
    wrong.services.books.artifacts[1] = artifact("../../etc/passwd", "x", { arch: "arm64", size: -1 });
    wrong.services.web.commit = "main";
    const folder = await ciFolder(wrong);
    const { problems, message } = await failureOf(folder);
    expect(message).toBe("CI's manifest has 3 mistakes");
    const line = (text: string, from = 0) =>
      JSON.stringify(wrong, null, 2)
        .split("\n")
        .findIndex((each, index) => index >= from && each.includes(text)) + 1;
    expect(problems.map(({ message: text, where }) => [text.split(":")[0], where?.line])).toEqual([
      ["services.books.artifacts[1].path", line("passwd")],
      ["services.books.artifacts[1].size", line('"size": -1')],
      ["services.web.commit", line('"main"')],
    ]);
  });

  test.each([
    ["another version", { version: 2 }, "version: this devenv reads manifests of version 1"],
    ["no services", { services: undefined }, "services:"],
    ["a service with a path for a name", { services: { "../x": { commit: COMMIT, artifacts: [] } } }, "services.../x:"],
  ])("%s is a mistake", async (_, change, message) => {
    expect((await failureOf(await ciFolder({ ...manifest(), ...change }))).message).toContain(message);
  });

  test.each([
    ["an absolute path", { path: "/etc/passwd" }],
    ["a path that leads out", { path: "builds/../../x" }],
    ["an empty path", { path: "" }],
    ["an upper-case digest", { sha256: "A".repeat(64) }],
    ["an unknown kind", { kind: "image" }],
    ["any system on one architecture", { os: "any" }],
  ])("%s is a mistake", async (_, change) => {
    const services = { books: { commit: COMMIT, artifacts: [artifact("books", "x", change)] } };
    const failure = await failureOf(await ciFolder({ version: 1, build: 1, services }));
    expect(failure.message).toContain("services.books.artifacts[0]");
    expect(failure.where?.line).toBeGreaterThan(5);
  });

  test("two artifacts for one platform are a mistake", async () => {
    const artifacts = [artifact("a", "a"), artifact("b", "b")];
    const failure = await failureOf(
      await ciFolder({ version: 1, build: 1, services: { books: { commit: COMMIT, artifacts } } }),
    );
    expect(failure.message).toContain("services.books.artifacts[1]: a second artifact for linux/amd64");
  });

  test("a file that is not there is told when it is opened", async () => {
    const folder = await ciFolder();
    const books = await newest(folder, "books");
    await rm(join(folder, "builds"), { recursive: true });
    await expect(read(books?.artifacts[0]?.content)).rejects.toMatchObject({
      class: "environment",
      message: expect.stringContaining(`there is no ${join(folder, "builds/124/linux-amd64/books")}`),
    });
  });

  test("a symlink that leads out of the folder is not opened", async () => {
    const folder = await ciFolder();
    const outside = join(await temporaryFolder(), "secret");
    await writeFile(outside, "secret");
    await rm(join(folder, "builds/124/linux-amd64/books"));
    await symlink(outside, join(folder, "builds/124/linux-amd64/books"));
    const books = await newest(folder, "books");
    await expect(read(books?.artifacts[0]?.content)).rejects.toThrow("lies outside its folder");
  });
});
