import { describe, expect, onTestFinished, test } from "vitest";
import { fetchContent } from "../../../src/artifact/fetch-content.ts";
import type { Artifacts } from "../../../src/model/artifact-source.ts";
import { type Certificates, makeCertificates } from "../../harness/certificates.ts";
import { basic, file, folder, guarded, type HttpServer, json, redirect, says } from "../../harness/http-server.ts";
import { newStore } from "./downloads.ts";
import { digestOf, fill, temporaryFolder } from "./folders.ts";
import { server } from "./http-client.ts";
import { ALL, ask, failureOf, NEWEST, newest, newestCode, numbered, open } from "./servers.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

const entry = (build: number) => ({
  build,
  commit: COMMIT,
  at: `2026-11-2${build % 10}T10:00:00Z`,
  artifacts: [
    {
      os: "linux",
      arch: "amd64",
      kind: "file",
      path: `builds/${build}/linux amd64/books`,
      sha256: digestOf(`books ${build}`),
      size: `books ${build}`.length,
    },
  ],
});

const manifest = (build: number, ...services: readonly string[]) => ({
  version: 1,
  build,
  createdAt: "2026-11-21T10:00:00Z",
  services: Object.fromEntries(services.map((name) => [name, entry(build)])),
});

/** CI's folder behind a web server, as `devenv publish` lays it out: builds 123 and 124 of books. */
async function publish(ci: HttpServer): Promise<void> {
  const path = await temporaryFolder();
  await fill(path, {
    "manifest.json": JSON.stringify(manifest(124, "books", "web")),
    "builds/123/manifest.json": JSON.stringify(manifest(123, "books")),
    "builds/123/linux amd64/books": "books 123",
    "builds/124/linux amd64/books": "books 124",
    "history.json": JSON.stringify({ version: 1, services: { books: [entry(124), entry(123)] } }),
  });
  ci.route("/ci/", folder(path, "/ci/"));
}

async function source(ci: HttpServer, more: Partial<Artifacts> & { variables?: Record<string, string> } = {}) {
  const cacheFolder = await temporaryFolder();
  return open({ source: { kind: "https", url: ci.url("/ci/") }, cacheFolder, paths: {}, ...more });
}

const asked = (ci: HttpServer) => ci.requests.map(({ path }) => path);

describe("a folder behind a web server", () => {
  test("gives the newest builds of all services with one request", async () => {
    const ci = await server();
    await publish(ci);
    const builds = await ask(await source(ci), { books: NEWEST, web: NEWEST });
    expect(builds.books?.map(({ name, commit }) => [name, commit])).toEqual([["ci:124", COMMIT]]);
    expect(builds.web?.map(({ name }) => name)).toEqual(["ci:124"]);
    expect(asked(ci)).toEqual(["/ci/manifest.json"]);
  });

  test("is asked whether anything changed, and sends nothing when not", async () => {
    const ci = await server();
    const statuses: number[] = [];
    const answered = json(manifest(124, "books"));
    ci.route("/ci/", async (request, answer) => {
      await answered(request, answer);
      statuses.push(answer.statusCode);
    });
    const cacheFolder = await temporaryFolder();
    const words = { source: { kind: "https", url: ci.url("/ci/") }, cacheFolder, paths: {} } as const;
    for (let time = 0; time < 2; time++) {
      expect((await newest(await open(words))).name).toBe("ci:124");
    }
    expect(statuses).toEqual([200, 304]);
  });

  test("gives one build by its number, and none where it has none", async () => {
    const ci = await server();
    await publish(ci);
    const builds = await ask(await source(ci), { books: numbered("123"), web: numbered("99") });
    expect(builds.books?.map(({ name }) => name)).toEqual(["ci:123"]);
    expect(builds.web).toEqual([]);
    expect(asked(ci).sort()).toEqual(["/ci/builds/123/manifest.json", "/ci/builds/99/manifest.json"]);
  });

  test("gives every build that its history has", async () => {
    const ci = await server();
    await publish(ci);
    const builds = await ask(await source(ci), { books: ALL });
    expect(builds.books?.map(({ name }) => name)).toEqual(["ci:124", "ci:123"]);
    expect(asked(ci)).toEqual(["/ci/history.json"]);
  });

  test("gives the files themselves, by paths with any character", async () => {
    const ci = await server();
    await publish(ci);
    const { store } = await newStore();
    const content = await newestCode(await source(ci));
    expect(content.from).toBe(ci.url("/ci/builds/124/linux%20amd64/books"));
    expect(await fetchContent(content, store)).toBe(digestOf("books 124"));
  });

  test("may be redirected as a whole, to a storage of objects that gets no credentials", async () => {
    const [ci, storage] = [await server(), await server()];
    await publish(storage);
    ci.route("/ci/", (request, answer) =>
      guarded(basic("ada", "s3cret"), redirect(storage.url(request.url ?? "", "localhost")))(request, answer),
    );
    const credentials = { user: "CI_USER", token: "CI_TOKEN" };
    const opened = await source(ci, { credentials, variables: { CI_USER: "ada", CI_TOKEN: "s3cret" } });
    const { store } = await newStore();
    expect(await fetchContent(await newestCode(opened), store)).toBe(digestOf("books 124"));
    expect(storage.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
  });

  test("takes a token alone as a bearer's, for its files too", async () => {
    const ci = await server();
    ci.route("/ci/manifest.json", guarded("Bearer t0ken", json(manifest(124, "books"))));
    ci.route("/ci/builds/124/linux%20amd64/books", guarded("Bearer t0ken", file("books 124")));
    const opened = await source(ci, {
      credentials: { user: undefined, token: "CI_TOKEN" },
      variables: { CI_TOKEN: "t0ken" },
    });
    const { store } = await newStore();
    expect(await fetchContent(await newestCode(opened), store)).toBe(digestOf("books 124"));
  });

  test("may have a certificate of the profile's own authority", async () => {
    const certificates: Certificates = await makeCertificates("IP:127.0.0.1");
    onTestFinished(() => certificates.remove());
    const ci = await server({ certificates });
    await publish(ci);
    expect((await newest(await source(ci, { ca: certificates.authority }))).name).toBe("ci:124");
    expect((await failureOf(newest(await source(ci)))).hint).toContain("x-devenv.artifacts.ca");
  });
});

describe("a folder that is none", () => {
  test("has no manifest: that is told with its address", async () => {
    const ci = await server();
    const failure = await failureOf(newest(await source(ci)));
    expect(failure.message).toContain(ci.url("/ci/manifest.json"));
    expect(failure).toMatchObject({ class: "environment", exitCode: 3 });
  });

  test("answers with a page for people: that is told with the place in it", async () => {
    const ci = await server();
    ci.route("/ci/", says(200, { body: "<html>please log in</html>" }));
    const failure = await failureOf(newest(await source(ci)));
    expect(failure.where).toMatchObject({ file: ci.url("/ci/manifest.json"), line: 1, column: 1 });
  });

  test("refuses: that is told, and not taken for a folder without a manifest", async () => {
    const ci = await server();
    ci.route("/ci/", says(403, { body: "no" }));
    expect((await failureOf(newest(await source(ci)))).message).toBe(
      `${ci.url("/ci/manifest.json")} answers 403 Forbidden: no`,
    );
  });

  test("has another file than its manifest says: that is found out", async () => {
    const ci = await server();
    await publish(ci);
    ci.route("/ci/builds/124/linux%20amd64/books", file("books 666"));
    const { store, names } = await newStore();
    const failure = await failureOf(fetchContent(await newestCode(await source(ci)), store));
    expect(failure.exitCode).toBe(1);
    expect(await names()).toEqual([]);
  });
});
