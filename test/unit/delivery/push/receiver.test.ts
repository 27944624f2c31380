import { createHash, randomBytes } from "node:crypto";
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Transform } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sendEntry, sendSwiftly } from "../../../../src/delivery/push/orders.ts";
import { Receiver, ReceiverLost } from "../../../../src/delivery/push/receiver.ts";
import { type ArtifactDigest, artifactDigest } from "../../../../src/model/names.ts";
import { eventually } from "../../../harness/eventually.ts";
import { volumeHere, wireHere } from "../../../harness/receiver.ts";

let here: string;
let volume: string;
let open: Receiver[];
beforeEach(async () => {
  here = await mkdtemp(join(tmpdir(), "devenv-sent-"));
  volume = await volumeHere();
  open = [];
});
afterEach(async () => {
  for (const receiver of open) receiver.close();
  for (const folder of [here, volume]) await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});

const never = new AbortController().signal;
async function receiver(through?: Transform): Promise<Receiver> {
  const opened = await Receiver.open(wireHere(volume, through), never);
  open.push(opened);
  return opened;
}

const digestOf = (content: Buffer): ArtifactDigest =>
  artifactDigest(createHash("sha256").update(content).digest("hex"));

/** A program of so many bytes in the local store, as stores keep them: nobody may write it. */
async function program(bytes: number): Promise<{ digest: ArtifactDigest; path: string }> {
  const content = randomBytes(bytes);
  const digest = digestOf(content);
  const path = join(here, digest);
  await writeFile(path, content, { mode: 0o555 });
  return { digest, path };
}

const send = ({ digest, path }: { digest: ArtifactDigest; path: string }) => sendEntry(digest, path);
const point = (entry: ArtifactDigest, pointer = "bin/books") => ({ kind: "point", pointer, entry }) as const;
const pointer = (name = "bin/books") => readlink(join(volume, name)).catch(() => undefined);
const entries = () => readdir(join(volume, "store"));

test.each([0, 1, 511, 65_535, 65_536, 65_537, 300_000, 1_800_000])(
  "a file of %d bytes arrives, and nothing after it",
  async (size) => {
    const code = await program(size);
    const receiving = await receiver();
    expect(await receiving.perform([send(code), point(code.digest)])).toBeUndefined();
    expect(digestOf(await readFile(join(volume, "bin/books")))).toBe(code.digest);
    expect((await lstat(join(volume, "store", code.digest))).mode & 0o777).toBe(0o555);
    expect(await receiving.list()).toMatchObject({
      pointers: new Map([["bin/books", code.digest]]),
      entries: new Set([code.digest]),
    });
  },
);

test("a folder arrives with its folders and modes, and two that bring the same at once are as good as one", async () => {
  const digest = digestOf(Buffer.from("tree"));
  const folder = join(here, digest);
  await mkdir(join(folder, "deep", "er"), { recursive: true });
  await writeFile(join(folder, "config.toml"), "port = 1\n");
  await writeFile(join(folder, "deep", "er", "run"), "#!/bin/sh\n", { mode: 0o755 });
  for (let n = 0; n < 50; n++) await writeFile(join(folder, "deep", `${n}`), randomBytes(3000));
  const orders = [sendEntry(digest, folder), point(digest, "config/books")];
  const both = await Promise.all([receiver(), receiver()]);
  expect(await Promise.all(both.map((one) => one.perform(orders)))).toEqual([undefined, undefined]);

  const there = join(volume, "config", "books");
  expect(await readFile(join(there, "config.toml"), "utf8")).toBe("port = 1\n");
  expect((await lstat(join(there, "deep", "er", "run"))).mode & 0o777).toBe(0o755);
  expect((await readdir(there, { recursive: true })).sort()).toEqual(
    (await readdir(folder, { recursive: true })).sort(),
  );
  expect(await entries()).toEqual([digest]);
});

test("a pointer to what is not there is not made, and nothing after it; the next group is", async () => {
  const [one, two] = await Promise.all([program(10), program(20)]);
  const receiving = await receiver();
  await receiving.perform([send(one), point(one.digest)]);
  const missing = await receiving.perform([point(two.digest), { kind: "remove", path: "bin/books" }]);
  expect(missing).toBe(two.digest);
  expect(await pointer()).toBe(`../store/${one.digest}`);
  expect(await receiving.perform([send(two), point(two.digest)])).toBeUndefined();
  expect(await pointer()).toBe(`../store/${two.digest}`);
});

/** Changes the byte at a place of what passes. */
function spoilt(at: number): Transform {
  let passed = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      const place = at - passed;
      const copy = Buffer.from(chunk);
      if (place >= 0 && place < copy.length) copy[place] = (copy[place] ?? 0) ^ 1;
      passed += chunk.length;
      done(null, copy);
    },
  });
}

test("what was changed on the way is refused, its pointer is not moved, and the line goes on", async () => {
  const [one, two] = await Promise.all([program(100_000), program(100_000)]);
  const receiving = await receiver(spoilt(150_000));
  await receiving.perform([send(one), point(one.digest)]);
  await expect(receiving.perform([send(two), point(two.digest)])).rejects.toMatchObject({
    class: "environment",
    message: "what was delivered cannot be put into the volume: what arrived is not what was sent",
  });
  expect(await pointer()).toBe(`../store/${one.digest}`);
  expect(await entries()).toEqual([one.digest]);
  expect(await receiving.perform([send(two), point(two.digest)])).toBeUndefined();
});

test("of a swift one that is found out a moment later, and its name is free again", async () => {
  const code = await program(100_000);
  const receiving = await receiver(spoilt(50_000));
  expect(await receiving.perform([sendSwiftly(code.digest, code.path)])).toBeUndefined();
  await eventually(entries, (names) => names.length === 0, { withinMs: 10_000 });
});

/** Lets so many bytes through, and cuts. */
function cutAfter(bytes: number): Transform {
  let left = bytes;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      const part = chunk.subarray(0, left);
      left -= part.length;
      this.push(part);
      if (left === 0) this.push(null);
      done();
    },
  });
}

test.each([0, 5, 6, 20, 98, 1000, 70_000, 200_099, 200_100, 200_150])(
  "a line that is cut after %d bytes leaves the old pointer and nothing of the new",
  async (bytes) => {
    const [old, fresh] = await Promise.all([program(50_000), program(200_000)]);
    await (await receiver()).perform([send(old), point(old.digest)]);
    const cut = await receiver(cutAfter(bytes));
    const orders = [sendSwiftly(fresh.digest, fresh.path), point(fresh.digest)];
    await expect(cut.perform(orders)).rejects.toBeInstanceOf(ReceiverLost);
    expect(cut.isOpen).toBe(false);
    expect(digestOf(await readFile(join(volume, "bin/books")))).toBe(old.digest);
    for (const name of await entries()) expect(digestOf(await readFile(join(volume, "store", name)))).toBe(name);

    const next = await receiver();
    expect(await next.perform([send(fresh), point(fresh.digest)])).toBeUndefined();
    expect(digestOf(await readFile(join(volume, "bin/books")))).toBe(fresh.digest);
  },
);

test("after a restart of the machine, what is not what its name says is gone, as a power cut may leave it", async () => {
  const [whole, half] = await Promise.all([program(100), program(200)]);
  await (await receiver()).perform([send(whole), send(half)]);
  const path = join(volume, "store", half.digest);
  await chmod(path, 0o755);
  await truncate(path, 100);
  expect((await (await receiver()).list()).entries.size, "the machine runs on").toBe(2);
  await writeFile(join(volume, ".boot"), "another one\n");
  expect((await (await receiver()).list()).entries).toEqual(new Set([whole.digest]));
});

test("what a killed one left is swept, and what another one is at is not", async () => {
  const working = await receiver();
  const [folder] = await readdir(join(volume, ".incoming"));
  await mkdir(join(volume, ".incoming", "4194305")); // above the largest number that a process can have
  await receiver();
  const left = await readdir(join(volume, ".incoming"));
  expect(left).toContain(folder);
  expect(left).not.toContain("4194305");
  const code = await program(10);
  expect(await working.perform([send(code), point(code.digest)])).toBeUndefined();
});

test("only what nothing leads to and what is not young is dropped", async () => {
  const [one, two] = await Promise.all([program(10), program(20)]);
  const receiving = await receiver();
  await receiving.perform([send(one), send(two), point(one.digest)]);
  await receiving.perform([one, two].map(({ digest }) => ({ kind: "drop", entry: digest, seconds: 60 }) as const));
  expect((await entries()).sort()).toEqual([one.digest, two.digest].sort());
  await receiving.perform([one, two].map(({ digest }) => ({ kind: "drop", entry: digest, seconds: 0 }) as const));
  expect(await entries()).toEqual([one.digest]);
});

test("a file that cannot be read here ends the line before a pointer moves", async () => {
  const [old, gone] = await Promise.all([program(10), program(20)]);
  const receiving = await receiver();
  await receiving.perform([send(old), point(old.digest)]);
  await rm(gone.path);
  await expect(receiving.perform([send(gone), point(gone.digest)])).rejects.toMatchObject({ code: "ENOENT" });
  expect(await pointer()).toBe(`../store/${old.digest}`);
});

test("what cannot be written is told in the words of the program there", async () => {
  await rm(volume, { recursive: true });
  await writeFile(volume, "a file in the place of the folder");
  await expect(receiver()).rejects.toMatchObject({
    class: "environment",
    message: expect.stringMatching(/^the volume cannot be written: .*can't cd to/),
  });
});
