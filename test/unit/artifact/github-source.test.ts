import { randomBytes } from "node:crypto";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { fetchContent } from "../../../src/artifact/fetch-content.ts";
import { openStore } from "../../../src/artifact/store.ts";
import type { FakeRelease, FakeRepository, FakeRun } from "../../harness/github-repository.ts";
import { problem } from "../../harness/github-repository.ts";
import { type GithubOptions, type GithubServer, RESETS_AT, startGithub } from "../../harness/github-server.ts";
import { file, hangUp, inTurn, redirect, says } from "../../harness/http-server.ts";
import { uploadedZip } from "../../harness/uploaded-zip.ts";
import { digestOf, temporaryFolder } from "./folders.ts";
import { ALL, ask, failureOf, NEWEST, newest, newestCode, numbered, type Opening, open } from "./servers.ts";

const TOKEN = "ghp_abc123";
const WITH_TOKEN = { credentials: { user: undefined, token: "GITHUB_TOKEN" }, variables: { GITHUB_TOKEN: TOKEN } };
const PATHS = { code: "{service}-{os}-{arch}", config: "{service}-etc.tar.gz" };

async function github(repository: FakeRepository, options: GithubOptions = { token: TOKEN }): Promise<GithubServer> {
  const server = await startGithub(options);
  onTestFinished(() => server.close());
  server.repositories.set("acme/books", repository);
  return server;
}

type More = Partial<Opening> & { repository?: string; workflow?: string; branch?: string };

/** The source of a profile, with what a test says of it. */
async function opened({ api }: Pick<GithubServer, "api">, more: More = {}) {
  const { repository = "acme/books", workflow, branch, ...words } = more;
  const from = workflow === undefined ? ({ is: "release" } as const) : ({ is: "workflow", workflow, branch } as const);
  const source = { kind: "github", api, repository, from } as const;
  return open({ paths: PATHS, cacheFolder: words.cacheFolder ?? (await temporaryFolder()), ...words, source });
}

const release = (tag: string, more: Partial<FakeRelease> = {}): FakeRelease => ({
  tag,
  assets: { "books-linux-amd64": `books ${tag}` },
  ...more,
});

describe("releases of GitHub", () => {
  test("the newest is the latest release, one offer a platform, each with its digest", async () => {
    const assets = {
      "books-linux-amd64": "books amd64",
      "books-darwin-arm64": "books arm64",
      "books-linux-amd64.sha256": "sum",
      "books-etc.tar.gz": "etc",
    };
    const commitish = "0123456789abcdef0123456789abcdef01234567";
    const server = await github({ releases: [release("v1.3.0", { assets, commitish }), release("v1.2.0")] });
    const books = await newest(await opened(server));
    expect(books).toMatchObject({ service: "books", name: "ci:v1.3.0", at: "2026-11-20T10:00:00Z", commit: commitish });
    expect(books.artifacts.map(({ platform, content }) => [platform?.os, platform?.arch, content.size])).toEqual([
      ["linux", "amd64", 11],
      ["darwin", "arm64", 11],
    ]);
    expect(books.artifacts[0]?.content.checksum).toEqual({ algorithm: "sha256", hex: digestOf("books amd64") });
    expect(books.config).toMatchObject({ kind: "tree", packing: "tar.gz" });
  });

  test("the branch that a release was made of is no commit", async () => {
    const server = await github({ releases: [release("v1")] });
    expect((await newest(await opened(server))).commit).toBeUndefined();
  });

  test("drafts and prereleases are never the newest, nor listed; a prerelease can be named", async () => {
    const releases = [
      release("v3", { draft: true }),
      release("v2-rc1", { prerelease: true }),
      release("v1"),
      release("v0"),
    ];
    const source = await opened(await github({ releases }));
    expect((await newest(source)).name).toBe("ci:v1");
    expect(await ask(source, { books: ALL })).toMatchObject({ books: [{ name: "ci:v1" }, { name: "ci:v0" }] });
    expect(await ask(source, { books: numbered("v2-rc1") })).toMatchObject({ books: [{ name: "ci:v2-rc1" }] });
  });

  test("a tag with a slash is named as it is", async () => {
    const source = await opened(await github({ releases: [release("v2"), release("books/v1")] }));
    expect(await ask(source, { books: numbered("books/v1") })).toMatchObject({ books: [{ name: "ci:books/v1" }] });
  });

  test("the names of files may have the version with or without the tag's v", async () => {
    const assets = { "books_1.3.0_Linux_x86_64.tar.gz": "packed" };
    const paths = { code: "{service}_{build}_{os}_{arch}.tar.gz#{service}" };
    const server = await github({ releases: [release("v1.3.0", { assets })] });
    expect(await newestCode(await opened(server, { paths }))).toMatchObject({ packing: "tar.gz", member: "books" });
    server.repositories.set("acme/books", {
      releases: [release("v1.4.0", { assets: { "books_v1.4.0_linux_amd64.tar.gz": "" } })],
    });
    expect((await newestCode(await opened(server, { paths }))).from).toContain("v1.4.0");
  });

  test("one repository of many services is asked once, and a service that was not released has no build", async () => {
    const assets = { "books-linux-amd64": "b", "notes-linux-amd64": "n" };
    const server = await github({ releases: [release("v1", { assets })] });
    const builds = await ask(await opened(server), { books: NEWEST, notes: NEWEST, postgres: NEWEST });
    expect(builds).toMatchObject({ books: [{ name: "ci:v1" }], notes: [{ name: "ci:v1" }], postgres: [] });
    expect(server.asked()).toEqual(["/repos/acme/books/releases/latest"]);
  });

  test("an unchanged release is asked for by its ETag, which costs nothing of the limit", async () => {
    const server = await github({ releases: [release("v1")] });
    const cacheFolder = await temporaryFolder();
    await newest(await opened(server, { cacheFolder }));
    const before = server.counted();
    expect((await newest(await opened(server, { cacheFolder }))).name).toBe("ci:v1");
    expect(server.asked()).toHaveLength(2);
    expect(server.counted()).toBe(before);
    server.repositories.set("acme/books", { releases: [release("v2")] });
    expect((await newest(await opened(server, { cacheFolder }))).name).toBe("ci:v2");
  });

  test("each service may have its own repository; one that is missing has no build", async () => {
    const server = await github({ releases: [release("v1")] });
    const builds = await ask(await opened(server, { repository: "acme/{service}" }), { books: NEWEST, notes: NEWEST });
    expect(builds).toMatchObject({ books: [{ name: "ci:v1" }], notes: [] });
  });
});

describe("a fetch of a release", () => {
  test("goes through the API with the token, which the other host never sees", async () => {
    const server = await github({ releases: [release("v1")], isPrivate: true });
    const cacheFolder = await temporaryFolder();
    const store = openStore(cacheFolder);
    const content = await newestCode(await opened(server, { cacheFolder, ...WITH_TOKEN }));
    expect(await fetchContent(content, store)).toBe(digestOf("books v1"));
    const [api, files] = server.server.requests.slice(-2);
    expect(api?.headers).toMatchObject({ authorization: `Bearer ${TOKEN}`, accept: "application/octet-stream" });
    expect([files?.path, files?.headers.authorization]).toEqual([expect.stringContaining("/files/"), undefined]);
  });

  test("without a token takes the public address, which no limit counts", async () => {
    const server = await github({ releases: [release("v1")] });
    const content = await newestCode(await opened(server));
    const before = server.counted();
    expect(await text((await content.open(0)).stream)).toBe("books v1");
    expect(server.counted()).toBe(before);
  });

  test("policy checksum opens nothing of before GitHub had digests", async () => {
    const server = await github({ releases: [release("v1", { isOld: true })] });
    const content = await newestCode(await opened(server, { policy: "checksum" }));
    const failure = await failureOf(content.open(0));
    expect(failure.message).toContain("GitHub has no checksum of");
    expect(failure.hint).toContain("June 2025");
  });

  test("what has no digest has that of the .sha256 file beside it, which is read once", async () => {
    const assets = { "books-linux-amd64": "books", "books-linux-amd64.sha256": `${digestOf("books")}  books\n` };
    const server = await github({ releases: [release("v1", { isOld: true, assets })] });
    const cacheFolder = await temporaryFolder();
    const words = { ...WITH_TOKEN, cacheFolder, policy: "checksum" } as const;
    for (const asked of [3, 4]) {
      const content = await newestCode(await opened(server, words));
      expect(content.checksum).toEqual({ algorithm: "sha256", hex: digestOf("books") });
      expect(server.server.requests).toHaveLength(asked);
    }
    await ask(await opened(server, { policy: "exists" }), { books: NEWEST });
    await ask(await opened(server), { books: ALL });
    expect(server.server.requests).toHaveLength(6);
  });

  test("a .sha256 file that was uploaded anew is read anew", async () => {
    const cacheFolder = await temporaryFolder();
    const server = await github({});
    const hexes = [];
    for (const content of ["one", "two"]) {
      const assets = { "books-linux-amd64": content, "books-linux-amd64.sha256": digestOf(content) };
      server.repositories.set("acme/books", { releases: [release("v1", { isOld: true, assets })] });
      hexes.push((await newestCode(await opened(server, { cacheFolder }))).checksum?.hex);
    }
    expect(hexes).toEqual([digestOf("one"), digestOf("two")]);
  });

  test("an asset that was uploaded anew is another content, where only its name is known", async () => {
    const server = await github({ releases: [release("v1", { isOld: true })] });
    const old = await newestCode(await opened(server));
    const assets = { "books-linux-amd64": "corrected" };
    server.repositories.set("acme/books", { releases: [release("v1", { isOld: true, assets })] });
    expect((await newestCode(await opened(server))).key).not.toBe(old.key);
  });
});

const run = (number: number, more: Partial<FakeRun> = {}): FakeRun => ({
  number,
  artifacts: { "books-linux-amd64": uploadedZip({ books: `books ${number}` }) },
  ...more,
});

const WORKFLOW = { workflow: "build.yml", paths: { code: "{service}-{os}-{arch}#{service}" }, ...WITH_TOKEN };

describe("a workflow of GitHub", () => {
  test("the newest build is what the newest successful run on the default branch uploaded", async () => {
    const runs = [
      run(10, { conclusion: "failure" }),
      run(9, { branch: "feature" }),
      run(8, { artifacts: { "books-linux-arm64": uploadedZip({ books: "arm" }), other: uploadedZip({}) } }),
      run(7),
    ];
    const books = await newest(await opened(await github({ runs: { "build.yml": runs } }), WORKFLOW));
    expect(books).toMatchObject({ name: "ci:8", at: "2026-11-20T10:00:00Z", commit: "8".padStart(40, "0") });
    expect(books.artifacts).toMatchObject([
      { platform: { os: "linux", arch: "arm64" }, content: { packing: "zip", member: "books", kind: "file" } },
    ]);
  });

  test("a run of a fork is none of ours, even where its branch is called main (GHSA-5xr6-xhww-33m4)", async () => {
    const runs = [run(9, { fromFork: true, event: "pull_request" }), run(8, { event: "pull_request" }), run(7)];
    const source = await opened(await github({ runs: { "build.yml": runs } }), WORKFLOW);
    expect((await newest(source)).name).toBe("ci:7");
    expect(await ask(source, { books: numbered("9") })).toEqual({ books: [] });
    expect(await ask(source, { books: ALL })).toMatchObject({ books: [{ name: "ci:7" }] });
  });

  test("a run far behind many of forks is found on a later page", async () => {
    const forks = Array.from({ length: 45 }, (_, index) => run(100 - index, { fromFork: true }));
    const source = await opened(await github({ runs: { "build.yml": [...forks, run(3)] } }), WORKFLOW);
    expect((await newest(source)).name).toBe("ci:3");
  });

  test("no further page is asked for than it takes", async () => {
    const runs = Array.from({ length: 250 }, (_, index) => run(250 - index));
    const server = await github({ runs: { "build.yml": runs } });
    await newest(await opened(server, { ...WORKFLOW, branch: "main" }));
    await ask(await opened(server, { ...WORKFLOW, branch: "main" }), { books: numbered("130") });
    const pages = server.server.requests.filter(({ path }) => path.includes("/runs?")).map(({ path }) => path);
    expect(pages.map((path) => new URLSearchParams(path.split("?")[1]).get("page"))).toEqual([null, null, "2"]);
  });

  test("a next page on another host is not asked for: the token is not its business", async () => {
    const server = await github({ runs: { "build.yml": [run(7)] } });
    const elsewhere = server.server.url("/api/v3/next", "localhost");
    server.refuses(says(200, { headers: { Link: `<${elsewhere}>; rel="next"` }, body: '{"workflow_runs":[]}' }));
    expect(await ask(await opened(server, { ...WORKFLOW, branch: "main" }), { books: NEWEST })).toEqual({ books: [] });
    expect(server.asked()).toEqual(["/repos/acme/books/actions/workflows/build.yml/runs"]);
  });

  test("a branch may be named, and a workflow by its path", async () => {
    const runs = [run(9), run(8, { branch: "release/2.x" })];
    const words = { ...WORKFLOW, workflow: ".github/workflows/build.yml", branch: "release/2.x" };
    const server = await github({ runs: { "build.yml": runs } });
    expect((await newest(await opened(server, words))).name).toBe("ci:8");
    expect(server.asked()).toEqual([
      "/repos/acme/books/actions/workflows/build.yml/runs",
      "/repos/acme/books/actions/runs/9008/artifacts",
    ]);
  });

  test("while the newest run is the same one, one request is all, and costs nothing of the limit", async () => {
    const server = await github({ runs: { "build.yml": [run(7)] } });
    const cacheFolder = await temporaryFolder();
    const books = async () => newest(await opened(server, { ...WORKFLOW, cacheFolder }));
    await books();
    const [asked, counted] = [server.asked().length, server.counted()];
    expect(await books()).toMatchObject({ name: "ci:7", artifacts: [{ content: { packing: "zip" } }] });
    expect(server.asked().slice(asked)).toEqual(["/repos/acme/books/actions/workflows/build.yml/runs"]);
    expect(server.counted()).toBe(counted);
  });

  test("a run that was made again has other artifacts, under the same number", async () => {
    const server = await github({ runs: { "build.yml": [run(7)] } });
    const cacheFolder = await temporaryFolder();
    const code = async () => newestCode(await opened(server, { ...WORKFLOW, cacheFolder }));
    const old = await code();
    const artifacts = { "books-linux-amd64": uploadedZip({ books: "corrected" }) };
    server.repositories.set("acme/books", { runs: { "build.yml": [run(7, { attempt: 2, artifacts })] } });
    expect((await code()).checksum).not.toEqual(old.checksum);
  });

  test("all builds are listed by three requests, each with its own artifacts", async () => {
    const runs = Array.from({ length: 60 }, (_, index) => run(60 - index));
    const server = await github({ runs: { "build.yml": runs } });
    const { books = [] } = await ask(await opened(server, WORKFLOW), { books: ALL });
    expect(books).toHaveLength(50);
    expect(books[49]).toMatchObject({ name: "ci:11", artifacts: [{ content: { member: "books" } }] });
    expect(server.asked()).toEqual([
      "/repos/acme/books",
      "/repos/acme/books/actions/workflows/build.yml/runs",
      "/repos/acme/books/actions/artifacts",
    ]);
  });

  test("a run is found by its number, pages behind the newest", async () => {
    const runs = Array.from({ length: 250 }, (_, index) => run(250 - index));
    const source = await opened(await github({ runs: { "build.yml": runs } }), WORKFLOW);
    expect(await ask(source, { books: numbered("20") })).toMatchObject({ books: [{ name: "ci:20" }] });
    expect(await ask(source, { books: numbered("999") })).toEqual({ books: [] });
  });

  test.each([
    ["a file of the zip", "books-{os}-{arch}#books", { packing: "zip", member: "books" }],
    ["the only file of the zip", "books-{os}-{arch}", { packing: "zip", member: undefined }],
    ["an archive that was uploaded without a zip", "books-linux-amd64.tar.gz#books", { packing: "tar.gz" }],
  ])("%s is told by the path", async (_, code, content) => {
    const artifacts = { "books-linux-amd64": uploadedZip({ books: "" }), "books-linux-amd64.tar.gz": Buffer.from("") };
    const server = await github({ runs: { "build.yml": [run(1, { artifacts })] } });
    const books = await newest(await opened(server, { ...WORKFLOW, paths: { code } }));
    expect(books.artifacts).toMatchObject([{ content }]);
  });

  test("the only file of a zip needs no name", async () => {
    const server = await github({ runs: { "build.yml": [run(7)] } });
    const cacheFolder = await temporaryFolder();
    const words = { ...WORKFLOW, paths: { code: "{service}-{os}-{arch}" }, cacheFolder };
    const content = await newestCode(await opened(server, words));
    expect(await fetchContent(content, openStore(cacheFolder))).toBe(digestOf("books 7"));
  });

  test("a front end is all of its zip", async () => {
    const server = await github({
      runs: { "build.yml": [run(1, { artifacts: { web: uploadedZip({ "index.html": "" }) } })] },
    });
    const source = await opened(server, { ...WORKFLOW, paths: { code: "{service}" }, trees: ["web"] });
    const { web } = await ask(source, { web: NEWEST });
    expect(web).toMatchObject([{ artifacts: [{ content: { kind: "tree", packing: "zip", member: undefined } }] }]);
  });

  test("a fetch takes the file out of the zip, from a host that never sees the token", async () => {
    const server = await github({ runs: { "build.yml": [run(7)] } });
    const cacheFolder = await temporaryFolder();
    const store = openStore(cacheFolder);
    const content = await newestCode(await opened(server, { ...WORKFLOW, cacheFolder }));
    expect(await fetchContent(content, store)).toBe(digestOf("books 7"));
    const before = server.server.requests.length;
    expect(await fetchContent(content, store)).toBe(digestOf("books 7"));
    expect(server.server.requests).toHaveLength(before);
    const elsewhere = server.server.requests.filter(({ path }) => path.startsWith("/files/"));
    expect(elsewhere.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  test("a download that is cut goes on where it was, by another redirect", async () => {
    const books = randomBytes(300_000);
    const zip = uploadedZip({ books });
    const cut = file(zip, { breaks: { after: 100_000 } });
    const artifacts = { "books-linux-amd64": zip };
    const server = await github({ runs: { "build.yml": [run(7, { artifacts })] }, files: () => cut });
    const cacheFolder = await temporaryFolder();
    const content = await newestCode(await opened(server, { ...WORKFLOW, cacheFolder }));
    expect(await fetchContent(content, openStore(cacheFolder))).toBe(digestOf(books));
    const downloads = server.server.requests.filter(({ path }) => path.startsWith("/files/"));
    expect(downloads.map(({ headers }) => headers.range)).toEqual([undefined, expect.stringMatching(/^bytes=\d+-$/)]);
    expect(server.asked().filter((path) => path.endsWith("/zip"))).toHaveLength(2);
  });

  test("what has expired is told when it is opened, with what to do", async () => {
    const server = await github({ runs: { "build.yml": [run(7, { expires: "2026-01-01T00:00:00Z" })] } });
    const failure = await failureOf((await newestCode(await opened(server, WORKFLOW))).open(0));
    expect(failure.message).toBe("books-linux-amd64 of run 7 has expired (2026-01-01)");
    expect(failure.hint).toContain("run the workflow again");
  });

  test("what expired since its list was kept is told, too", async () => {
    onTestFinished(() => void vi.useRealTimers());
    const server = await github({ runs: { "build.yml": [run(7, { expires: "2099-01-01T00:00:00Z" })] } });
    const content = await newestCode(await opened(server, { ...WORKFLOW, branch: "main" }));
    vi.useFakeTimers({ toFake: ["Date"], now: new Date("2099-01-02T00:00:00Z") });
    expect((await failureOf(content.open(0))).message).toContain("has expired (2099-01-01)");
  });

  test("what GitHub says has expired has, whatever the clock here says", async () => {
    onTestFinished(() => void vi.useRealTimers());
    const server = await github({ runs: { "build.yml": [run(7, { expires: "2026-01-01T00:00:00Z" })] } });
    const content = await newestCode(await opened(server, { ...WORKFLOW, branch: "main" }));
    vi.useFakeTimers({ toFake: ["Date"], now: new Date("2025-01-01T00:00:00Z") });
    expect((await failureOf(content.open(0))).message).toContain("has expired (2026-01-01)");
  });

  test("what GitHub itself finds gone is told", async () => {
    const server = await github({ runs: { "build.yml": [run(7)] } });
    const content = await newestCode(await opened(server, WORKFLOW));
    server.refuses(problem(410, "Artifact has expired"));
    const failure = await failureOf(content.open(0));
    expect(failure.message).toBe(`GitHub keeps this no more: ${content.from}`);
  });

  test("what the host of files refuses is not put down to the token", async () => {
    const server = await github({ runs: { "build.yml": [run(7)] } });
    const content = await newestCode(await opened(server, WORKFLOW));
    server.server.route("/gone", (_request, answer) => void answer.writeHead(403).end("<Code>Expired</Code>"));
    server.refuses((request, answer) => {
      answer.removeHeader("X-GitHub-Request-Id");
      return redirect(server.server.url("/gone", "localhost"))(request, answer);
    });
    const failure = await failureOf(content.open(0));
    expect(failure.message).toContain(`${server.server.url("/gone", "localhost")} answers 403`);
    expect(failure.hint).not.toContain("fine-grained");
  });

  test("without a token, nothing of a workflow is given, and it is said which to name", async () => {
    const server = await github({ runs: { "build.yml": [run(7)] } });
    const { credentials, variables, ...words } = WORKFLOW;
    const failure = await failureOf((await newestCode(await opened(server, words))).open(0));
    expect(failure.message).toContain("GitHub gives this to nobody without a token");
    expect(failure.hint).toContain("credentials: { token: GITHUB_TOKEN }");
  });

  test("a workflow that is not there is told", async () => {
    const server = await github({ runs: {} });
    const failure = await failureOf(newest(await opened(server, WORKFLOW)));
    expect(failure.message).toContain(`${server.api}/repos/acme/books/actions/workflows/build.yml/runs`);
  });
});

describe("a GitHub that refuses", () => {
  const latest = (server: GithubServer) => `${server.api}/repos/acme/books/releases/latest`;

  test("a private repository looks like none without a token, which is said", async () => {
    const server = await github({ releases: [release("v1")], isPrivate: true });
    const where = { file: "books.yaml", line: 3, column: 5 };
    const failure = await failureOf(newest(await opened(server, { where })));
    expect(failure).toMatchObject({ class: "environment", exitCode: 3, where });
    expect(failure.message).toBe(`GitHub has nothing here: ${server.api}/repos/acme/books/releases`);
    expect(failure.hint).toContain("a private repository looks the same without a token");
  });

  test("a wrong token is told by its variable's name, and never shown", async () => {
    const server = await github({ releases: [release("v1")] });
    const variables = { GITHUB_TOKEN: "ghp_wrong" };
    const failure = await failureOf(newest(await opened(server, { ...WITH_TOKEN, variables })));
    expect(failure.message).toBe(`GitHub does not know the token: ${latest(server)}`);
    expect(failure.hint).toContain("GITHUB_TOKEN holds a token that is wrong");
    expect(JSON.stringify(failure)).not.toContain("ghp_wrong");
  });

  test("a limit that is used up is told with its end, and that a token has a larger one", async () => {
    const server = await github({ releases: [release("v1")] }, { limit: 0 });
    const failure = await failureOf(newest(await opened(server)));
    const until = new Date(RESETS_AT * 1000).toLocaleTimeString("en-GB");
    expect(failure.message).toBe(`GitHub's limit of 0 requests an hour is used up until ${until}: ${latest(server)}`);
    expect(failure.hint).toContain("with a token it is 5,000 an hour");
    expect(server.asked()).toHaveLength(1);
  });

  test.each([403, 429])("a %i with Retry-After that is too long to wait is told", async (status) => {
    const server = await github({ releases: [release("v1")] });
    server.refuses(problem(status, "You have exceeded a secondary rate limit.", { "Retry-After": "3600" }));
    const failure = await failureOf(newest(await opened(server)));
    expect(failure.message).toBe(`GitHub asks to wait 3600 seconds, it was asked too much at once: ${latest(server)}`);
    expect(server.asked()).toHaveLength(1);
  });

  test("a 403 with a short Retry-After is waited for", async () => {
    const server = await github({ releases: [release("v1")] });
    const busy = problem(403, "You have exceeded a secondary rate limit.", { "Retry-After": "0" });
    server.refuses((request, answer) => {
      server.refuses();
      return busy(request, answer);
    });
    expect((await newest(await opened(server))).name).toBe("ci:v1");
    expect(server.asked()).toHaveLength(2);
  });

  test("what a token lacks is told in GitHub's own words", async () => {
    const server = await github({ releases: [release("v1")] });
    server.refuses(problem(403, "Resource not accessible by personal access token"));
    const failure = await failureOf(newest(await opened(server, WITH_TOKEN)));
    expect(failure.message).toContain("Resource not accessible by personal access token");
    expect(failure.hint).toContain("Contents: read");
  });

  test("a token that single sign-on does not know is told", async () => {
    const server = await github({ releases: [release("v1")] });
    const sso = { "X-GitHub-SSO": "required; url=https://github.com/orgs/acme/sso?authorization_request=secret" };
    server.refuses(problem(403, "Resource protected by organization SAML enforcement.", sso));
    const failure = await failureOf(newest(await opened(server, WITH_TOKEN)));
    expect(failure.message).toContain("not authorised for the organisation's single sign-on");
    expect(JSON.stringify(failure)).not.toContain("authorization_request");
  });

  test("a trouble of its own, or a cut connection, is asked again", async () => {
    const server = await github({ releases: [release("v1")] });
    const troubles = inTurn(says(502), hangUp);
    server.refuses((request, answer) => {
      if (server.asked().length === 2) server.refuses();
      return troubles(request, answer);
    });
    expect((await newest(await opened(server))).name).toBe("ci:v1");
  });

  test("what is no API is told", async () => {
    const server = await github({ releases: [release("v1")] });
    server.refuses(says(200, { body: "<html>Sign in</html>" }));
    const failure = await failureOf(newest(await opened(server)));
    expect(failure.message).toBe(`no answer of GitHub's API: ${latest(server)}`);
    expect(failure.hint).toContain("https://HOST/api/v3");
  });
});
