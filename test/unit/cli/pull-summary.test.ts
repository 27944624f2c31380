import { expect, test } from "vitest";
import { painter } from "../../../src/cli/paint.ts";
import { pullSummary } from "../../../src/cli/pull-summary.ts";
import type { PullOutcome, PullResult } from "../../../src/model/repository.ts";

const resultOf = (name: string, outcome: PullOutcome): PullResult => ({
  tree: { name, path: `/w/${name}`, kind: "repository", gitDir: "", commonDir: "", url: undefined },
  branch: "main",
  outcome,
  branches: [],
  services: [],
  ms: 1,
});

const commit = (subject: string) => ({ id: "2".repeat(40), author: "Ada", subject });

const RESULTS: readonly PullResult[] = [
  resultOf("api", {
    kind: "moved",
    hooks: "built \u001b[32mwell\u001b[0m",
    move: {
      from: "1".repeat(40),
      to: "2".repeat(40),
      count: 5,
      commits: [
        commit("a subject that is far too long for the line"),
        commit("two\u001b]0;title\u0007"),
        commit("three"),
      ],
      authors: ["Ada", "Grace", "Edsger", "Barbara", "Donald"],
      files: 1,
    },
  }),
  resultOf("a web", { kind: "left", reason: { kind: "fetchFailed", words: "'/nowhere' does not appear to be one" } }),
  resultOf("same", { kind: "current" }),
];

const summary = (columns: number, quiet = false) => pullSummary(RESULTS, { paint: painter(false), quiet, columns });

test("on a narrow terminal lines are broken between words, subjects are clipped, and commands stay in one piece", () => {
  expect(summary(40)).toBe(String.raw`✔ api    11111111 -> 22222222, 5
         commits, 1 file, by Ada, Grace,
         Edsger and 2 more
    a subject that is far too long for …
    two\x1b]0;title\x07
    three
    and 2 more
    hook: built well

✖ a web  fetch failed: '/nowhere' does
         not appear to be one
    git -C '/w/a web' fetch

3 repositories: 1 up to date, 1 fast-forwarded, 1 failed`);
});

test("where no terminal is, a line stays one; --quiet leaves what needs nobody out", () => {
  expect(summary(Number.POSITIVE_INFINITY, true)).toBe(
    "✖ a web  fetch failed: '/nowhere' does not appear to be one\n    git -C '/w/a web' fetch",
  );
});
