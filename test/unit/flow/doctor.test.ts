import { expect, it } from "vitest";
import type { CiBuild, Content } from "../../../src/artifact/source.ts";
import { plainHttpChecks, weakChecksumChecks } from "../../../src/flow/doctor/ci-checks.ts";
import type { Findings } from "../../../src/flow/doctor/findings.ts";
import type { Checksum } from "../../../src/model/artifact.ts";
import { type ArtifactSource, plainArtifacts } from "../../../src/model/artifact-source.ts";
import { serviceName } from "../../../src/model/names.ts";

const content = (algorithm?: Checksum["algorithm"]) => ({ checksum: algorithm && { algorithm, hex: "00" } }) as Content;

function build(service: string, parts: Partial<Pick<CiBuild, "config" | "setup">> & { code?: Content }): CiBuild {
  const { code = content("sha256"), config, setup } = parts;
  const artifacts = [{ platform: undefined, content: code }];
  return { service: serviceName(service), name: "ci:1", commit: undefined, at: undefined, artifacts, config, setup };
}

const found = (...builds: CiBuild[]) =>
  ({ ci: { builds: new Map(builds.map((each) => [each.service, [each]])), silent: new Map() } }) as unknown as Findings;

it("names the services whose code, config or set-up is checked by a weak sum only, by the sum", () => {
  const checks = weakChecksumChecks(
    found(
      build("web", { code: content("md5") }),
      build("api", {}),
      build("books", { config: content("md5") }),
      build("search", { setup: content("sha1") }),
      build("page", { code: content() }),
    ),
  );
  expect(checks.map(({ state, what }) => `${state} ${what}`)).toEqual([
    "warn web and books: CI gives MD5 only",
    "warn search: CI gives SHA-1 only",
  ]);
});

it("says nothing of sums that are sound", () => {
  expect(weakChecksumChecks(found(build("web", {})))).toEqual([]);
});

const from = (source: ArtifactSource, token?: string) => {
  const credentials = token === undefined ? undefined : { user: undefined, token };
  const artifacts = { ...plainArtifacts(source), credentials };
  return plainHttpChecks({ profile: { artifacts, services: [{ name: "web" }] } } as unknown as Findings);
};

it.each<[ArtifactSource]>([
  [{ kind: "https", url: "https://ci.example.org/" }],
  [{ kind: "https", url: "http://localhost:8080/" }],
  [{ kind: "https", url: "http://127.0.0.1/" }],
  [{ kind: "jenkins", url: "http://[::1]:8080/job/{service}", build: "lastSuccessfulBuild" }],
  [{ kind: "file", folder: "/ci" }],
  [{ kind: "oci", image: "registry/{service}", from: "registry" }],
])("is content with the way from %o", (source) => {
  expect(from(source)).toEqual([]);
});

it("warns of credentials that go over plain http to another machine", () => {
  const source = { kind: "jenkins", url: "http://ci.example.org/job/{service}", build: "1" } as const;
  expect(from(source)[0]?.why).toBe("whoever is on the way can read and change what comes");
  expect(from(source, "TOKEN")[0]?.why).toContain("the credentials with it");
  const github = {
    kind: "github",
    api: "http://git.example.org/api/v3",
    repository: "a/b",
    from: { is: "release" },
  } as const;
  expect(from(github)[0]?.what).toBe("github:a/b is asked without encryption");
});
