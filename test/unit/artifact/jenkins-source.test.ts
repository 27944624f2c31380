import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import { fetchContent } from "../../../src/artifact/fetch-content.ts";
import { openStore } from "../../../src/artifact/store.ts";
import { says } from "../../harness/http-server.ts";
import {
  type FakeBuild,
  type JenkinsOptions,
  type JenkinsServer,
  md5,
  startJenkins,
} from "../../harness/jenkins-server.ts";
import { digestOf, temporaryFolder } from "./folders.ts";
import { ALL, ask, failureOf, NEWEST, newest, newestCode, numbered, type Opening, open } from "./servers.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const OTHER_COMMIT = "89abcdef0123456789abcdef0123456789abcdef";
const USER = { name: "jane", token: "11aa22bb" };
const PATHS = { code: "dist/{os}-{arch}/{service}", config: "dist/{service}-etc.tar.gz", setup: "dist/pre_setup.sh" };

const build = (number: number, more: Partial<FakeBuild> = {}): FakeBuild => ({
  number,
  timestamp: Date.UTC(2026, 10, 20, 10, number % 60),
  artifacts: { "dist/linux-amd64/books": `books ${number}` },
  ...more,
});

async function jenkins(options: JenkinsOptions = {}): Promise<JenkinsServer> {
  const server = await startJenkins(options);
  onTestFinished(() => server.close());
  return server;
}

/** The source of a profile, with what a test says of it. */
async function opened(server: JenkinsServer, more: Partial<Opening> & { url?: string; build?: string } = {}) {
  const { url = server.job("{service}"), build: name = "lastSuccessfulBuild", ...words } = more;
  const source = { kind: "jenkins", url, build: name } as const;
  return open({ paths: PATHS, cacheFolder: words.cacheFolder ?? (await temporaryFolder()), ...words, source });
}

const asked = ({ server }: JenkinsServer): readonly string[] =>
  server.requests.map(({ path }) => decodeURIComponent(path.split("?", 1)[0] ?? ""));

describe("builds of Jenkins", () => {
  test("the newest is what the job's last successful build archived, one offer a platform", async () => {
    const server = await jenkins();
    const artifacts = {
      "dist/linux-amd64/books": "books amd64",
      "dist/linux-arm64/books": "books arm64",
      "dist/linux-amd64/books.debug": "symbols",
      "dist/books-etc.tar.gz": "etc",
      "dist/pre_setup.sh": "#!/bin/sh",
    };
    server.has(server.job("books"), build(125, { result: "FAILURE" }), build(124, { artifacts }), build(123));
    const books = await newest(await opened(server));
    expect(books).toMatchObject({
      service: "books",
      name: "ci:124",
      at: "2026-11-20T10:04:00.000Z",
      commit: undefined,
    });
    expect(books.artifacts.map(({ platform, content }) => [platform, content.from])).toEqual([
      [{ os: "linux", arch: "amd64" }, `${server.job("books")}/124/artifact/dist/linux-amd64/books`],
      [{ os: "linux", arch: "arm64" }, `${server.job("books")}/124/artifact/dist/linux-arm64/books`],
    ]);
    expect(books.config).toMatchObject({ kind: "tree", packing: "tar.gz", member: undefined });
    expect(books.setup).toMatchObject({ kind: "file", packing: "none" });
  });

  test("an unchanged job costs one request, and one that builds several services too", async () => {
    const server = await jenkins();
    const artifacts = { "dist/linux-amd64/books": "b", "dist/linux-amd64/notes": "n" };
    server.has(server.job("all"), build(7, { artifacts }));
    const source = await opened(server, { url: server.job("all") });
    const builds = await ask(source, { books: NEWEST, notes: NEWEST });
    expect(Object.values(builds).map((all) => all.map(({ name }) => name))).toEqual([["ci:7"], ["ci:7"]]);
    expect(asked(server)).toEqual(["/job/all/lastSuccessfulBuild/api/json"]);
  });

  test("of services that one job builds, each is given the build that is wanted of it", async () => {
    const server = await jenkins();
    const artifacts = { "dist/linux-amd64/books": "b", "dist/linux-amd64/notes": "n" };
    server.has(server.job("all"), build(7, { artifacts }), build(6, { artifacts }));
    const source = await opened(server, { url: server.job("all") });
    const builds = await ask(source, { books: NEWEST, notes: numbered("6") });
    expect(builds).toMatchObject({ books: [{ name: "ci:7" }], notes: [{ name: "ci:6" }] });
  });

  test("jobs lie in folders and branches, and are called after the service", async () => {
    const server = await jenkins();
    server.has(server.job("team", "books", "main"), build(3));
    const source = await opened(server, { url: server.job("team", "{service}", "main") });
    expect((await newest(source)).name).toBe("ci:3");
  });

  test("a build that only tests made unstable is one", async () => {
    const server = await jenkins();
    server.has(server.job("books"), build(9, { result: "UNSTABLE" }), build(8));
    expect((await newest(await opened(server))).name).toBe("ci:9");
  });

  test("a profile may name a build's number", async () => {
    const server = await jenkins();
    server.has(server.job("books"), build(9), build(8));
    expect((await newest(await opened(server, { build: "8" }))).name).toBe("ci:8");
  });

  test("of all builds, those that succeeded are listed, newest first, by one request", async () => {
    const server = await jenkins();
    const [failed, running] = [build(8, { result: "FAILURE" }), build(10, { result: null })];
    server.has(server.job("books"), running, build(9), failed, build(7, { result: "ABORTED" }), build(6));
    const { books } = await ask(await opened(server), { books: ALL });
    expect(books?.map(({ name }) => name)).toEqual(["ci:9", "ci:6"]);
    expect(asked(server)).toEqual(["/job/books/api/json"]);
  });

  test("a long list ends after fifty builds", async () => {
    const server = await jenkins();
    server.has(server.job("books"), ...Array.from({ length: 80 }, (_, index) => build(100 - index)));
    const { books } = await ask(await opened(server), { books: ALL });
    expect(books).toHaveLength(50);
    expect(books?.at(-1)?.name).toBe("ci:51");
  });

  test("a build that archived nothing for a service is none of its builds", async () => {
    const server = await jenkins();
    server.has(server.job("books"), build(9, { artifacts: { "report.html": "" } }), build(8));
    expect(await ask(await opened(server), { books: ALL })).toMatchObject({ books: [{ name: "ci:8" }] });
  });

  test("a front end comes as an archive, and a binary out of one", async () => {
    const server = await jenkins();
    const artifacts = { "web.tar.gz": "web", "dist.zip": "dist" };
    server.has(server.job("all"), build(1, { artifacts }));
    const paths = { code: "{service}.tar.gz", config: "dist.zip#{service}/etc", setup: undefined };
    const source = await opened(server, { url: server.job("all"), paths, trees: ["web"] });
    const { web } = await ask(source, { web: NEWEST });
    expect(web?.[0]?.artifacts).toMatchObject([{ platform: undefined, content: { kind: "tree", packing: "tar.gz" } }]);
    expect(web?.[0]?.config).toMatchObject({ kind: "tree", packing: "zip", member: "web/etc" });
  });

  test("of two names for one platform, the first is taken", async () => {
    const server = await jenkins();
    const artifacts = { "dist/linux-amd64/books": "", "dist/linux-x86_64/books": "" };
    server.has(server.job("books"), build(1, { artifacts }));
    const { artifacts: offers } = await newest(await opened(server));
    expect(offers.map(({ content }) => content.from)).toEqual([expect.stringContaining("linux-amd64")]);
  });

  test("where only the system stands in an archive's path, it is Linux", async () => {
    const server = await jenkins();
    server.has(server.job("books"), build(1, { artifacts: { "dist.zip": "dist" } }));
    const paths = { code: "dist.zip#{os}/{service}" };
    expect((await newestCode(await opened(server, { paths }), "any")).member).toBe("linux/books");
  });

  test("one archive for all platforms is offered for each", async () => {
    const server = await jenkins();
    server.has(server.job("books"), build(1, { artifacts: { "dist.zip": "dist" } }));
    const paths = { code: "dist.zip#{os}-{arch}/{service}" };
    const { content } = (await newest(await opened(server, { paths }))).artifacts.find(
      ({ platform }) => platform?.arch === "arm64",
    ) ?? { content: expect.unreachable("nothing for arm64") };
    expect(content.member).toBe("linux-arm64/books");
  });
});

describe("the commit of a Jenkins build", () => {
  const revision = (commit: string, ...remoteUrls: string[]) => ({
    _class: "hudson.plugins.git.util.BuildData",
    lastBuiltRevision: { SHA1: commit, branch: [{ SHA1: commit, name: "refs/remotes/origin/main" }] },
    remoteUrls,
  });

  test.each([
    ["is that of its repository", [revision(COMMIT, "https://git/team/sources.git")], COMMIT],
    ["is told twice by a pipeline", [revision(COMMIT, "a"), revision(COMMIT, "a")], COMMIT],
    [
      "is that of the repository that is called like the service, not that of a shared library",
      [revision(OTHER_COMMIT, "https://git/ci/library.git"), revision(COMMIT, "git@git:team/books.git")],
      COMMIT,
    ],
    ["is not guessed", [revision(OTHER_COMMIT, "https://git/a"), revision(COMMIT, "https://git/b")], undefined],
    ["is not known without git", [], undefined],
  ])("%s", async (_, actions, commit) => {
    const server = await jenkins();
    server.has(server.job("books"), build(1, { actions }));
    expect((await newest(await opened(server))).commit).toBe(commit);
  });
});

describe("checksums of Jenkins", () => {
  const BOOKS = "books 124";
  const fingerprint = { fileName: "books", hash: md5(BOOKS) };

  test("a fingerprint is an MD5", async () => {
    const server = await jenkins();
    server.has(server.job("books"), build(124, { fingerprints: [fingerprint] }));
    expect((await newestCode(await opened(server))).checksum).toEqual({ algorithm: "md5", hex: md5(BOOKS) });
  });

  test("a fingerprint that may be of another file of that name is none", async () => {
    const server = await jenkins();
    const used = { fileName: "books", hash: md5("used") };
    server.has(server.job("books"), build(124, { fingerprints: [fingerprint, used] }));
    expect((await newestCode(await opened(server))).checksum).toBeUndefined();
  });

  test("of two artifacts of one name, neither is believed to be what a fingerprint is of", async () => {
    const server = await jenkins();
    const artifacts = { "dist/linux-amd64/books": BOOKS, "dist/linux-arm64/books": "another" };
    server.has(server.job("books"), build(124, { artifacts, fingerprints: [fingerprint] }));
    expect((await newestCode(await opened(server))).checksum).toBeUndefined();
  });

  const withFile = (number: number, said = `${digestOf(BOOKS)}  dist/linux-amd64/books\n`) =>
    build(number, {
      artifacts: { "dist/linux-amd64/books": BOOKS, "dist/linux-amd64/books.sha256": said },
      fingerprints: [fingerprint],
    });

  test("a .sha256 file beside it is better, and read once a build", async () => {
    const server = await jenkins();
    const source = await opened(server);
    server.has(server.job("books"), withFile(124));
    const checksum = { algorithm: "sha256", hex: digestOf(BOOKS) };
    expect((await newestCode(source)).checksum).toEqual(checksum);
    expect((await newestCode(source)).checksum).toEqual(checksum);
    server.has(server.job("books"), withFile(125));
    expect((await newestCode(source)).checksum).toEqual(checksum);
    const file = (number: number) => `/job/books/${number}/artifact/dist/linux-amd64/books.sha256`;
    const api = "/job/books/lastSuccessfulBuild/api/json";
    expect(asked(server)).toEqual([api, file(124), api, api, file(125)]);
  });

  test("of what several services lie in, the .sha256 file is read once", async () => {
    const server = await jenkins();
    const artifacts = { "dist.zip": "zip", "dist.zip.sha256": digestOf("zip") };
    server.has(server.job("all"), build(1, { artifacts }));
    const paths = { code: "dist.zip#{service}", config: "dist.zip#etc/{service}" };
    await ask(await opened(server, { url: server.job("all"), paths }), { books: NEWEST, notes: NEWEST });
    expect(asked(server)).toEqual(["/job/all/lastSuccessfulBuild/api/json", "/job/all/1/artifact/dist.zip.sha256"]);
  });

  test("a list of builds reads none", async () => {
    const server = await jenkins();
    server.has(server.job("books"), withFile(125), withFile(124));
    await ask(await opened(server), { books: ALL });
    expect(asked(server)).toEqual(["/job/books/api/json"]);
  });

  test("a .sha256 file that says nothing leaves the fingerprint", async () => {
    const server = await jenkins();
    server.has(server.job("books"), withFile(124, "no digest\n"));
    expect((await newestCode(await opened(server))).checksum).toMatchObject({ algorithm: "md5" });
  });

  test("a .sha1 file is asked for only where there is nothing else", async () => {
    const server = await jenkins();
    const sha1 = "c".repeat(40);
    const artifacts = { "dist/linux-amd64/books": BOOKS, "dist/linux-amd64/books.sha1": sha1 };
    server.has(server.job("books"), build(124, { artifacts, fingerprints: [fingerprint] }));
    expect((await newestCode(await opened(server))).checksum).toMatchObject({ algorithm: "md5" });
    expect(asked(server)).toHaveLength(1);
    server.has(server.job("books"), build(124, { artifacts }));
    expect((await newestCode(await opened(server))).checksum).toEqual({ algorithm: "sha1", hex: sha1 });
  });

  test("a job that was made anew counts from one again, and what was kept of the old one is not taken", async () => {
    const server = await jenkins();
    const source = await opened(server);
    server.has(server.job("books"), withFile(1));
    const old = await newestCode(source);
    server.has(server.job("books"), { ...withFile(1, `${digestOf("new")}\n`), timestamp: 7 });
    const anew = await newestCode(source);
    expect(anew.checksum?.hex).toBe(digestOf("new"));
    expect(anew.key).not.toBe(old.key);
  });

  test("policy exists asks for no checksum, neither a file nor fingerprints", async () => {
    const server = await jenkins();
    server.has(server.job("books"), withFile(124));
    expect((await newestCode(await opened(server, { policy: "exists" }))).checksum).toBeUndefined();
    expect(server.server.requests.map(({ path }) => path)).toEqual([expect.not.stringContaining("fingerprint")]);
  });

  test("policy checksum opens nothing that has none, and says what to do", async () => {
    const server = await jenkins();
    server.has(server.job("books"), build(124));
    const content = await newestCode(await opened(server, { policy: "checksum" }));
    const failure = await failureOf(content.open(0));
    expect(failure.message).toBe(`Jenkins has no checksum of ${content.from}`);
    expect(failure.hint).toContain("fingerprint: true");
  });

  test("policy checksum knows nothing of what was once taken without one", async () => {
    const server = await jenkins();
    const cacheFolder = await temporaryFolder();
    const store = openStore(cacheFolder);
    server.has(server.job("books"), build(124));
    const content = (policy: "exists" | "checksum") =>
      opened(server, { policy, cacheFolder }).then((source) => newestCode(source));
    const digest = await fetchContent(await content("exists"), store);
    expect(await store.digestOf(await content("exists"))).toBe(digest);
    expect(await store.digestOf(await content("checksum"))).toBeUndefined();
  });
});

describe("a fetch from Jenkins", () => {
  test("brings a binary into the store, and the next build's under another digest", async () => {
    const server = await jenkins();
    const cacheFolder = await temporaryFolder();
    const [source, store] = [await opened(server, { cacheFolder }), openStore(cacheFolder)];
    const fingerprints = [{ fileName: "books", hash: md5("books 124") }];
    server.has(server.job("books"), build(124, { fingerprints }));
    const digest = await fetchContent(await newestCode(source), store);
    expect(digest).toBe(digestOf("books 124"));
    expect(await readFile(store.pathOf(digest), "utf8")).toBe("books 124");
    server.has(server.job("books"), build(125));
    expect(await fetchContent(await newestCode(source), store)).toBe(digestOf("books 125"));
  });

  test("what was fetched is known by its build, and not downloaded again", async () => {
    const server = await jenkins();
    const cacheFolder = await temporaryFolder();
    const [source, store] = [await opened(server, { cacheFolder, policy: "exists" }), openStore(cacheFolder)];
    server.has(server.job("books"), build(124));
    await fetchContent(await newestCode(source), store);
    const before = server.server.requests.length;
    expect(await fetchContent(await newestCode(source), store)).toBe(digestOf("books 124"));
    expect(server.server.requests.length - before).toBe(1);
  });

  test("what is not what its fingerprint says is not taken", async () => {
    const server = await jenkins();
    const cacheFolder = await temporaryFolder();
    server.has(server.job("books"), build(124, { fingerprints: [{ fileName: "books", hash: md5("other") }] }));
    const store = openStore(cacheFolder);
    await failureOf(fetchContent(await newestCode(await opened(server, { cacheFolder })), store));
    expect(await store.has(digestOf("books 124"))).toBe(false);
  });

  test("a name with spaces and signs is asked for as it is", async () => {
    const server = await jenkins();
    server.has(server.job("books"), build(1, { artifacts: { "dist 1/100%/books & co?": "odd" } }));
    const content = await newestCode(await opened(server, { paths: { code: "dist 1/100%/books & co?" } }), "any");
    expect(await text((await content.open(0)).stream)).toBe("odd");
  });

  test("artifacts on another host are fetched without the token", async () => {
    const server = await jenkins({ user: USER, artifactsElsewhere: true });
    server.has(server.job("books"), build(124));
    const content = await newestCode(await opened(server, { credentials: CREDENTIALS, variables: VARIABLES }));
    expect(await text((await content.open(0)).stream)).toBe("books 124");
    const elsewhere = server.server.requests.filter(({ path }) => path.startsWith("/bucket/"));
    expect(elsewhere.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });
});

const CREDENTIALS = { user: "JENKINS_USER", token: "JENKINS_TOKEN" };
const VARIABLES = { JENKINS_USER: USER.name, JENKINS_TOKEN: USER.token };

describe("a Jenkins that refuses", () => {
  test("lets a user with an API token in", async () => {
    const server = await jenkins({ user: USER });
    server.has(server.job("books"), build(124));
    const source = await opened(server, { credentials: CREDENTIALS, variables: VARIABLES });
    expect((await newest(source)).name).toBe("ci:124");
  });

  test("says what nobody may read without a login", async () => {
    const server = await jenkins({ user: USER });
    server.has(server.job("books"), build(124));
    const where = { file: "books.yaml", line: 3, column: 5 };
    const failure = await failureOf(newest(await opened(server, { where })));
    expect(failure).toMatchObject({ class: "environment", exitCode: 3, where });
    expect(failure.message).toBe(
      `Jenkins lets nobody read this without a login (it asks for hudson.model.Hudson.Read): ${server.job("books")}/lastSuccessfulBuild/`,
    );
    expect(failure.hint).toContain("credentials: { user: JENKINS_USER, token: JENKINS_TOKEN }");
  });

  test("says which variables hold the wrong token", async () => {
    const server = await jenkins({ user: USER });
    const variables = { ...VARIABLES, JENKINS_TOKEN: "wrong-token" };
    const failure = await failureOf(newest(await opened(server, { credentials: CREDENTIALS, variables })));
    expect(failure.message).toContain("Jenkins does not know this user or token");
    expect(failure.hint).toContain("correct what JENKINS_USER and JENKINS_TOKEN hold");
    expect(JSON.stringify(failure)).not.toContain("wrong-token");
  });

  test("says whom it does not let read", async () => {
    const server = await jenkins({ user: USER, outsider: { name: "joe", token: "33" } });
    const variables = { JENKINS_USER: "joe", JENKINS_TOKEN: "33" };
    const failure = await failureOf(newest(await opened(server, { credentials: CREDENTIALS, variables })));
    expect(failure.message).toContain("Jenkins does not let joe read this (it asks for hudson.model.Hudson.Read)");
  });

  test("says when it shows a build and keeps its artifacts back", async () => {
    const server = await jenkins();
    server.has(server.job("books"), build(124));
    const headers = { "X-You-Are-Authenticated-As": "joe", "X-Required-Permission": "hudson.model.Run.Artifacts" };
    server.server.route("/job/books/124/artifact/", says(403, { headers }));
    const content = await newestCode(await opened(server));
    expect((await failureOf(content.open(0))).message).toBe(
      `Jenkins does not let joe read this (it asks for hudson.model.Run.Artifacts): ${content.from}`,
    );
  });

  test("what stands before Jenkins and refuses is told by itself", async () => {
    const server = await jenkins();
    server.server.route("/job/books/lastSuccessfulBuild/api/json", (_request, answer) => {
      answer.writeHead(403).end("forbidden by the proxy");
    });
    const failure = await failureOf(newest(await opened(server)));
    expect(failure.message).toContain("answers 403 Forbidden: forbidden by the proxy");
  });

  test("a service without a job has no build, while others have", async () => {
    const server = await jenkins();
    server.has(server.job("books"), build(124));
    const builds = await ask(await opened(server), { books: NEWEST, postgres: NEWEST });
    expect(builds).toMatchObject({ books: [{ name: "ci:124" }], postgres: [] });
  });

  test("where there is no job at all, the address is told", async () => {
    const server = await jenkins();
    const failure = await failureOf(newest(await opened(server)));
    expect(failure.message).toBe(`Jenkins has no such job or build: ${server.job("books")}/lastSuccessfulBuild/`);
    expect(failure.hint).toContain("name credentials");
  });

  test.each([
    ["runs", { result: null }, "books: build 8 is still running"],
    ["runs, though its result is known", { result: "UNSTABLE", building: true }, "books: build 8 is still running"],
    ["failed", { result: "FAILURE" }, "books: build 8 has no artifacts to run, it ended as FAILURE"],
    ["was aborted", { result: "ABORTED" }, "it ended as ABORTED"],
  ])("a build that is named and %s is told", async (_, state, message) => {
    const server = await jenkins();
    server.has(server.job("books"), build(8, state), build(7));
    const failure = await failureOf(ask(await opened(server), { books: numbered("8") }));
    expect(failure.message).toContain(message);
    expect(failure.exitCode).toBe(1);
  });

  test("a page to log in, in the place of data, is told", async () => {
    const server = await jenkins();
    server.server.route("/job/books/lastSuccessfulBuild/api/json", (_request, answer) => {
      answer.writeHead(200, { "Content-Type": "text/html" }).end("<html>Sign in</html>");
    });
    const failure = await failureOf(newest(await opened(server)));
    expect(failure.message).toBe(`no answer of Jenkins' API, but a page: ${server.job("books")}/lastSuccessfulBuild/`);
  });

  test("data of something else than a build is told", async () => {
    const server = await jenkins();
    server.server.route("/job/books/lastSuccessfulBuild/api/json", (_request, answer) => {
      answer.end(JSON.stringify({ _class: "hudson.model.Hudson", jobs: [] }));
    });
    expect((await failureOf(newest(await opened(server)))).message).toContain("no answer of Jenkins' API");
  });

  test.each([
    [
      "a config that is no archive",
      { config: "dist/linux-amd64/{service}" },
      "names no archive, and a folder comes in one",
    ],
    ["a file in what is no archive", { code: "dist/linux-amd64/books#books" }, "names no archive before its #"],
  ])("%s is a mistake of the profile", async (_, paths, message) => {
    const server = await jenkins();
    server.has(server.job("books"), build(1, { artifacts: { "dist.tar.gz": "", "dist/linux-amd64/books": "" } }));
    const failure = await failureOf(newest(await opened(server, { paths })));
    expect(failure.message).toContain(message);
    expect(failure.exitCode).toBe(2);
  });
});
