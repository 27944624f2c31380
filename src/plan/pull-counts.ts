import type { PullOutcome, PullResult } from "../model/repository.ts";
import { isFailedFetch } from "./pull.ts";

const WORDS: readonly (readonly [kind: PullOutcome["kind"] | "failed", words: string])[] = [
  ["current", "up to date"],
  ["moved", "fast-forwarded"],
  ["behind", "can be fast-forwarded"],
  ["cloned", "cloned"],
  ["left", "left alone"],
  ["failed", "failed"],
];

/** What became of how many: `43 repositories: 40 up to date, 2 fast-forwarded, 1 left alone`. */
export function pullCounts(results: readonly PullResult[]): string {
  const kinds = results.map(({ outcome }) =>
    outcome.kind === "left" && isFailedFetch(outcome.reason) ? "failed" : outcome.kind,
  );
  const counts = WORDS.map(([kind, words]) => ({ words, count: kinds.filter((each) => each === kind).length }));
  const told = counts.filter(({ count }) => count > 0).map(({ words, count }) => `${count} ${words}`);
  const all = `${results.length} ${results.length === 1 ? "repository" : "repositories"}`;
  return [all, ...(told.length > 0 ? [told.join(", ")] : [])].join(": ");
}
