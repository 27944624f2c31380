import { expect, test } from "vitest";
import type { Mount } from "../../../src/delivery/mount.ts";
import { steadyMount } from "../../../src/flow/steady-mount.ts";
import type { Release } from "../../../src/model/artifact.ts";
import { artifactDigest, serviceName } from "../../../src/model/names.ts";

const BOOKS = serviceName("books");
const release: Release = { artifact: { digest: artifactDigest("0".repeat(64)), kind: "file", build: "local:0" } };

/** A mount of which so many moves fail, and a link whose daemon was away for each of them or for none. */
function setting(failures: number, wasAway: boolean, volume: string | undefined) {
  let left = failures;
  const moves: string[] = [];
  const point = async () => {
    moves.push(left > 0 ? "fails" : "moves");
    if (left-- > 0) throw new Error("the way is cut");
  };
  const mount = { volume, point } as unknown as Mount;
  return { moves, steady: steadyMount(mount, { outages: 0, overcome: async () => wasAway }) };
}

test("a move that fails while the daemon is away is made again when it is back", async () => {
  const { moves, steady } = setting(2, true, "books.devenv");
  await steady.point(BOOKS, release);
  expect(moves).toEqual(["fails", "fails", "moves"]);
});

test.each([
  ["while the daemon answers", false, "books.devenv"],
  ["on this machine's disk", true, undefined],
])("one that fails %s is a failure", async (_, wasAway, volume) => {
  const { moves, steady } = setting(1, wasAway, volume);
  await expect(steady.point(BOOKS, release)).rejects.toThrow("the way is cut");
  expect(moves).toEqual(["fails"]);
});
