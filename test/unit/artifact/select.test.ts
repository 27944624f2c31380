import { describe, expect, test } from "vitest";
import { select } from "../../../src/artifact/select.ts";
import type { CiBuild, CiBuilds, Offer } from "../../../src/artifact/source.ts";
import type { Platform } from "../../../src/model/artifact.ts";
import type { Failure } from "../../../src/model/failure.ts";
import { serviceName } from "../../../src/model/names.ts";
import { digestOf } from "./folders.ts";

const AMD64 = { os: "linux", arch: "amd64" };
const ARM64 = { os: "linux", arch: "arm64" };

const offer = (platform: Platform | undefined): Offer => ({
  platform,
  content: {
    from: "ci/program",
    key: "ci/program",
    kind: "file",
    packing: "none",
    member: undefined,
    checksum: { algorithm: "sha256", hex: digestOf(JSON.stringify(platform ?? "any")) },
    size: 1,
    open: () => Promise.reject(new Error("nothing is to be opened")),
  },
});

const build = (service: string, artifacts: readonly Offer[], number = "7"): CiBuild => ({
  service: serviceName(service),
  name: `ci:${number}`,
  commit: undefined,
  at: undefined,
  artifacts,
  config: undefined,
  setup: undefined,
});

const buildsOf = (builds: Record<string, readonly CiBuild[]>): CiBuilds =>
  new Map(Object.entries(builds).map(([name, all]) => [serviceName(name), all]));

function failureOf(builds: CiBuilds, name: string, platform = AMD64): Failure {
  try {
    select(builds, serviceName(name), platform);
  } catch (thrown) {
    return thrown as Failure;
  }
  return expect.unreachable("something was selected");
}

describe("selecting an artifact", () => {
  test("takes the one for the daemon's platform", () => {
    const books = build("books", [offer(ARM64), offer(AMD64)]);
    const selection = select(buildsOf({ books: [books] }), serviceName("books"), AMD64);
    expect(selection.build).toBe(books);
    expect(selection.offer.platform).toEqual(AMD64);
  });

  test("takes what runs anywhere when nothing is for the platform itself", () => {
    const web = build("web", [offer(ARM64), offer(undefined)]);
    expect(select(buildsOf({ web: [web] }), serviceName("web"), AMD64).offer.platform).toBeUndefined();
  });

  test("takes the newest build that has an artifact at all", () => {
    const builds = [build("books", [], "9"), build("books", [offer(AMD64)], "8"), build("books", [offer(AMD64)], "7")];
    expect(select(buildsOf({ books: builds }), serviceName("books"), AMD64).build.name).toBe("ci:8");
  });

  test("says before anything is started that CI built for another architecture", () => {
    const builds = buildsOf({ books: [build("books", [offer(ARM64)])] });
    const { message, hint, exitCode } = failureOf(builds, "books");
    expect(message).toBe("books: CI built linux/arm64, the daemon runs linux/amd64");
    expect(hint).toBe("let CI build linux/amd64 too, or choose a provider whose daemon runs linux/arm64");
    expect(exitCode).toBe(3);
  });

  test("says for a missing artifact what CI offers and which name is near", () => {
    const offered = { books: [build("books", [offer(AMD64)])], authors: [build("authors", [offer(AMD64)])], empty: [] };
    const { message, hint } = failureOf(buildsOf(offered), "boks");
    expect(message).toBe("boks: CI has no build of it");
    expect(hint).toContain("CI offers authors, books; did you mean books?");
    expect(hint).toContain("scripts/demo");
  });

  test("says so when CI has built nothing at all, or nothing of a service that it knows", () => {
    expect(failureOf(buildsOf({}), "books").hint).toContain("CI has built nothing yet.");
    expect(failureOf(buildsOf({ books: [] }), "books").message).toBe("books: CI has no build of it");
  });
});
