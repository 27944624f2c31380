import { expect, test } from "vitest";
import { nextPullView, nothingPulled } from "../../../src/state/pull-view.ts";

const pulled = { type: "pulled", moved: [], left: [], failed: [], well: [], ms: 1 } as const;
const notPulled = (name: string) => ({ name, words: "detached", command: undefined });
const move = { from: "a", to: "b", count: 1, commits: [], authors: [], files: 1 };

test("what moved last stays, and what needs a person until it is well", () => {
  const moved = [{ name: "api", branch: "main", move, services: [] }];
  const first = nextPullView(nothingPulled, { ...pulled, at: 10, moved, left: [notPulled("web")] });
  const second = nextPullView(first, { ...pulled, at: 20, failed: [notPulled("api")] });
  expect(second).toMatchObject({ last: { names: ["api"], at: 10 }, needing: ["api", "web"] });
  const alone = { at: 20, is: "left", words: "detached" };
  expect(second.known).toEqual(
    new Map([
      ["web", { ...alone, at: 10 }],
      ["api", alone],
    ]),
  );
  expect(nextPullView(second, { ...pulled, at: 30, well: ["web"] }).needing).toEqual(["api"]);
});
