import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bytesOf } from "../../../src/cli/artifacts-prune.ts";
import { type PruneWish, pruneArtifacts } from "../../../src/flow/artifacts-prune.ts";
import { rememberWorkspace } from "../../../src/flow/known-clusters.ts";
import { systemClock } from "../../../src/host/clock.ts";
import { clusterFolder } from "../../../src/host/folders.ts";
import type { Release } from "../../../src/model/artifact.ts";
import { type ServiceName, serviceName } from "../../../src/model/names.ts";
import { fill, temporaryFolder } from "../artifact/folders.ts";
import { BOOKS, type Installation, installation } from "./artifacts-cluster.ts";

const AUTHORS = serviceName("authors");
const HOUR_S = 3600;

const prune = (place: Installation, wish: Partial<PruneWish> = {}) =>
  pruneArtifacts({ keep: 5, max: undefined, dryRun: false, from: "/", ...wish }, { ...place, clock: systemClock });

/** Makes an artifact, and the note of who was given it, as old as that. */
async function aged(place: Installation, release: Release, hours: number, service?: ServiceName): Promise<Release> {
  if (service !== undefined) await place.store.note(service, release);
  const at = Date.now() / 1000 - hours * HOUR_S;
  const { digest } = release.artifact;
  const note = service === undefined ? [] : [join(place.folders.cache, "given", service, digest)];
  for (const path of [place.store.pathOf(digest), ...note]) await utimes(path, at, at);
  return release;
}

/** `ci:1` … `ci:n` of a service, each 1000 bytes and an hour older than the next. */
async function history(place: Installation, count: number, service = BOOKS): Promise<Release[]> {
  const releases: Release[] = [];
  for (let n = 1; n <= count; n++) {
    const content = `${service} ${n} `.padEnd(1000, ".");
    releases.push(await aged(place, await place.build(content, `ci:${n}`), 2 + count - n, service));
  }
  return releases;
}

async function builds(place: Installation, releases: readonly Release[]): Promise<string[]> {
  const there = await Promise.all(releases.map(({ artifact }) => place.store.has(artifact.digest)));
  return releases.filter((_, index) => there[index]).map(({ artifact }) => artifact.build);
}

describe("pruning", () => {
  test("keeps the newest builds of each service, and tells what it freed", async () => {
    const place = await installation();
    const [books, authors] = [await history(place, 7), await history(place, 2, AUTHORS)];
    const { removed, freed, left } = await prune(place, { keep: 3 });
    expect(await builds(place, books)).toEqual(["ci:5", "ci:6", "ci:7"]);
    expect(await builds(place, authors)).toEqual(["ci:1", "ci:2"]);
    expect(removed.map(({ build, reason }) => `${build}: ${reason}`)).toEqual(
      [1, 2, 3, 4].map((n) => `ci:${n}: older than the newest 3 of books`),
    );
    expect({ freed, left }).toEqual({ freed: 4000, left: { artifacts: 5, bytes: 5000, used: 0 } });
  });

  test("takes the oldest of what is left until the store is small enough", async () => {
    const place = await installation();
    const books = await history(place, 5);
    await prune(place, { max: 2500 });
    expect(await builds(place, books)).toEqual(["ci:4", "ci:5"]);
  });

  test("takes what no service was ever given", async () => {
    const place = await installation();
    await aged(place, await place.build("nobody's", "ci:1"), 2);
    expect((await prune(place)).removed).toMatchObject([{ service: undefined, reason: "no service has it" }]);
  });

  test("takes local builds of every save, and keeps what runs, what was good and what was before", async () => {
    const place = await installation();
    const saves = await Promise.all(
      Array.from({ length: 8 }, async (_, n) =>
        aged(place, await place.build(`save ${n}`, `local:${"0".repeat(11)}${n}`), 10 - n, BOOKS),
      ),
    );
    const [previous, good, trial, rolledBack] = saves as [Release, Release, Release, Release];
    const mount = await place.deliver("shop", previous);
    await mount.record({ service: BOOKS, good: previous });
    await mount.record({
      service: BOOKS,
      good,
      trial: { release: trial, since: "2026-11-21T12:00:00Z" },
      rolledBack: { from: rolledBack, reason: "it crashed", at: "2026-11-21T12:00:00Z" },
    });
    for (const [n, save] of saves.entries()) await aged(place, save, 10 - n, BOOKS);
    await prune(place, { keep: 1, max: 0 });
    const numbers = (await builds(place, saves)).map((build) => build.at(-1));
    expect(numbers).toEqual(["0", "1", "2", "3"]);
    expect(await readFile(join(mount.folder, "bin", BOOKS), "utf8")).toBe("save 0");
  });

  test("never takes what a pin names, here or where another cluster came up from", async () => {
    const place = await installation();
    const books = await history(place, 6);
    const [here, there] = [await temporaryFolder(), await temporaryFolder()];
    await fill(here, { "profiles/books.yaml": "name: books", "pins.yaml": "pins: { books: { build: '2' } }" });
    await fill(there, { "pins.yaml": "pins: { books: { build: '3' } }" });
    const cluster = clusterFolder(place.folders, "shop");
    await mkdir(cluster, { recursive: true });
    await rememberWorkspace(cluster, there);
    await prune(place, { keep: 1, max: 0, from: here });
    expect(await builds(place, books)).toEqual(["ci:2", "ci:3"]);
  });

  test("removes nothing when the pins cannot be read", async () => {
    const place = await installation();
    const books = await history(place, 3);
    const here = await temporaryFolder();
    await fill(here, { "profiles/books.yaml": "name: books", "pins.yaml": "pins: [" });
    await expect(prune(place, { keep: 1, from: here })).rejects.toThrow(/pins\.yaml/);
    expect(await builds(place, books)).toHaveLength(3);
  });

  test("leaves what came, or was asked for, within the hour", async () => {
    const place = await installation();
    const old = await aged(place, await place.build("old", "ci:1"), 2);
    const asked = await aged(place, await place.build("asked for", "ci:2"), 2);
    const young = await place.build("young", "ci:3");
    await place.store.note(BOOKS, asked);
    await prune(place, { keep: 0, max: 0 });
    expect(await builds(place, [old, asked, young])).toEqual(["ci:2", "ci:3"]);
  });

  test("tells without removing anything when asked to", async () => {
    const place = await installation();
    const books = await history(place, 3);
    const { removed, freed } = await prune(place, { keep: 1, dryRun: true });
    expect(removed.map(({ build }) => build)).toEqual(["ci:1", "ci:2"]);
    expect(freed).toBe(2000);
    expect(await builds(place, books)).toHaveLength(3);
  });

  test("counts what a mount has too as freed only when the mount lets go of it as well", async () => {
    const place = await installation();
    const releases = await history(place, 3);
    for (const release of releases) await place.deliver("shop", release);
    for (const release of releases) await aged(place, release, 2, BOOKS);
    const mount = await place.mountOf("shop");
    // The mount's own age is when it was linked, which is now.
    const { removed, freed } = await prune(place, { keep: 1 });
    expect(removed.map(({ build }) => build)).toEqual(["ci:1"]);
    expect(freed).toBe(0);
    expect(await readdir(join(mount.folder, "store"))).toHaveLength(3);
  });

  test("sweeps what killed writers left, and leaves what one that lives is writing", async () => {
    const place = await installation();
    const store = join(place.folders.cache, "store");
    await place.build("x", "ci:1");
    const [dead, living] = [`.incoming-4194304-00`, `.incoming-${process.pid}-00`];
    await fill(join(store, dead), { "a/b": "left" });
    await writeFile(join(store, living), "being written");
    await chmod(join(store, dead, "a"), 0o555);
    for (const name of [dead, living]) await utimes(join(store, name), 1, 1);
    const { leftOvers, freed } = await prune(place);
    expect({ leftOvers, freed }).toEqual({ leftOvers: 1, freed: 4 });
    expect((await readdir(store)).filter((name) => name.startsWith("."))).toEqual([living]);
  });

  test("sweeps what compilers keep for the next build, where there was none for a month", async () => {
    const place = await installation();
    const builds = join(place.folders.cache, "builds");
    await fill(builds, { "books-0123/out": "a program", "cargo-4567/debug/books": "a program" });
    await utimes(join(builds, "books-0123"), 1, Date.now() / 1000 - 31 * 24 * HOUR_S);
    await utimes(join(builds, "cargo-4567"), 1, Date.now() / 1000 - 29 * 24 * HOUR_S);
    expect(await prune(place, { dryRun: true })).toMatchObject({ leftOvers: 1 });
    expect(await prune(place)).toMatchObject({ leftOvers: 1, freed: 9 });
    expect(await readdir(builds)).toEqual(["cargo-4567"]);
  });

  test("forgets what was noted of artifacts that are gone, and keeps the notes of those that are there", async () => {
    const place = await installation();
    await history(place, 3);
    const { cache } = place.folders;
    const hex = createHash("sha256").update("a").digest("hex");
    await fill(cache, { [`packed/${hex}`]: hex, "http/old.json": "{}", "http/young.json": "{}" });
    for (const file of [`packed/${hex}`, "http/old.json"]) await utimes(join(cache, file), 1, 1);
    await prune(place, { keep: 1 });
    expect(await readdir(join(cache, "given", BOOKS))).toHaveLength(1);
    expect(await readdir(join(cache, "packed"))).toEqual([]);
    expect(await readdir(join(cache, "http"))).toEqual(["young.json"]);
  });

  test("of a store that is not there does nothing", async () => {
    const place = await installation();
    expect(await prune(place)).toMatchObject({ removed: [], freed: 0, left: { artifacts: 0, bytes: 0 } });
    await expect(stat(place.folders.cache)).rejects.toThrow("ENOENT");
  });
});

test("a size is read as people write it", () => {
  expect(["10GB", "500 MB", "1.5GiB", "2k", "12", "1m"].map(bytesOf)).toEqual([
    10e9,
    500e6,
    1.5 * 1024 ** 3,
    2000,
    12,
    1e6,
  ]);
  for (const wrong of ["", "GB", "10 potatoes", "-1GB", "10ib"]) expect(() => bytesOf(wrong)).toThrow("takes a size");
});
