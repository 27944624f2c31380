import { createHash } from "node:crypto";
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { type Mount, openMount } from "../../../src/delivery/mount.ts";
import type { Release } from "../../../src/model/artifact.ts";
import { type ArtifactDigest, artifactDigest, type ServiceName, serviceName } from "../../../src/model/names.ts";

const BOOKS = serviceName("books");
const AUTHORS = serviceName("authors");

let folder: string;
let store: string;
let mount: Mount;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "devenv-mount-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  store = join(folder, "cache");
  await mkdir(store);
  mount = openMount(join(folder, "cluster"), { pathOf: (digest) => join(store, digest) });
  for (const name of ["bin", "config", "setup", "store", "init"])
    await mkdir(join(mount.folder, name), { recursive: true });
});

const digestOf = (text: string): ArtifactDigest => artifactDigest(createHash("sha256").update(text).digest("hex"));

async function storedFile(content: string): Promise<ArtifactDigest> {
  const digest = digestOf(content);
  await writeFile(join(store, digest), content, { mode: 0o555 });
  return digest;
}

async function storedTree(files: Record<string, string>): Promise<ArtifactDigest> {
  const digest = digestOf(JSON.stringify(files));
  await mkdir(join(store, digest, "deep"), { recursive: true });
  for (const [name, content] of Object.entries(files))
    await writeFile(join(store, digest, name), content, { mode: 0o444 });
  await symlink("deep", join(store, digest, "alias"));
  return digest;
}

const release = (digest: ArtifactDigest, config?: ArtifactDigest): Release => ({
  artifact: { digest, kind: "file", build: `local:${digest.slice(0, 12)}` },
  config,
});

/** What is observed of a service to which nothing was delivered. */
const NOTHING = { artifact: undefined, config: undefined, hasSetup: false, record: undefined };

const inMount = (...path: string[]) => join(mount.folder, ...path);
const content = (...path: string[]) => readFile(inMount(...path), "utf8");

describe("pointing a service at a release", () => {
  test("makes its code and its config readable under the service's name, through relative links", async () => {
    const code = await storedFile("the program");
    const config = await storedTree({ "config.local.toml": "level = 1", "deep/more": "x" });
    await mount.point(BOOKS, release(code, config));
    expect(await readlink(inMount("bin", BOOKS))).toBe(`../store/${code}`);
    expect(await content("bin", BOOKS)).toBe("the program");
    expect(await content("config", BOOKS, "config.local.toml")).toBe("level = 1");
    expect(await content("config", BOOKS, "alias", "more")).toBe("x");
  });

  test("shares the store's bytes instead of copying them", async () => {
    const code = await storedFile("the program");
    const config = await storedTree({ "deep/more": "x" });
    await mount.point(BOOKS, release(code, config));
    const inodes = async (path: string) => (await stat(path)).ino;
    expect(await inodes(inMount("bin", BOOKS))).toBe(await inodes(join(store, code)));
    expect(await inodes(inMount("config", BOOKS, "deep/more"))).toBe(await inodes(join(store, config, "deep/more")));
  });

  test("copies where the file system makes no links", async () => {
    const other = await mkdtemp("/dev/shm/devenv-mount-");
    onTestFinished(() => rm(other, { recursive: true, force: true }));
    expect((await stat(other)).dev).not.toBe((await stat(folder)).dev);
    const elsewhere = openMount(folder, { pathOf: (digest) => join(other, digest) });
    await mkdir(join(other, "cluster"), { recursive: true });
    const code = digestOf("far away");
    await writeFile(join(other, code), "far away", { mode: 0o555 });
    for (const name of ["bin", "config", "store"]) await mkdir(join(elsewhere.folder, name), { recursive: true });
    const config = digestOf("a tree far away");
    await mkdir(join(other, config, "deep"), { recursive: true });
    await writeFile(join(other, config, "deep/x.toml"), "x = 1", { mode: 0o444 });
    await elsewhere.point(BOOKS, release(code, config));
    expect(await readFile(join(elsewhere.folder, "config", BOOKS, "deep/x.toml"), "utf8")).toBe("x = 1");
    expect((await stat(join(elsewhere.folder, "config", BOOKS, "deep/x.toml"))).mode & 0o777).toBe(0o444);
    expect(await readFile(join(elsewhere.folder, "bin", BOOKS), "utf8")).toBe("far away");
    expect((await stat(join(elsewhere.folder, "bin", BOOKS))).mode & 0o777).toBe(0o555);
    expect((await readdir(join(elsewhere.folder, "store"))).sort()).toEqual([code, config].sort());
  });

  test("leaves nothing behind but pointers and whole entries", async () => {
    const code = await storedFile("the program");
    const config = await storedTree({ a: "a" });
    await Promise.all(Array.from({ length: 8 }, () => mount.point(BOOKS, release(code, config))));
    expect((await readdir(inMount("store"))).sort()).toEqual([code, config].sort());
    expect(await readdir(inMount("bin"))).toEqual([BOOKS]);
    expect(await readdir(inMount("config"))).toEqual([BOOKS]);
  });

  test("without a config takes the old config away", async () => {
    const code = await storedFile("the program");
    await mount.point(BOOKS, release(code, await storedTree({ a: "a" })));
    await mount.point(BOOKS, release(code));
    expect(await readdir(inMount("config"))).toEqual([]);
  });

  test("says what to do when the store has lost it, and moves no pointer", async () => {
    const code = await storedFile("the program");
    await mount.point(BOOKS, release(code));
    await expect(mount.point(BOOKS, release(digestOf("lost")))).rejects.toMatchObject({
      message: expect.stringMatching(/^books: the store of artifacts no longer has [0-9a-f]{12}$/),
      hint: expect.stringContaining("devenv up"),
    });
    expect(await content("bin", BOOKS)).toBe("the program");
  });
});

describe("what is observed", () => {
  test("is where the pointers point and what the journal says", async () => {
    const code = await storedFile("the program");
    const good = release(code, await storedTree({ a: "a" }));
    await mount.record({ service: BOOKS, good, trial: { release: good, since: "2026-11-20T12:00:00Z" } });
    await mount.point(BOOKS, good);
    expect(mount.observe([BOOKS, AUTHORS])).toEqual(
      new Map<ServiceName, object>([
        [
          BOOKS,
          {
            artifact: code,
            config: good.config,
            hasSetup: false,
            record: { service: BOOKS, good, trial: { release: good, since: "2026-11-20T12:00:00Z" } },
          },
        ],
        [AUTHORS, NOTHING],
      ]),
    );
  });

  test("is nothing where a record was damaged or a pointer is not ours", async () => {
    await mkdir(join(folder, "cluster/services"), { recursive: true });
    for (const damaged of [
      "",
      "{",
      '{"service":"books"}',
      '{"service":"books","good":{"artifact":{"digest":"x","build":"ci:1"}}}',
    ]) {
      await writeFile(join(folder, "cluster/services/books.json"), damaged);
      await rm(inMount("bin", BOOKS), { force: true });
      await symlink("/etc/passwd", inMount("bin", BOOKS));
      expect(mount.observe([BOOKS]).get(BOOKS)).toEqual(NOTHING);
    }
  });

  test("is gone after forgetting", async () => {
    const code = await storedFile("the program");
    await mount.record({ service: BOOKS, good: release(code) });
    await mount.point(BOOKS, release(code, await storedTree({ a: "a" })));
    await mount.forget(BOOKS);
    expect(mount.observe([BOOKS]).get(BOOKS)).toEqual(NOTHING);
  });
});

describe("pruning", () => {
  test("removes what no pointer and no record names, trees included", async () => {
    const [pointed, good, tried, old] = await Promise.all(["pointed", "good", "tried", "old"].map(storedFile));
    const [kept, gone] = [await storedTree({ a: "kept" }), await storedTree({ a: "gone" })];
    const all = [pointed, good, tried, old] as ArtifactDigest[];
    for (const digest of all) await mount.point(BOOKS, release(digest, gone));
    await mount.point(BOOKS, release(pointed as ArtifactDigest, kept));
    const trial = { release: release(tried as ArtifactDigest), since: "2026-11-20T12:00:00Z" };
    await mount.record({ service: BOOKS, good: release(good as ArtifactDigest), trial });
    await chmod(inMount("store", gone), 0o555);

    expect((await mount.prune(0)).entries).toBe(2);
    expect((await readdir(inMount("store"))).sort()).toEqual([pointed, good, tried, kept].sort());
    expect(await readFile(join(store, old as string), "utf8")).toBe("old");
  });

  test("leaves what has just come, or has just been pointed at again", async () => {
    const [first, second] = [await storedFile("first"), await storedFile("second")];
    await mount.point(BOOKS, release(first));
    await utimes(inMount("store", first), 0, 0);
    await mount.point(BOOKS, release(second));
    expect((await mount.prune()).entries).toBe(0);
    expect((await readdir(inMount("store"))).sort()).toEqual([first, second].sort());
  });
});

test("clearing leaves neither the mount nor the journal", async () => {
  const code = await storedFile("the program");
  await mount.record({ service: BOOKS, good: release(code) });
  await mount.point(BOOKS, release(code, await storedTree({ a: "a" })));
  await mount.clear();
  expect(await readdir(join(folder, "cluster"))).toEqual([]);
  expect(await readFile(join(store, code), "utf8")).toBe("the program");
  await mount.clear();
});

describe("a pre_setup.sh", () => {
  test("is found under the service's name, can be run, and survives a prune", async () => {
    const script = await storedFile("#!/bin/sh\n");
    await mount.pointSetups([BOOKS, AUTHORS], new Map([[BOOKS, script]]));
    expect(await readFile(inMount("setup", BOOKS), "utf8")).toBe("#!/bin/sh\n");
    expect((await stat(inMount("setup", BOOKS))).mode & 0o777).toBe(0o555);
    await mount.prune(0);
    expect(await readFile(inMount("setup", BOOKS), "utf8")).toBe("#!/bin/sh\n");
    const observed = mount.observe([BOOKS, AUTHORS]);
    expect([observed.get(BOOKS)?.hasSetup, observed.get(AUTHORS)?.hasSetup]).toEqual([true, false]);
  });

  test("that the repository has no more is gone", async () => {
    await mount.pointSetups([BOOKS], new Map([[BOOKS, await storedFile("#!/bin/sh\n")]]));
    await mount.pointSetups([BOOKS], new Map());
    await expect(lstat(inMount("setup", BOOKS))).rejects.toThrow("ENOENT");
  });
});

test("the config of a service without code of ours is all that it is given, and is what runs", async () => {
  const config = await storedTree({ "nginx.conf": "events {}" });
  const artifact = { digest: config, kind: "tree", build: `config:${config.slice(0, 12)}` } as const;
  await mount.point(BOOKS, { artifact, config });
  expect(await readFile(inMount("config", BOOKS, "nginx.conf"), "utf8")).toBe("events {}");
  await expect(lstat(inMount("bin", BOOKS))).rejects.toThrow("ENOENT");
  expect(mount.observe([BOOKS]).get(BOOKS)).toMatchObject({ artifact: config, config });
});
