import { mkdir, readdir, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { BuildMemory } from "../../../src/flow/build-memory.ts";
import { learnInputs, type Swappable } from "../../../src/flow/inputs.ts";
import { serviceName } from "../../../src/model/names.ts";
import { HERE } from "../artifact/folders.ts";
import { commandService, goService } from "../artifact/service.ts";
import { nextTick, swappable, type Workshop, workshop } from "./remembered-builds.ts";

const MODULE = {
  "go.mod": "module example.test/books\n\ngo 1.19\n",
  "cmd/books/main.go": 'package main\n\nimport "example.test/books/word"\n\nfunc main() { println(word.Word) }\n',
  "word/word.go": 'package word\n\nconst Word = "one"\n',
};
const ONE = { "word/word.go": MODULE["word/word.go"] };
const TWO = { "word/word.go": 'package word\n\nconst Word = "two"\n' };

async function goWorkshop() {
  const shop = await workshop();
  await shop.write(MODULE);
  return { ...shop, books: swappable(goService(shop.repo, "./cmd/books"), shop.repo) };
}

/** Copies `word` to the artifact. */
const COPY = 'cp word "$DEVENV_OUT/word"';
async function commandWorkshop(more: Parameters<typeof commandService>[2] = {}) {
  const shop = await workshop();
  await shop.write({ word: "one" });
  return { ...shop, books: swappable(commandService(shop.repo, COPY, { artifact: "tree", ...more }), shop.repo) };
}

/** The digest that would be taken. Without a race against the build, which a copy or a warm compiler wins. */
const known = async ({ machine }: Workshop, memory: BuildMemory, service: Swappable) =>
  (await memory.known(service, machine))?.artifact.digest;
const isKnown = async (shop: Workshop, service: Swappable) => (await known(shop, shop.memory(), service)) !== undefined;

const digestOf = async (shop: Workshop, ...save: Parameters<Workshop["save"]>) => {
  const { release, isReused } = await shop.save(...save);
  return { digest: release.artifact.digest, isReused };
};

describe("a build that is known is not made again", { timeout: 60_000 }, () => {
  test("when an edit is taken back", async () => {
    const { books, ...shop } = await goWorkshop();
    const memory = shop.memory();
    const one = await digestOf(shop, memory, books);
    await shop.write(TWO);
    const two = await digestOf(shop, memory, books);
    expect([one.isReused, two.isReused]).toEqual([false, false]);
    expect(two.digest).not.toBe(one.digest);
    await shop.write(ONE);
    expect(await known(shop, memory, books)).toBe(one.digest);
  });

  test("by a devenv that is started later", async () => {
    const { books, ...shop } = await goWorkshop();
    const { digest } = await digestOf(shop, shop.memory(), books);
    expect(await known(shop, shop.memory(), books)).toBe(digest);
  });

  test("when a new import is taken back, whose package was a part of it in between", async () => {
    const { books, ...shop } = await goWorkshop();
    const memory = shop.memory();
    const { digest } = await digestOf(shop, memory, books);
    await shop.write({
      "more/more.go": "package more\n",
      "word/word.go": 'package word\n\nimport _ "example.test/books/more"\n\nconst Word = "more"\n',
    });
    await digestOf(shop, memory, books);
    await shop.write({ ...ONE, "more/more.go": "package more\n\nfunc Later() {}\n" });
    expect(await known(shop, memory, books)).toBe(digest);
  });

  test("after a test was edited, which is no part of it", async () => {
    const { books, ...shop } = await goWorkshop();
    const { digest } = await digestOf(shop, shop.memory(), books);
    await shop.write({ "word/word_test.go": "package word\n" });
    expect(await known(shop, shop.memory(), books)).toBe(digest);
  });

  test("by one who builds once", async () => {
    const { books, ...shop } = await goWorkshop();
    await nextTick();
    const first = await shop.memory().buildOnce(books, shop.machine);
    expect(await known(shop, shop.memory(), books)).toBe(first.release.artifact.digest);
  });

  test("of a command, when what git ignores has changed; the command that has begun is cut short", async () => {
    const onlyOnce = `${COPY}; [ ! -e ../built ] || exec sleep 1000; touch ../built`;
    const { books, ...shop } = await commandWorkshop({ build: { kind: "command", command: onlyOnce, env: {} } });
    await shop.write({ ".gitignore": "*.log\n" });
    const { digest } = await digestOf(shop, shop.memory(), books);
    await shop.write({ "a.log": "x", "deep/b.log": "y" });
    expect(await digestOf(shop, shop.memory(), books)).toEqual({ digest, isReused: true });
  });
});

describe("a build is made", { timeout: 60_000 }, () => {
  test.each<[string, Parameters<typeof commandService>[2]]>([
    ["the command", { build: { kind: "command", command: `${COPY}; true`, env: {} } }],
    ["a variable of it", { build: { kind: "command", command: COPY, env: { A: "b" } } }],
    ["the image that it is for", { image: "debian:12" }],
  ])("when %s is another one", async (_, other) => {
    const { books, ...shop } = await commandWorkshop();
    await shop.save(shop.memory(), books);
    expect(await isKnown(shop, books)).toBe(true);
    expect(await isKnown(shop, { ...books, ...other, repo: books.repo })).toBe(false);
  });

  test("when the profile says so with cache: false", async () => {
    const { books, ...shop } = await goWorkshop();
    await shop.save(shop.memory(), books);
    const { build } = goService(shop.repo, "./cmd/books");
    const uncached = { ...books, build: build && { ...build, cache: false as const } };
    expect(await shop.save(shop.memory(), uncached)).toMatchObject({ isReused: false });
  });

  test("when the store has the artifact no longer", async () => {
    const { books, ...shop } = await goWorkshop();
    const { release } = await shop.save(shop.memory(), books);
    await rm(shop.machine.store.pathOf(release.artifact.digest), { force: true });
    expect(await shop.save(shop.memory(), books)).toMatchObject({ isReused: false, release });
  });

  test("when a variable that Go heeds is another one", async () => {
    const { books, ...shop } = await goWorkshop();
    await shop.save(shop.memory(), books);
    const { build } = books;
    const other = { ...books, build: build && { ...build, env: { GOPRIVATE: "example.test" } } };
    expect(await shop.save(shop.memory(), other)).toMatchObject({ isReused: false });
  });

  test.each<[string, Record<string, string>]>([
    ["a go.work", { "../go.work": "go 1.19\n\nuse ./repo\n" }],
    ["a go.mod within", { "cmd/go.mod": "module example.test/other\n" }],
  ])("when %s comes that would make it another one", async (_, files) => {
    const { books, ...shop } = await goWorkshop();
    await shop.save(shop.memory(), books);
    await shop.write(files);
    const again = shop.save(shop.memory(), books).then(({ isReused }) => isReused);
    expect(await again.catch(() => "does not build")).not.toBe(true);
  });

  test("when a link leads to a folder of which nothing is known", async () => {
    const { books, ...shop } = await commandWorkshop();
    await mkdir(join(shop.folder, "there"));
    await symlink("../there", join(shop.repo, "linked"));
    await shop.save(shop.memory(), books);
    expect(await isKnown(shop, books)).toBe(false);
  });
});

describe("a build is not remembered where it may not be what the sources are", { timeout: 60_000 }, () => {
  const SLOW = 'cp word "$DEVENV_OUT/word"; while [ ! -e ../go ]; do sleep 0.01; done';
  const slowly = async () => {
    const shop = await commandWorkshop({ build: { kind: "command", command: SLOW, env: {} } });
    const memory = shop.memory();
    await shop.learn(memory, shop.books);
    const building = memory.build(shop.books, shop.machine);
    await expect.poll(() => readdir(join(shop.folder, "cache/builds")).catch(() => [])).not.toEqual([]);
    await expect.poll(async () => (await built(shop)).length).toBe(1);
    return {
      ...shop,
      end: async () => {
        await writeFile(join(shop.folder, "go"), "");
        await building;
        await shop.learn(memory, shop.books);
        return isKnown(shop, shop.books);
      },
    };
  };
  /** The files that the command has copied so far. */
  const built = async ({ folder }: Workshop) =>
    (await readdir(join(folder, "cache/builds"), { recursive: true })).filter((path) => path.endsWith("/word"));

  test.each<[string, (shop: Workshop) => Promise<void>]>([
    ["a file changed while it ran", (shop) => shop.write({ word: "two" })],
    [
      "a file changed and bears its old time",
      async (shop) => {
        await shop.write({ word: "two" });
        await utimes(join(shop.repo, "word"), new Date(0), new Date(0));
      },
    ],
    [
      "another file took its place",
      async (shop) => {
        await writeFile(join(shop.folder, "older"), "two");
        await rename(join(shop.folder, "older"), join(shop.repo, "word"));
      },
    ],
    ["a file came", (shop) => shop.write({ more: "x" })],
    [
      "a file was another one for a moment",
      async (shop) => {
        await shop.write({ word: "two" });
        await shop.write({ word: "one" });
      },
    ],
  ])("because %s", async (_, change) => {
    const shop = await slowly();
    await change(shop);
    expect(await shop.end()).toBe(false);
  });

  test("because what it is made of was asked before it began, and may have been less", async () => {
    const { books, ...shop } = await goWorkshop();
    const memory = shop.memory();
    const before = await learnInputs(books, HERE, shop.machine);
    await shop.write({
      "more/more.go": 'package more\n\nconst Word = "more"\n',
      "word/word.go": 'package word\n\nimport "example.test/books/more"\n\nconst Word = more.Word\n',
    });
    await nextTick();
    const { digest } = (await memory.build(books, shop.machine)).release.artifact;
    await memory.learnt(books, before);
    await shop.write({ "more/more.go": 'package more\n\nconst Word = "even more"\n' });
    const edited = await digestOf(shop, memory, books);
    expect(edited.isReused).toBe(false);
    expect(edited.digest).not.toBe(digest);
  });

  test("but where nothing changed, it is", async () => {
    const shop = await slowly();
    expect(await shop.end()).toBe(true);
  });
});

test("a build that nobody waits for is cut short by one of a save", { timeout: 20_000 }, async () => {
  const { books, ...shop } = await commandWorkshop();
  const memory = shop.memory();
  const endless = { ...books, build: { kind: "command", command: "sleep 60", env: {} } } as const;
  const once = memory.buildOnce(endless, shop.machine).catch(() => "cut short");
  await memory.build(books, shop.machine);
  expect(await once).toBe("cut short");
});

test("one of another service that cargo builds in the same repository gives way, too, and none begins any more", async () => {
  const { books, ...shop } = await commandWorkshop();
  const over = new AbortController();
  const endless = async (_: string, __: readonly string[], options: { signal?: AbortSignal } = {}) => {
    const { signal } = options;
    if (signal?.aborted !== true) await new Promise((resolve) => signal?.addEventListener("abort", resolve));
    throw new Error("cut short");
  };
  const machine = { ...shop.machine, processes: { ...shop.machine.processes, run: endless }, signal: over.signal };
  const build = {
    kind: "cargo",
    binaries: ["books"],
    profile: "release",
    features: [],
    target: undefined,
    env: {},
  } as const;
  const crate = (name: string) => ({ ...books, name: serviceName(name), build });
  const memory = shop.memory();
  const once = memory.buildOnce(crate("books"), machine);
  const saved = memory.build(crate("authors"), machine).catch(() => "over");
  await expect(once).rejects.toThrow();
  await expect(memory.buildOnce(crate("users"), machine)).rejects.toThrow();
  over.abort();
  expect(await saved).toBe("over");
});
