import { describe, expect, test } from "vitest";
import { buildsIn, otherTags, tagPattern } from "../../../src/artifact/oci/build-tags.ts";
import { fromLabels, parseConfig, parseManifest } from "../../../src/artifact/oci/manifest.ts";

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));
const blob = (letter: string, size = 7) => ({ mediaType: "x", digest: `sha256:${letter.repeat(64)}`, size });

describe("a manifest", () => {
  test("of an image has its config, and its layers from the lowest on", () => {
    const manifest = parseManifest(
      bytes({ schemaVersion: 2, config: blob("c"), layers: [blob("1"), blob("2")] }),
      "books",
    );
    expect(manifest).toEqual({ is: "image", config: blob("c"), layers: [blob("1"), blob("2")], annotations: {} });
  });

  test("of several has one image a platform: what any machine of it runs, and no attestation", () => {
    const entry = (letter: string, os: string, architecture: string, variant?: string) => ({
      ...blob(letter),
      platform: { os, architecture, ...(variant && { variant }) },
    });
    const manifests = [
      entry("a", "linux", "amd64", "v3"),
      entry("b", "linux", "amd64"),
      entry("7", "linux", "arm", "v7"),
      entry("6", "linux", "arm", "v6"),
      entry("8", "linux", "arm64", "v8"),
      entry("f", "unknown", "unknown"),
      blob("0"),
    ];
    const index = parseManifest(bytes({ schemaVersion: 2, manifests, annotations: { a: "b" } }), "books");
    expect(index).toEqual({
      is: "index",
      images: [
        { platform: { os: "linux", arch: "amd64" }, manifest: blob("b") },
        { platform: { os: "linux", arch: "arm" }, manifest: blob("6") },
        { platform: { os: "linux", arch: "arm64" }, manifest: blob("8") },
      ],
      annotations: { a: "b" },
    });
  });

  test.each([
    ["{", "it is not JSON"],
    ["7", "it is not an object"],
    [JSON.stringify({ schemaVersion: 1, fsLayers: [] }), "schema 1"],
    [JSON.stringify({ schemaVersion: 2 }), "it names no layers"],
    [JSON.stringify({ layers: [], config: { digest: "sha256:../../etc", size: 1 } }), "which is no SHA-256"],
    [JSON.stringify({ layers: [], config: { digest: `md5:${"a".repeat(32)}`, size: 1 } }), "which is no SHA-256"],
    [JSON.stringify({ layers: [], config: { ...blob("a"), size: -1 } }), "no size"],
    [JSON.stringify({ layers: [blob("a", 1.5)], config: blob("c") }), "no size"],
  ])("%s is refused: %s", (text, why) => {
    expect(() => parseManifest(Buffer.from(text), "registry.example.org/books:1")).toThrow(
      expect.objectContaining({
        class: "environment",
        message: expect.stringMatching(
          new RegExp(`^the image registry\\.example\\.org/books:1 cannot be used: .*${why}`),
        ),
      }),
    );
  });
});

describe("an image's config", () => {
  test("says its platform, and by the labels of its build commit and date", () => {
    const labels = {
      "org.opencontainers.image.revision": "3f9a",
      "org.opencontainers.image.created": "2026-11-20T12:00:00+01:00",
    };
    const config = bytes({
      os: "linux",
      architecture: "arm64",
      created: "2020-01-01T00:00:00Z",
      config: { Labels: labels },
    });
    expect(parseConfig(config, "books")).toEqual({
      platform: { os: "linux", arch: "arm64" },
      revision: "3f9a",
      created: "2026-11-20T11:00:00.000Z",
    });
  });

  test("without labels has its own date, and none where that is the epoch of reproducible builds", () => {
    const of = (created: string) =>
      parseConfig(bytes({ os: "linux", architecture: "amd64", created }), "books").created;
    expect(of("2026-11-20T12:00:00.123456789Z")).toBe("2026-11-20T12:00:00.123Z");
    expect(of("1970-01-01T00:00:00Z")).toBeUndefined();
    expect(fromLabels({ "org.opencontainers.image.created": "yesterday" }).created).toBeUndefined();
  });

  test("without a platform is no image's: a Helm chart is in a registry, too", () => {
    expect(() => parseConfig(bytes({ name: "chart" }), "books")).toThrow(/its config names no platform/);
  });
});

describe("builds among tags", () => {
  test("are the numbers, highest first, where there are any", () => {
    expect(buildsIn(["9", "latest", "100", "main", "23"], "{build}")).toEqual(["100", "23", "9"]);
  });

  test("are versions as people sort them where there are no numbers", () => {
    expect(buildsIn(["v1.9.0", "v1.10.0", "v1.10.0-rc1"], "v{build}")).toEqual(["1.10.0", "1.10.0-rc1", "1.9.0"]);
  });

  test("have what stands around {build} in the tag, and signatures are none", () => {
    const tags = ["books-7", "authors-8", "books-9-debug", "books-", `sha256-${"a".repeat(64)}.sig`];
    expect(buildsIn(tags, "books-{build}")).toEqual(["7"]);
    expect(otherTags(["main", ...tags], "main")).toEqual(["books-9-debug", "books-7", "books-", "authors-8"]);
  });

  test("{build} has its place in the tag alone, and once", () => {
    expect(tagPattern("registry.example.org:5000/team/books", undefined)).toBeUndefined();
    expect(tagPattern("registry.example.org:5000/team/{service}:x-{build}", undefined)).toBe("x-{build}");
    for (const image of ["registry/{build}:1", "registry/books{build}", "registry/books:{build}-{build}"]) {
      expect(() => tagPattern(image, undefined)).toThrow(/\{build\} stands in/);
    }
  });
});
