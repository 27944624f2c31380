import { describe, expect, test } from "vitest";
import { failureOf, load, problemsOf } from "./loading.ts";

const SERVICES = `
services:
  books: { image: scratch, x-devenv: { repo: /, build: { go: ./cmd/books } } }
`;
const CREDENTIALS = "{ user: CI_USER, token: CI_TOKEN }";

/** The profile's artifacts when `x-devenv.artifacts` is this. */
const artifactsOf = async (flow: string) => (await load(`x-devenv: { artifacts: ${flow} }${SERVICES}`)).artifacts;
/** What is wrong with it; line 1, from column 25. */
const problems = (flow: string) => problemsOf(load(`x-devenv: { artifacts: ${flow} }${SERVICES}`));

/** Of a service whose `x-devenv.ci` is this, under a profile whose artifacts are that. */
const withCi = (artifacts: string, ci: string) =>
  load(`
x-devenv: { artifacts: ${artifacts} }
services:
  books:
    image: scratch
    x-devenv: { ci: ${ci} }
`);
const ciOf = async (artifacts: string, ci: string) => (await withCi(artifacts, ci)).services[0]?.ci;

describe("a source", () => {
  test.each([
    ["file:./ci", { kind: "file", folder: "/nowhere/shop/ci" }],
    ["file:~/ci", { kind: "file", folder: "/home/ada/ci" }],
    ["file:///srv/ci", { kind: "file", folder: "/srv/ci" }],
    ["https://ci.example.org/builds", { kind: "https", url: "https://ci.example.org/builds/" }],
    ["http://ci:8080/", { kind: "https", url: "http://ci:8080/" }],
  ])("%s", async (source, expected) => {
    expect((await artifactsOf(`{ source: "${source}" }`))?.source).toEqual(expected);
  });

  test.each([
    [
      '"jenkins:https://ci.example.org/job/{service}/"',
      { kind: "jenkins", url: "https://ci.example.org/job/{service}", build: "lastSuccessfulBuild" },
    ],
    ['"jenkins:http://ci/job/all", build: 12', { kind: "jenkins", url: "http://ci/job/all", build: "12" }],
    [
      '"github:shop/{service}"',
      { kind: "github", api: "https://api.github.com", repository: "shop/{service}", from: { is: "release" } },
    ],
    [
      '"github:shop/all", workflow: build.yml, branch: main, api: "https://git.example.org/api/v3/"',
      {
        kind: "github",
        api: "https://git.example.org/api/v3",
        repository: "shop/all",
        from: { is: "workflow", workflow: "build.yml", branch: "main" },
      },
    ],
    [
      '"oci:registry.example.org:5000/shop/{service}:{build}"',
      { kind: "oci", image: "registry.example.org:5000/shop/{service}:{build}", from: "registry" },
    ],
    ['"oci:shop/all", from: daemon', { kind: "oci", image: "shop/all", from: "daemon" }],
  ])("%s with the path of an artifact in it", async (source, expected) => {
    expect((await artifactsOf(`{ source: ${source}, path: "dist/{service}" }`))?.source).toEqual(expected);
  });

  test("has the defaults of what is not written, and says where it stands", async () => {
    expect(await artifactsOf('{ source: "file:./ci" }')).toMatchObject({
      paths: { code: undefined, config: undefined, setup: undefined },
      policy: undefined,
      credentials: undefined,
      ca: undefined,
      jobs: 8,
      everyMs: 60_000,
      where: { line: 1, column: 34 },
    });
  });

  test("takes every key that is for its kind", async () => {
    const flow = `{
      source: "jenkins:https://ci.example.org/job/{service}", path: "dist.tar.gz#{os}-{arch}/{service}",
      config: "etc-{build}.tar.gz", setup: "setup/{service}", policy: exists, credentials: ${CREDENTIALS},
      ca: ./ci-ca.pem, jobs: 2, every: 5m }`;
    expect(await artifactsOf(flow)).toMatchObject({
      paths: { code: "dist.tar.gz#{os}-{arch}/{service}", config: "etc-{build}.tar.gz", setup: "setup/{service}" },
      policy: "exists",
      credentials: { user: "CI_USER", token: "CI_TOKEN" },
      ca: "/nowhere/shop/ci-ca.pem",
      jobs: 2,
      everyMs: 300_000,
    });
  });

  test.each([
    ["0", 0],
    ['"0"', 0],
    ["0s", 0],
    ["10s", 10_000],
  ])("is asked every %s", async (written, everyMs) => {
    expect(await artifactsOf(`{ source: "file:./ci", every: ${written} }`)).toMatchObject({ everyMs });
  });
});

describe("a source with a mistake", () => {
  test.each([
    ["./ci", "source: no source of artifacts begins like this (write file:./ci)"],
    ["jenkin:https://ci/job/a", "source: no source of artifacts begins like this (did you mean jenkins?)"],
    [
      "ftp://ci/",
      "source: no source of artifacts begins like this (write file:FOLDER, https://…, jenkins:URL, github:OWNER/NAME or oci:IMAGE)",
    ],
    ["s3://bucket/ci", "source: no source of artifacts begins like this (write the bucket's https:// address)"],
    ["file:", "source: file: needs a folder (write file:./ci)"],
    ["file://server/ci", "source: file: means a folder of this machine (write file:/FOLDER or file:./FOLDER)"],
    [
      "jenkins:ci.example.org/job/a",
      "source: needs an address that begins with http:// or https:// (jenkins:https://ci.example.org/job/{service})",
    ],
    ["https://ci/?list=1", "source: the address has more than a path (leave out what follows ? or #)"],
    [
      "github:shop",
      "source: github: needs a repository (write github:OWNER/NAME; a server of your own is named by api: beside it)",
    ],
    ["oci:Shop/All", "source: oci: needs an image's name (write oci:registry.example.org/team/{service}:{build})"],
    ["file:./{service}", "source: {service} is no placeholder here (write what is meant)"],
    ["jenkins:https://ci/job/{servce}", "source: {servce} is no placeholder here (did you mean service?)"],
  ])("%s", async (source, message) => {
    expect(await problems(`{ source: "${source}", path: x }`)).toContain(`1:34 ${message}`);
  });

  test.each([
    [
      '{ source: "file:./ci", path: x }',
      "1:47 path makes no sense for a source of kind file (its manifest.json says where everything lies)",
    ],
    [
      '{ source: "https://ci/", policy: exists }',
      "1:49 policy makes no sense for a source of kind https (its manifest.json has a SHA-256 for everything)",
    ],
    [
      '{ source: "file:./ci", build: 12 }',
      "1:47 build makes no sense for a source of kind file (build is for jenkins)",
    ],
    [
      '{ source: "file:./ci", credentials: { token: T } }',
      "1:47 credentials makes no sense for a source of kind file (credentials is for https, jenkins, github, oci)",
    ],
    [
      '{ source: "oci:a/b", path: x, from: daemon, credentials: { token: T } }',
      "1:68 a daemon needs no credentials (leave it out)",
    ],
    [
      '{ source: "github:a/b", path: x, branch: main }',
      "1:57 branch is that of a workflow, and none is named (write workflow: build.yml)",
    ],
    [
      '{ source: "jenkins:http://ci/job/a", path: x, build: last }',
      "1:77 build: last is no build of Jenkins (did you mean lastSuccessfulBuild?)",
    ],
    ['{ source: "file:./ci", every: 30d }', "1:54 every: the longest is 7d (1m is the default; 0 is never)"],
    ['{ source: "file:./ci", every: 5 }', "1:54 every: the duration 5 has no unit (write 5s or 5ms)"],
    ['{ source: "file:./ci", jobs: 0 }', "1:53 jobs: 0 is not between 1 and 64"],
    ['{ source: "file:./ci", job: 4 }', "1:47 unknown key job under x-devenv.artifacts (did you mean jobs?)"],
    ["{ path: x }", "1:24 source is missing under x-devenv.artifacts (it must be a text)"],
    [
      '{ source: "github:a/b", path: "dist/{platform}" }',
      "1:54 path: {platform} is no placeholder here (supported: {service}, {build}, {os}, {arch}, {commit})",
    ],
    [
      '{ source: "github:a/b", path: x, config: "{arch}.tar" }',
      "1:65 config: {arch} is no placeholder here (supported: {service}, {build}, {commit})",
    ],
    ['{ source: "github:a/b", path: "dist/{os" }', "1:54 path: a brace stands alone (write {service})"],
    [
      '{ source: "github:a/b" }',
      "1:13 a source of kind github needs the path of a service's artifact in it (path: dist/{os}-{arch}/{service})",
    ],
  ])("%s", async (flow, message) => {
    expect(await problems(flow)).toEqual([message]);
  });

  test("a password in its address is told, and not shown", async () => {
    const failure = await failureOf(
      load(`x-devenv: { artifacts: { source: "https://ada:s3cr%2Fet@ci.example.org/" } }${SERVICES}`),
    );
    expect(failure.problems).toMatchObject([
      {
        message: "the address of CI has a user or a password in it",
        hint: "write credentials: { user: VARIABLE, token: VARIABLE } beside it",
        where: { line: 1, column: 34 },
      },
    ]);
    expect(JSON.stringify(failure.problems)).not.toContain("s3cr");
  });

  test("a token in the place of a variable's name is told, and not shown", async () => {
    const flow = '{ source: "https://ci/", credentials: { token: "11ab-cd" } }';
    const failure = await failureOf(load(`x-devenv: { artifacts: ${flow} }${SERVICES}`));
    expect(failure.problems[0]?.message).toBe("token must be the name of a variable, never its value");
    expect(JSON.stringify(failure.problems)).not.toContain("11ab-cd");
  });
});

describe("a service's own ci", () => {
  const JENKINS = `{ source: "jenkins:https://ci/job/{service}", path: a, policy: exists, credentials: ${CREDENTIALS}, jobs: 3 }`;

  test("takes what it does not name from the profile", async () => {
    expect(await ciOf(JENKINS, "{ path: b, build: 7 }")).toMatchObject({
      source: { kind: "jenkins", url: "https://ci/job/{service}", build: "7" },
      paths: { code: "b" },
      policy: "exists",
      credentials: { user: "CI_USER", token: "CI_TOKEN" },
      jobs: 3,
    });
  });

  test("of another server sends the profile's credentials nowhere", async () => {
    const ci = await ciOf(JENKINS, '{ source: "jenkins:https://elsewhere/job/b" }');
    expect(ci).toMatchObject({ source: { url: "https://elsewhere/job/b" }, paths: { code: "a" }, policy: "exists" });
    expect(ci?.credentials).toBeUndefined();
  });

  test("of the same server keeps them", async () => {
    const ci = await ciOf(JENKINS, '{ source: "jenkins:https://ci/job/special" }');
    expect(ci?.credentials).toEqual({ user: "CI_USER", token: "CI_TOKEN" });
  });

  test("of another kind has nothing of it but how many downloads there are at once", async () => {
    expect(await ciOf(JENKINS, '{ source: "file:./own" }')).toMatchObject({
      source: { kind: "file", folder: "/nowhere/shop/own" },
      paths: { code: undefined },
      policy: undefined,
      credentials: undefined,
      jobs: 3,
    });
  });

  test("without a source anywhere is a mistake", async () => {
    const loading = load("services: { a: { image: x, x-devenv: { ci: { path: b } } } }");
    expect(await problemsOf(loading)).toEqual(["1:40 ci of a has no source, nor has the profile (source: file:./ci)"]);
  });

  test("is told what its own key cannot mean, in its own place", async () => {
    expect(await problemsOf(withCi('{ source: "file:./ci" }', "{ branch: main }"))).toEqual([
      "6:23 branch makes no sense for a source of kind file (branch is for github)",
    ]);
  });
});
