import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseRawDiff } from "../../../src/host/git/porcelain.ts";
import { between, parseLog, readSides } from "../../../src/host/git/sides.ts";
import { systemProcesses } from "../../../src/host/process.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "devenv-sides-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const IDENTITY = {
  GIT_AUTHOR_NAME: "Ada",
  GIT_COMMITTER_NAME: "Ada",
  EMAIL: "ada@example.org",
  GIT_CONFIG_GLOBAL: "/dev/null",
};
const git = async (...args: string[]): Promise<string> => {
  const { code, stdout, output } = await systemProcesses.run("git", args, { cwd: folder, env: IDENTITY });
  if (code !== 0) throw new Error(output);
  return stdout;
};
const shell = async (script: string): Promise<void> => {
  const { code, output } = await systemProcesses.run("sh", ["-ec", script], { cwd: folder, env: IDENTITY });
  if (code !== 0) throw new Error(output);
};
const commitOf = async (ref: string) => (await git("rev-parse", ref)).trim();

/** What is asked of git, and what comes of it. */
async function ask(ours: string, theirs: string, isPartial = false) {
  const asked: string[][] = [];
  const listening = (...args: string[]) => {
    asked.push(args);
    return git(...args);
  };
  const range = [await commitOf(ours), await commitOf(theirs)] as const;
  const sides = await readSides(listening, range, isPartial);
  const raw = await git("diff-tree", "-r", "-z", "--no-renames", ...range);
  return { ...sides, truth: parseRawDiff(raw), asked: asked.length };
}

const STEPS = [
  "echo $N > a.txt",
  "echo $N > 'odd näme.txt'",
  "mkdir -p sub/deep; echo $N > sub/deep/c.txt",
  "rm -rf sub; echo $N > sub",
  "rm -rf sub; mkdir sub; echo 1 > sub/d.txt",
  "rm -f a.txt",
  "rm -f a.txt; ln -s b.txt a.txt",
  "echo 1 > ':3'; echo $N > '>x'",
  "echo $N > b.txt; chmod +x b.txt",
  "git mv b.txt moved-$N.txt",
  "git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),module",
  "true",
];

test("what comes on a straight line is what git finds between its ends, with merges on the way, by lot", async () => {
  await shell(
    "git init --quiet --initial-branch=main; echo 0 > b.txt; git add .; git commit --quiet -m first; git tag t0",
  );
  let state = 7;
  const lot = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
  const commit = (n: number, step: string) =>
    `N=${n}; { ${step}; } 2>/dev/null || true; git add --all 2>/dev/null || true; git commit --quiet --allow-empty -m "step ${n}"`;
  for (let n = 1; n <= 24; n++) {
    const step = STEPS[lot(STEPS.length)] ?? "true";
    const merged = `git switch --quiet --create side-${n} HEAD~${lot(2)}; echo ${n} > side-${n}.txt; git add side-${n}.txt
      git commit --quiet -m side; git switch --quiet main; git merge --quiet --no-edit --no-ff side-${n}`;
    await shell(`${n > 4 && lot(4) === 0 ? merged : commit(n, step)}; git tag t${n}`);
  }
  const expected = (paths: readonly object[]) => new Set(paths.map((each) => JSON.stringify(each)));
  let compared = 0;
  for (let from = 0; from < 24; from += 1 + lot(3)) {
    const { incoming, truth, behind, ahead, asked } = await ask(`t${from}`, "main");
    expect([ahead, asked]).toEqual([[], 1]);
    expect(behind).toHaveLength(Number(await git("rev-list", "--count", `t${from}..main`)));
    expect(incoming && expected(incoming), `from t${from}`).toEqual(expected(truth));
    compared += truth.length;
  }
  expect(compared).toBeGreaterThan(20);
});

describe("what comes is left to be asked for", () => {
  beforeEach(() =>
    shell("git init --quiet --initial-branch=main; git commit --quiet --allow-empty -m first; git tag t0"),
  );

  test("where the line of first parents leads past, and where both sides have commits", async () => {
    await shell(`git commit --quiet --allow-empty -m mine; git tag mine; git switch --quiet --create theirs t0
      echo 1 > a.txt; git add a.txt; git commit --quiet -m theirs; git tag diverged
      git merge --quiet --no-edit --no-ff main`);
    const merged = await ask("mine", "theirs");
    expect([merged.incoming, merged.behind.length, merged.ahead.length]).toEqual([undefined, 2, 0]);
    const diverged = await ask("mine", "diverged");
    expect([diverged.incoming, diverged.behind.length, diverged.ahead.length]).toEqual([undefined, 1, 1]);
  });

  test("where it is a long way, whose commits are all told", async () => {
    await shell("for n in $(seq 120); do git commit --quiet --allow-empty -m $n; done");
    const { incoming, behind, asked } = await ask("t0", "main");
    expect([incoming, behind.length, behind[0]?.subject, asked]).toEqual([undefined, 120, "120", 2]);
  });

  test("in a clone that lacks objects, which would be fetched for it", async () => {
    await shell("echo 1 > a.txt; git add a.txt; git commit --quiet -m next");
    const { incoming, behind, asked } = await ask("t0", "main", true);
    expect([incoming, behind.length, asked]).toEqual([undefined, 1, 1]);
  });
});

test("a log is read with its changes, subjects and paths as they are", () => {
  const [one, two] = ["1".repeat(40), "2".repeat(40)];
  const log = `<\x1fid1\x1f\x1fAda\x1fmine\0>\x1fid2\x1fid3 id4\x1fGrace\x1ftheirs, with | and\ttab\0\n:100644 100755 ${one} ${two} M\0:a b\0:000000 100644 ${one} ${two} A\0>x\0>\x1fid3\x1fid0\x1fAda\x1flast\0`;
  const logged = parseLog(log);
  expect(logged.map(({ side, commit, parent }) => [side, commit, parent])).toEqual([
    ["<", { id: "id1", author: "Ada", subject: "mine" }, undefined],
    [">", { id: "id2", author: "Grace", subject: "theirs, with | and\ttab" }, "id3"],
    [">", { id: "id3", author: "Ada", subject: "last" }, "id0"],
  ]);
  expect(logged.map(({ changes }) => changes.map(({ path }) => path))).toEqual([[], [":a b", ">x"], []]);
  expect(between("id0", "id2", logged)?.map(({ path }) => path)).toEqual([":a b", ">x"]);
  expect(between("id9", "id2", logged)).toBeUndefined();
});
