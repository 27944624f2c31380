import { expect, test } from "vitest";
import type { LeaveReason, PullOutcome, PullResult } from "../../../src/model/repository.ts";
import { newsOfPull } from "../../../src/plan/pull-news.ts";

const result = (name: string, outcome: PullOutcome): PullResult => ({
  tree: { name, path: `/w/${name}`, kind: "repository", gitDir: "", commonDir: "", url: undefined },
  branch: "main",
  outcome,
  branches: [],
  services: [],
  ms: 1,
});
const left = (name: string, reason: LeaveReason) => result(name, { kind: "left", reason });
const current = (name: string) => result(name, { kind: "current" });
const failing = (words: string) => left("api", { kind: "fetchFailed", words });

/** What is told of pulls that follow each other. */
function toldOf(...pulls: readonly (readonly PullResult[])[]) {
  let told: ReturnType<typeof newsOfPull>["told"] = new Map();
  return pulls.map((results) => {
    const { news, told: next } = newsOfPull(told, results);
    told = next;
    return news;
  });
}

test("a repository that is left alone is told once, with what to run, and again when it is well", () => {
  const diverged = (behind: number) => [left("api", { kind: "diverged", ahead: 1, behind })];
  const [first, more, well, quiet] = toldOf(diverged(1), diverged(7), [current("api")], [current("api")]);
  expect(first?.left).toMatchObject([{ name: "api", words: "diverged: ahead 1, behind 1" }]);
  expect(first?.left[0]?.command).toContain("git -C /w/api rebase");
  expect(more).toBeUndefined();
  expect(well?.well).toEqual(["api"]);
  expect(quiet).toBeUndefined();
});

test("another reason than before is told", () => {
  const [, other] = toldOf(
    [left("api", { kind: "detached" })],
    [left("api", { kind: "underWay", operation: "rebase" })],
  );
  expect(other?.left).toMatchObject([{ words: "a rebase is under way" }]);
  expect(other?.well).toEqual([]);
});

test("a fetch that fails is told once, and again when it has worked", () => {
  const denied = [failing("git@example.org: Permission denied (publickey).")];
  const [first, second, well] = toldOf(denied, denied, [current("api")]);
  expect(first?.failed).toMatchObject([{ name: "api", words: expect.stringContaining("Permission denied") }]);
  expect(second).toBeUndefined();
  expect(well?.well).toEqual(["api"]);
});

test.each([
  "unable to access 'https://example.org/api.git/': Could not resolve host: example.org",
  "unable to access 'https://example.org/api.git/': Failed to connect to example.org port 443: Connection refused",
  "ssh: Could not resolve hostname example.org: Temporary failure in name resolution",
  "ssh: connect to host example.org port 22: Network is unreachable",
  "ssh: connect to host example.org port 22: Connection timed out",
])("a laptop without network is no news: %s", (words) => {
  expect(toldOf([failing(words)], [current("api")])).toEqual([undefined, undefined]);
});

test("what was told before the network went away is neither well nor told again by that", () => {
  const denied = [failing("Permission denied")];
  const away = [failing("Could not resolve host: example.org")];
  const [, offline, again, well] = toldOf(denied, away, denied, [current("api")]);
  expect([offline, again]).toEqual([undefined, undefined]);
  expect(well?.well).toEqual(["api"]);
});

test("local commits miss nothing, and who is at work there is gone at the next pull: neither is told", () => {
  const lock = {
    of: "index" as const,
    path: "/w/api/.git/index.lock",
    holder: { pid: 1, command: "git commit" },
    ageMs: 5,
  };
  const quiet: LeaveReason[] = [{ kind: "ahead", ahead: 2 }, { kind: "locked", lock }, { kind: "changed" }];
  expect(toldOf(...quiet.map((reason) => [left("api", reason)]))).toEqual([undefined, undefined, undefined]);
  const stale = { ...lock, holder: undefined };
  expect(toldOf([left("api", { kind: "locked", lock: stale })])[0]?.left).toHaveLength(1);
});
