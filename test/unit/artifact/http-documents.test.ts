import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { file, json } from "../../harness/http-server.ts";
import { temporaryFolder } from "./folders.ts";
import { http, server, textOf } from "./http-client.ts";
import { failureOf } from "./servers.ts";

describe("a document", () => {
  test("is given whole, with its headers", async () => {
    const ci = await server();
    ci.route("/builds.json", json({ builds: [124] }));
    const document = await (await http()).getDocument(ci.url("/builds.json"));
    expect(JSON.parse(document.body.toString())).toEqual({ builds: [124] });
    expect(document.headers["content-type"]).toBe("application/json");
  });

  test("is not sent again while it is the same: the server is asked once, and says 304", async () => {
    const ci = await server();
    ci.route("/builds.json", json([124]));
    const cacheFolder = await temporaryFolder();
    const first = await (await http({ cacheFolder })).getDocument(ci.url("/builds.json"));
    const second = await (await http({ cacheFolder })).getDocument(ci.url("/builds.json"));
    expect(second).toEqual(expect.objectContaining(first));
    expect(ci.requests.map(({ headers }) => headers["if-none-match"])).toEqual([undefined, first.headers.etag]);
  });

  test("is sent anew when it is another one", async () => {
    const ci = await server();
    const client = await http();
    for (const build of ["124", "125", "125"]) {
      ci.route("/builds.json", json(build));
      expect(await textOf(client.getDocument(ci.url("/builds.json")))).toBe(`"${build}"`);
    }
  });

  test("is kept for those headers alone that it was asked with", async () => {
    const ci = await server();
    ci.route("/image", (request, answer) => file(String(request.headers.accept), { etag: '"1"' })(request, answer));
    const client = await http();
    for (const accept of ["one", "other", "one"]) {
      expect(await textOf(client.getDocument(ci.url("/image"), { headers: { accept } }))).toBe(accept);
    }
  });

  test("keeps no cookie of a server on disk", async () => {
    const ci = await server();
    ci.route("/", (request, answer) => {
      answer.setHeader("Set-Cookie", "session=secret");
      return json(1)(request, answer);
    });
    const cacheFolder = await temporaryFolder();
    const client = await http({ cacheFolder });
    await client.getDocument(ci.url("/"));
    const again = await client.getDocument(ci.url("/"));
    expect(again.headers).toHaveProperty("etag");
    expect(again.headers).not.toHaveProperty("set-cookie");
    expect(ci.requests.map(({ headers }) => headers.cookie)).toEqual([undefined, undefined]);
  });

  test.each([
    ["was cut off", '{"etag":"\\"1'],
    ["is of something else", "[1]\nx"],
    ["was emptied", ""],
  ])("that was kept and %s is asked for as if it had never come", async (_, damage) => {
    const ci = await server();
    ci.route("/builds.json", json([124]));
    const cacheFolder = await temporaryFolder();
    const client = await http({ cacheFolder });
    await client.getDocument(ci.url("/builds.json"));
    for (const name of await readdir(join(cacheFolder, "http"))) {
      await writeFile(join(cacheFolder, "http", name), damage);
    }
    expect(await textOf(client.getDocument(ci.url("/builds.json")))).toBe("[124]");
  });

  test("comes also where it cannot be kept", async () => {
    const ci = await server();
    ci.route("/builds.json", json([124]));
    const cacheFolder = await temporaryFolder();
    await rm(cacheFolder, { recursive: true });
    await writeFile(cacheFolder, "a file in the place of the cache");
    const client = await http({ cacheFolder });
    expect(await textOf(client.getDocument(ci.url("/builds.json")))).toBe("[124]");
  });

  test("that breaks off is asked for again", async () => {
    const ci = await server();
    ci.route("/builds.json", file("[1,2,3,4,5,6]", { breaks: { after: 4, times: 2 } }));
    expect(await textOf((await http()).getDocument(ci.url("/builds.json")))).toBe("[1,2,3,4,5,6]");
    expect(ci.requests).toHaveLength(3);
  });

  test("without end is given up", async () => {
    const ci = await server();
    ci.route("/endless", (_request, answer) => {
      const chunk = Buffer.alloc(1024 * 1024);
      const more = () => {
        while (!answer.destroyed && answer.write(chunk));
      };
      answer.on("drain", more);
      more();
    });
    const failure = await failureOf((await http()).getDocument(ci.url("/endless")));
    expect(failure.message).toMatch(/^http:.*\/endless is larger than 67108864 bytes/);
  });
});
