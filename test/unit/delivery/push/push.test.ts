import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Transform } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Mount, openMount } from "../../../../src/delivery/mount.ts";
import { openPush } from "../../../../src/delivery/push/push.ts";
import type { Daemon } from "../../../../src/docker/daemon.ts";
import type { Platform, Release } from "../../../../src/model/artifact.ts";
import { type ArtifactDigest, artifactDigest, clusterName, serviceName } from "../../../../src/model/names.ts";
import { volumeHere, wireHere } from "../../../harness/receiver.ts";

const BOOKS = serviceName("books");
const HERE: Platform = { os: "linux", arch: process.arch === "x64" ? "amd64" : process.arch };

let here: string;
let volume: string;
let mounts: Mount[];
/** Lines that were opened so far; each takes the next of these on its way. */
let lines: number;
let ways: (Transform | undefined)[];
let busy: string[];
beforeEach(async () => {
  here = await mkdtemp(join(tmpdir(), "devenv-push-"));
  volume = await volumeHere();
  await mkdir(join(here, "store"));
  await local().prepare(HERE);
  [mounts, lines, ways, busy] = [[], 0, [], []];
});
afterEach(async () => {
  for (const mount of mounts) mount.close();
  for (const folder of [here, volume]) await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});

/** Runs what the helper would run, in this machine's busybox. */
const exec: Daemon["exec"] = async (_, { stdin, stdout, signal }) => {
  lines++;
  if (stdin === undefined || signal === undefined) throw new Error("a receiver has an input and an end");
  await wireHere(volume, ways.shift())(stdin, stdout, signal);
  return 0;
};
const gone = () => Promise.reject(new Error("no daemon answers"));

const artifacts = { pathOf: (digest: ArtifactDigest) => join(here, "store", digest) };
const local = () => openMount(join(here, "cluster"), artifacts);
function pushed(): Mount {
  const daemon = { exec, observe: gone } as unknown as Daemon;
  const isBusy = async (service: string) => busy.includes(service);
  const mount = openPush(local(), { daemon, cluster: clusterName("shop"), labels: {}, artifacts, isBusy });
  mounts.push(mount);
  return mount;
}

async function releaseOf(word: string, config?: string): Promise<Release> {
  const store = async (text: string) => {
    const digest = artifactDigest(createHash("sha256").update(text).digest("hex"));
    await writeFile(artifacts.pathOf(digest), text, { mode: 0o555 });
    return digest;
  };
  const artifact = { digest: await store(word), kind: "file", build: `local:${word}` } as const;
  return { artifact, config: config === undefined ? undefined : await store(config) };
}

const there = (path: string) => readFile(join(volume, path), "utf8").catch(() => undefined);
const pointed = () => local().observe([BOOKS]).get(BOOKS)?.artifact;

test("prepare fills an empty volume with the supervisor and its tools, and does nothing a second time", async () => {
  const mount = pushed();
  await mount.prepare(HERE);
  expect(mount.volume).toBe("shop.devenv");
  expect((await readdir(join(volume, "init"))).sort()).toEqual((await readdir(join(mount.folder, "init"))).sort());
  expect(await readlink(join(volume, "init/bin/ls"))).toBe("../busybox");
  const before = await readdir(join(volume, "init"));
  await pushed().prepare(HERE);
  expect(await readdir(join(volume, "init"))).toEqual(before);
});

test("a release is there, code and config, before it is here", async () => {
  const mount = pushed();
  const release = await releaseOf("one", "port = 1");
  await mount.point(BOOKS, release);
  expect(await there("bin/books")).toBe("one");
  expect(await there("config/books")).toBe("port = 1");
  expect(pointed()).toBe(release.artifact.digest);
  await mount.point(BOOKS, await releaseOf("two"));
  expect([await there("bin/books"), await there("config/books")]).toEqual(["two", undefined]);
  expect(lines, "one line for both").toBe(1);
});

/** Ends before the last bytes of what is sent. */
const cut = (): Transform => {
  let isCut = false;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      isCut ||= chunk.includes("point ");
      if (isCut) this.push(null);
      else this.push(chunk);
      done();
    },
  });
};

test("a line that is cut is opened again; cut twice, the old release is in both places, and the next time works", async () => {
  const [old, fresh] = [await releaseOf("old"), await releaseOf("fresh")];
  await pushed().point(BOOKS, old);
  ways = [cut()];
  await pushed().point(BOOKS, fresh);
  expect(await there("bin/books")).toBe("fresh");

  const mount = pushed();
  ways = [cut(), cut()];
  await expect(mount.point(BOOKS, old)).rejects.toThrow();
  expect([await there("bin/books"), pointed()]).toEqual(["fresh", fresh.artifact.digest]);
  await mount.point(BOOKS, old);
  expect([await there("bin/books"), pointed()]).toEqual(["old", old.artifact.digest]);
});

test("what another devenv dropped from the volume is sent again", async () => {
  const mount = pushed();
  const [one, two] = [await releaseOf("one"), await releaseOf("two")];
  for (const release of [one, two]) await mount.point(BOOKS, release);
  await rm(join(volume, "store", one.artifact.digest));
  await mount.point(BOOKS, one);
  expect(await there("bin/books")).toBe("one");
});

test("a volume that is new, or that others were at, is mended by prepare; what another devenv is at is left to it", async () => {
  const mount = pushed();
  await mount.prepare(HERE);
  await mount.point(BOOKS, await releaseOf("mine"));
  await rm(volume, { recursive: true });
  await mkdir(volume);
  await pushed().prepare(HERE);
  expect(await there("bin/books")).toBe("mine");

  await rm(join(volume, "bin/books"));
  await symlink("../store/else", join(volume, "bin/books"));
  await symlink("../store/else", join(volume, "bin/gone"));
  busy = ["books"];
  await pushed().prepare(HERE);
  expect(await readlink(join(volume, "bin/books"))).toBe("../store/else");
  expect(await readdir(join(volume, "bin"))).toEqual(["books"]);
  busy = [];
  await pushed().prepare(HERE);
  expect(await there("bin/books")).toBe("mine");
});

test("pre_setup.sh of the services that have one, and no longer of those that have none", async () => {
  const mount = pushed();
  await mount.prepare(HERE);
  const { artifact: script } = await releaseOf("echo hello");
  await mount.pointSetups([BOOKS], new Map([[BOOKS, script.digest]]));
  expect(await there("setup/books")).toBe("echo hello");
  await mount.pointSetups([BOOKS], new Map());
  expect(await there("setup/books")).toBeUndefined();
});

test("prune takes from the volume what neither a pointer nor the journal names", async () => {
  const mount = pushed();
  const [good, unnamed, newest] = [await releaseOf("good"), await releaseOf("unnamed"), await releaseOf("newest")];
  for (const release of [good, unnamed, newest]) await mount.point(BOOKS, release);
  await mount.record({ service: BOOKS, good });
  await mount.prune();
  expect((await readdir(join(volume, "store"))).length, "all are young").toBe(3);
  await mount.prune(0);
  expect((await readdir(join(volume, "store"))).sort()).toEqual([good.artifact.digest, newest.artifact.digest].sort());
});

test("what the store no longer has is told so, and nothing is moved", async () => {
  const [old, lost] = [await releaseOf("old"), await releaseOf("lost")];
  const mount = pushed();
  await mount.point(BOOKS, old);
  await rm(artifacts.pathOf(lost.artifact.digest));
  await expect(mount.point(BOOKS, lost)).rejects.toMatchObject({
    message: expect.stringContaining("the store of artifacts no longer has"),
  });
  expect(await there("bin/books")).toBe("old");
});
