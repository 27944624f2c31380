import { cleanup } from "ink-testing-library";
import { afterEach, describe, expect, test } from "vitest";
import type { RepositoryNow } from "../../../src/model/repository.ts";
import { aService, fakeLive, NOW } from "./fake-live.ts";
import { KEYS, open } from "./open-desk.tsx";

afterEach(cleanup);

function aRepository(name: string, differing: Partial<RepositoryNow> = {}): RepositoryNow {
  const path = `/w/${name}`;
  return {
    tree: { name, path, kind: "repository", gitDir: `${path}/.git`, commonDir: `${path}/.git`, url: undefined },
    branch: "main",
    commit: "0123456789abcdef0123456789abcdef01234567",
    ahead: 0,
    behind: 0,
    dirty: 0,
    operation: undefined,
    fetchedAt: NOW - 3 * 60_000,
    doing: undefined,
    lastPull: undefined,
    trouble: undefined,
    ...differing,
  };
}

const leftAlone = {
  at: NOW - 60_000,
  is: "left",
  words: "2 commits here and 3 there",
  command: "git -C repos/authors pull --rebase",
} as const;

/** The page of repositories, of which git has said this. */
async function shown(repositories: readonly RepositoryNow[]) {
  const live = fakeLive();
  const screen = open(live);
  live.says([aService("books")]);
  await screen.press(KEYS.tab, KEYS.tab);
  live.holds(repositories);
  return { live, ...screen };
}

describe("the repositories", () => {
  test("each has a row with its mark, branch, how far it is from its upstream, what is changed, and its last pull", async () => {
    const { frame } = await shown([
      aRepository("repos/books", { ahead: 2, behind: 3, dirty: 4 }),
      aRepository("repos/authors", { ahead: 2, behind: 3, lastPull: leftAlone }),
      aRepository("repos/reviews", { branch: undefined, ahead: undefined, behind: undefined, dirty: 1 }),
      aRepository("repos/web", { lastPull: { at: NOW - 120_000, is: "moved", commits: 1 } }),
    ]);
    const lines = (await frame()).split("\n");
    expect(lines.slice(2, 8)).toEqual([
      expect.stringMatching(/^── repositories · 4, 1 left alone ─+$/),
      "    REPOSITORY     BRANCH       APART  DIRTY    LAST PULL",
      "▸ ● repos/books    main         ↑2 ↓3  4 files  3m ago, fetched",
      "  ! repos/authors  main         ↑2 ↓3  -        1m ago, left alone: 2 commits h…",
      "  ● repos/reviews  at 01234567  -      1 file   3m ago, fetched",
      "  ● repos/web      main         =      -        2m ago, 1 commit",
    ]);
  });

  test("of the chosen one it is told why it was left alone, and what to run about it", async () => {
    const { frame, press } = await shown([
      aRepository("repos/books"),
      aRepository("repos/authors", { lastPull: leftAlone }),
    ]);
    expect(await frame()).not.toContain("pull --rebase");
    await press("j");
    expect(await frame()).toMatch(
      /── repos\/authors ─+\n! 2 commits here and 3 there\n→ git -C repos\/authors pull --rebase\n/,
    );
    await press("k");
    expect(await frame()).not.toContain("pull --rebase");
  });

  test("what git cannot tell, and what is not cloned, is marked with git's words", async () => {
    const missing = aRepository("repos/new", { branch: undefined, commit: undefined, fetchedAt: undefined });
    const { frame } = await shown([
      aRepository("repos/books", { trouble: "fatal: bad object HEAD" }),
      { ...missing, tree: { ...missing.tree, kind: "missing" } },
      aRepository("repos/web", { operation: "rebase" }),
    ]);
    expect(await frame()).toMatch(/▸ ✖ repos\/books .* fatal: bad object HEAD/);
    expect(await frame()).toMatch(/ {2}✖ repos\/new +not cloned/);
    expect(await frame()).toMatch(/ {2}! repos\/web +main, rebase/);
    expect(await frame()).toContain("! fatal: bad object HEAD");
  });

  test("P pulls all; what each is at is seen in its row, and then what became of it", async () => {
    const { live, frame, press } = await shown([aRepository("repos/books"), aRepository("repos/authors")]);
    await press("P");
    expect(live.wanted).toEqual([{ to: "pullAll" }]);
    live.holds([aRepository("repos/books", { doing: "fetching" }), aRepository("repos/authors")]);
    expect(await frame()).toMatch(/▸ ◐ repos\/books .* fetching …/);
    expect(await frame()).toContain("2, 1 being pulled");
    live.holds([
      aRepository("repos/books", { lastPull: { at: NOW, is: "moved", commits: 3 } }),
      aRepository("repos/authors"),
    ]);
    expect(await frame()).toMatch(/▸ ● repos\/books .* 0s ago, 3 commits/);
  });

  test("of a hundred the chosen one is always among the rows that fit, by its name also when others come", async () => {
    const all = Array.from({ length: 100 }, (_, n) => aRepository(`repos/r${n}`));
    const { live, frame, press } = await shown(all);
    await press("G");
    expect(await frame()).toContain("▸ ● repos/r99");
    await press("k", KEYS.up);
    live.holds([aRepository("repos/a"), ...all]);
    expect(await frame()).toContain("▸ ● repos/r97");
  });

  test("are asked about only while their page is open", async () => {
    const { live, press, frame } = await shown([aRepository("repos/books")]);
    expect(live.holds([])).toBe(1);
    await press(KEYS.escape);
    expect(live.holds([])).toBe(0);
    expect(await frame()).toContain("SERVICE");
  });
});
