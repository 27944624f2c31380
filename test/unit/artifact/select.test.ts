import { describe, expect, test } from "vitest";
import { select } from "../../../src/artifact/select.ts";
import type { Offer, ServiceOffers } from "../../../src/artifact/source.ts";
import type { Platform } from "../../../src/model/artifact.ts";
import type { Failure } from "../../../src/model/failure.ts";
import { type ServiceName, serviceName } from "../../../src/model/names.ts";
import { digestOf } from "./folders.ts";

const AMD64 = { os: "linux", arch: "amd64" };
const ARM64 = { os: "linux", arch: "arm64" };

const unopened = () => Promise.reject(new Error("nothing is to be opened"));

const offer = (platform: Platform | undefined): Offer => ({
  artifact: { digest: digestOf(JSON.stringify(platform ?? "any")), kind: "file", build: "ci:7" },
  platform,
  size: 1,
  open: unopened,
});

const offersOf = (offers: Record<string, Offer[]>): Map<ServiceName, ServiceOffers> =>
  new Map(
    Object.entries(offers).map(([name, artifacts]) => [
      serviceName(name),
      { service: serviceName(name), artifacts, config: { digest: digestOf(name), size: 1, open: unopened } },
    ]),
  );

function failureOf(offers: Record<string, Offer[]>, name: string, platform = AMD64): Failure {
  try {
    select(offersOf(offers), serviceName(name), platform);
  } catch (thrown) {
    return thrown as Failure;
  }
  return expect.unreachable("something was selected");
}

describe("selecting an artifact", () => {
  test("takes the one for the daemon's platform, with the config", () => {
    const { release, artifact } = select(
      offersOf({ books: [offer(ARM64), offer(AMD64)] }),
      serviceName("books"),
      AMD64,
    );
    expect(artifact.platform).toEqual(AMD64);
    expect(release).toEqual({ artifact: artifact.artifact, config: digestOf("books") });
  });

  test("takes what runs anywhere when nothing is for the platform itself", () => {
    const { artifact } = select(offersOf({ web: [offer(ARM64), offer(undefined)] }), serviceName("web"), AMD64);
    expect(artifact.platform).toBeUndefined();
  });

  test("says before anything is started that CI built for another architecture", () => {
    const { message, hint, exitCode } = failureOf({ books: [offer(ARM64)] }, "books");
    expect(message).toBe("books: CI built linux/arm64, the daemon runs linux/amd64");
    expect(hint).toBe("let CI build linux/amd64 too, or choose a provider whose daemon runs linux/arm64");
    expect(exitCode).toBe(3);
  });

  test("says for a missing artifact what CI offers and which name is near", () => {
    const { message, hint } = failureOf({ books: [offer(AMD64)], authors: [offer(AMD64)], empty: [] }, "boks");
    expect(message).toBe("boks: CI has no build of it");
    expect(hint).toContain("CI offers authors, books; did you mean books?");
    expect(hint).toContain("scripts/demo");
  });

  test("says so when CI has built nothing at all, or nothing of a service that it knows", () => {
    expect(failureOf({}, "books").hint).toContain("CI has built nothing yet.");
    expect(failureOf({ books: [] }, "books").message).toBe("books: CI has no build of it");
  });
});
