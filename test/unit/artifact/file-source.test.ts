import { rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { fileSource } from "../../../src/artifact/file-source.ts";
import type { Failure } from "../../../src/model/failure.ts";
import { serviceName } from "../../../src/model/names.ts";
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

const failureOf = (folder: string): Promise<Failure> =>
  fileSource(folder)
    .latest()
    .then(
      () => expect.unreachable("the manifest was read"),
      (thrown) => thrown,
    );

describe("a CI folder", () => {
  test("offers each service's artifacts with platform, digest, size, commit and config", async () => {
    const books = (await fileSource(await ciFolder()).latest()).get(serviceName("books"));
    expect(books?.artifacts.map(({ artifact, platform, size }) => ({ ...artifact, platform, size }))).toEqual([
      {
        digest: digestOf("books amd64"),
        kind: "file",
        build: "ci:124",
        commit: COMMIT,
        platform: { os: "linux", arch: "amd64" },
        size: 11,
      },
      expect.objectContaining({ build: "ci:123", platform: { os: "linux", arch: "arm64" } }),
    ]);
    expect(books?.config?.digest).toBe(digestOf("config"));
  });

  test("names a build after the service's own number, else the path's, else the manifest's", async () => {
    const offers = await fileSource(await ciFolder()).latest();
    const builds = [...offers.values()].map(({ service, artifacts }) => [service, artifacts[0]?.artifact.build]);
    expect(Object.fromEntries(builds)).toEqual({ books: "ci:124", web: "ci:120", flat: "ci:124" });
  });

  test("what is for any system has no platform", async () => {
    const web = (await fileSource(await ciFolder()).latest()).get(serviceName("web"));
    expect(web?.artifacts[0]).toMatchObject({ platform: undefined, artifact: { kind: "tree" } });
  });

  test("opens the contents that it offers", async () => {
    const books = (await fileSource(await ciFolder()).latest()).get(serviceName("books"));
    const [file, config] = await Promise.all([books?.artifacts[0]?.open(), books?.config?.open()]);
    expect(file && String(await buffer(file))).toBe("books amd64");
    expect(config && String(await buffer(config))).toBe("config");
  });

  test("keys that it does not know are no mistakes", async () => {
    const offers = await fileSource(await ciFolder({ ...manifest(), branch: "main" })).latest();
    expect(offers.size).toBe(3);
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
    const books = (await fileSource(folder).latest()).get(serviceName("books"));
    await rm(join(folder, "builds"), { recursive: true });
    await expect(books?.artifacts[0]?.open()).rejects.toMatchObject({
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
    const books = (await fileSource(folder).latest()).get(serviceName("books"));
    await expect(books?.artifacts[0]?.open()).rejects.toThrow("lies outside its folder");
  });
});
