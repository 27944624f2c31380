import { describe, expect, test } from "vitest";
import type { LeaveReason, PullFacts } from "../../../src/model/repository.ts";
import { decidePull, isFailedFetch, isLeftBehind } from "../../../src/plan/pull.ts";
import { advice, printDecision, reasonWords } from "../../../src/plan/pull-words.ts";

const [OLD, NEW] = ["1".repeat(40), "2".repeat(40)];

/** A clean repository that is two commits behind. */
const behind: PullFacts = {
  kind: "repository",
  head: { branch: "main", commit: OLD },
  upstream: { state: "at", commit: NEW },
  distance: { ahead: 0, behind: 2, related: true },
};
const current: PullFacts = { ...behind, upstream: { state: "at", commit: OLD }, distance: undefined };
const lock = { of: "index", path: "/w/api/.git/index.lock", ageMs: 180_000, holder: undefined } as const;

describe("of a repository's facts comes exactly one decision", () => {
  test.each<[string, PullFacts]>([
    ["already up to date", current],
    ["already up to date", { ...current, operation: "bisect", lock }],
    ["fast-forward 11111111 -> 22222222 (2 commits)", behind],
    ["left alone: not cloned", { kind: "missing", url: "x" }],
    ["left alone: not cloned, and the profile names no url", { kind: "missing" }],
    ["left alone: bare: it has no work tree", { kind: "bare" }],
    ["left alone: a submodule: its commit is chosen by the repository around it", { kind: "submodule" }],
    ["left alone: detached: no branch is checked out", { ...behind, head: { branch: undefined, commit: OLD } }],
    ["left alone: a rebase is under way", { ...behind, operation: "rebase", head: { branch: undefined, commit: OLD } }],
    ["left alone: a cherry-pick is under way", { ...behind, operation: "cherry-pick" }],
    ["left alone: its branch has no commit yet", { ...behind, head: { branch: "main", commit: undefined } }],
    ["left alone: main has no upstream", { ...behind, upstream: { state: "none" } }],
    [
      "left alone: upstream gone: the remote has no topic any more",
      { ...behind, upstream: { state: "gone", name: "topic" } },
    ],
    ["left alone: its branch follows several branches", { ...behind, upstream: { state: "several" } }],
    ["left alone: 1 local commit not pushed", { ...behind, distance: { ahead: 1, behind: 0, related: true } }],
    ["left alone: diverged: ahead 3, behind 2", { ...behind, distance: { ahead: 3, behind: 2, related: true } }],
    [
      "left alone: its history and the upstream's have no commit in common",
      { ...behind, distance: { ahead: 3, behind: 2, related: false } },
    ],
    [
      "left alone: shallow: its history does not reach back to a commit that the upstream has",
      { ...behind, isShallow: true, distance: { ahead: 3, behind: 2, related: false } },
    ],
    ["left alone: its index is locked by a file that no process has open, 3 minutes old", { ...behind, lock }],
    [
      "left alone: its index is locked by git commit (pid 12)",
      { ...behind, lock: { ...lock, holder: { pid: 12, command: "git commit" } } },
    ],
    [
      "left alone: the update would overwrite uncommitted changes in a, b, c, d, e and 1 more",
      { ...behind, overwritten: ["a", "b", "c", "d", "e", "f"] },
    ],
    [
      "left alone: its branch is locked by a file that no process has open, 3 minutes old",
      { ...behind, lock: { ...lock, of: "branch" } },
    ],
    ["left alone: it changed while its remote was asked", { ...behind, hasChanged: true, lock }],
    ["left alone: git would not: no", { ...behind, refusal: "no" }],
    ["left alone: fetch failed: no route", { ...behind, trouble: { kind: "fetchFailed", words: "no route" } }],
    [
      "left alone: timed out: the remote did not answer within 2 s",
      { ...behind, trouble: { kind: "timedOut", afterMs: 2000 } },
    ],
    [
      "left alone: not readable: rubbish",
      { kind: "repository", trouble: { kind: "unreadable", words: "rubbish", isForeign: false } },
    ],
  ])("%s", (text, facts) => {
    expect(printDecision(decidePull(facts))).toBe(text);
  });
});

test("what is said of a reason names the command to run, quoted for a shell", () => {
  const said: LeaveReason = { kind: "overwritten", paths: ["it's.txt", "b.txt"] };
  expect(advice(said, "/w/my api")).toBe(`git -C '/w/my api' diff HEAD -- 'it'\\''s.txt' b.txt`);
  expect(advice({ kind: "locked", lock }, "/w/api")).toBe("rm /w/api/.git/index.lock   (if no git runs there)");
  expect(advice({ kind: "unreadable", words: "", isForeign: true }, "/w/api")).toBe(
    "git config --global --add safe.directory /w/api",
  );
  expect(advice({ kind: "severalUpstreams" }, "/w/api")).toBe("git -C /w/api branch --unset-upstream");
  expect(advice({ kind: "bare" }, "/w/api")).toBeUndefined();
  expect(reasonWords(said)).toContain("it's.txt, b.txt");
});

test("what a name or a message holds reaches no terminal: control characters are shown, and quoted for a shell", () => {
  const said: LeaveReason = { kind: "overwritten", paths: ["new\nline's.txt", "\u001b[31mred"] };
  expect(reasonWords(said)).toBe("the update would overwrite uncommitted changes in new\\nline's.txt, \\x1b[31mred");
  expect(advice(said, "/w/api")).toBe("git -C /w/api diff HEAD -- $'new\\nline\\'s.txt' $'\\x1b[31mred'");
});

test("left behind is what may lack something; a failed fetch is what could not be asked", () => {
  const kinds: LeaveReason[] = [
    { kind: "ahead", ahead: 1 },
    { kind: "submodule" },
    { kind: "detached" },
    { kind: "timedOut", afterMs: 1 },
  ];
  expect(kinds.map(isLeftBehind)).toEqual([false, false, true, true]);
  expect(kinds.map(isFailedFetch)).toEqual([false, false, false, true]);
});
