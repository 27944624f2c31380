import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { download } from "../../../src/artifact/download.ts";
import { fetchContent } from "../../../src/artifact/fetch-content.ts";
import { file, inTurn, type Route, redirect, says } from "../../harness/http-server.ts";
import { contentOf, fetched, IMPATIENT, newStore, OTHER, PROGRAM, QUICKLY, ranges, refused } from "./downloads.ts";
import { http, server } from "./http-client.ts";

describe("a download", () => {
  test("asks for nothing that is in the store", async () => {
    const ci = await server();
    ci.route("/books", file(PROGRAM));
    const { store } = await newStore();
    for (let time = 0; time < 2; time++) await fetchContent(await contentOf(ci), store);
    expect(ci.requests).toHaveLength(1);
  });

  test("tells how far it is, with the length that the server says where CI says none", async () => {
    const ci = await server();
    ci.route("/books", file(PROGRAM, { breaks: { after: 400 } }));
    const told: unknown[] = [];
    const onProgress = (...numbers: unknown[]) => told.push(numbers);
    const { store } = await newStore();
    await fetchContent(await contentOf(ci, "/books", { size: undefined }), store, { ...QUICKLY, onProgress });
    expect(told).toEqual([
      [400, 1000],
      [1000, 1000],
    ]);
  });

  test("that the person ends leaves nothing", async () => {
    const ci = await server();
    ci.route("/books", file(PROGRAM, { breaks: { after: 400, by: "silence" } }));
    const enough = new AbortController();
    const { store, names } = await newStore();
    const onProgress = () => enough.abort(new Error("enough"));
    const fetching = fetchContent(await contentOf(ci), store, { onProgress, signal: enough.signal });
    await expect(fetching).rejects.toThrow("enough");
    expect(await names()).toEqual([]);
  });

  test("that the server refuses is told with its words", async () => {
    const ci = await server();
    expect((await refused(await contentOf(ci))).message).toBe(
      `${ci.url("/books")} answers 404 Not Found: 404 page not found`,
    );
  });
});

describe("a connection that is cut", () => {
  test("at whatever byte, however often, is followed by others until all is there", async () => {
    const ci = await server();
    const client = await http();
    let next = 0;
    const cuts = fc.array(fc.integer({ min: 0, max: PROGRAM.length }), { minLength: 1, maxLength: 4 });
    const served = fc.record({
      etag: fc.constantFrom(undefined, null, 'W/"1"'),
      range: fc.constantFrom("honoured" as const, "ignored" as const),
      knowsChecksum: fc.boolean(),
      knowsSize: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(cuts, served, async (after, { etag, range, knowsChecksum, knowsSize }) => {
        const path = `/${next++}`;
        const options = { ...(etag !== undefined && { etag }), range };
        const broken = after.map((bytes) => file(PROGRAM, { ...options, breaks: { after: bytes } }));
        ci.route(path, inTurn(broken[0] ?? says(500), ...broken.slice(1), file(PROGRAM, options)));
        const content = await contentOf(ci, path, {
          open: client.opener(ci.url(path)),
          ...(!knowsChecksum && { checksum: undefined }),
          ...(!knowsSize && { size: undefined }),
        });
        const pieces = await Readable.from(download(content, QUICKLY)).toArray();
        expect(Buffer.concat(pieces).equals(PROGRAM)).toBe(true);
      }),
      { numRuns: 150 },
    );
  }, 30_000);

  test("goes on from there with the same version", async () => {
    const ci = await server();
    ci.route("/books", file(PROGRAM, { etag: '"1"', breaks: { after: 300, times: 2 } }));
    expect(await fetched(await contentOf(ci))).toEqual(PROGRAM);
    expect(ranges(ci)).toEqual([undefined, "bytes=300-", "bytes=600-"]);
    expect(ci.requests.map(({ headers }) => headers["if-range"])).toEqual([undefined, '"1"', '"1"']);
  });

  test("goes on by the date of change, where that is the only version that the server names", async () => {
    const ci = await server();
    ci.route("/books", (request, answer) => {
      answer.setHeader("Last-Modified", "Fri, 20 Nov 2026 10:00:00 GMT");
      return (ranges(ci).length === 1 ? file(PROGRAM, { etag: null, breaks: { after: 300 } }) : late)(request, answer);
    });
    const late = (_: unknown, answer: Parameters<ReturnType<typeof file>>[1]) =>
      void answer.writeHead(206, { "Content-Range": "bytes 300-999/1000" }).end(PROGRAM.subarray(300));
    expect(await fetched(await contentOf(ci))).toEqual(PROGRAM);
    expect(ci.requests[1]?.headers["if-range"]).toBe("Fri, 20 Nov 2026 10:00:00 GMT");
  });

  test("goes on at the address that it is redirected to now", async () => {
    const ci = await server();
    ci.route("/books", inTurn(redirect(ci.url("/a", "localhost")), redirect(ci.url("/b", "localhost"))));
    ci.route("/a", file(PROGRAM, { breaks: { after: 300 } }));
    ci.route("/b", file(PROGRAM));
    expect(await fetched(await contentOf(ci))).toEqual(PROGRAM);
    expect(ci.requests.map(({ path }) => path)).toEqual(["/books", "/a", "/books", "/b"]);
  });

  test("by silence is as good as one by a cut", async () => {
    const ci = await server();
    ci.route("/books", file(PROGRAM, { breaks: { after: 300, by: "silence" } }));
    const open = (await http(IMPATIENT)).opener(ci.url("/books"));
    expect(await fetched(await contentOf(ci, "/books", { open }))).toEqual(PROGRAM);
    expect(ranges(ci)).toEqual([undefined, "bytes=300-"]);
  });

  test("begins anew where there is another version by now, and nothing is mixed", async () => {
    const ci = await server();
    ci.route("/books", inTurn(file(OTHER, { breaks: { after: 700 } }), file(PROGRAM)));
    expect(await fetched(await contentOf(ci, "/books", { checksum: undefined }))).toEqual(PROGRAM);
  });

  test("begins anew where only the bytes tell that it is another one", async () => {
    const ci = await server();
    const options = { etag: null, range: "ignored" } as const;
    ci.route("/books", inTurn(file(OTHER, { ...options, breaks: { after: 700 } }), file(PROGRAM, options)));
    expect(await fetched(await contentOf(ci, "/books", { checksum: undefined }))).toEqual(PROGRAM);
  });

  test("begins anew where only the length tells that it is another one", async () => {
    const ci = await server();
    const options = { etag: null, range: "ignored" } as const;
    const longer = Buffer.concat([OTHER, OTHER]);
    ci.route("/books", inTurn(file(longer, { ...options, breaks: { after: 700 } }), file(PROGRAM, options)));
    expect(await fetched(await contentOf(ci, "/books", { size: undefined }))).toEqual(PROGRAM);
  });

  test("goes on with nothing but a version that names the very bytes: a weak ETag does not", async () => {
    const ci = await server();
    ci.route("/books", file(PROGRAM, { etag: 'W/"1"', breaks: { after: 300 } }));
    expect(await fetched(await contentOf(ci))).toEqual(PROGRAM);
    expect(ranges(ci)).toEqual([undefined, undefined]);
  });

  test("without a word, as an end that comes too early, is one as well", async () => {
    const ci = await server();
    const early: Route = (_request, answer) => {
      answer.write(PROGRAM.subarray(0, 300));
      answer.end();
    };
    ci.route("/books", inTurn(early, file(PROGRAM, { etag: null })));
    expect(await fetched(await contentOf(ci))).toEqual(PROGRAM);
  });

  test("begins anew where it is shorter by now than what has come", async () => {
    const ci = await server();
    ci.route("/books", inTurn(file(PROGRAM, { breaks: { after: 700 } }), file(PROGRAM.subarray(0, 600))));
    const content = await contentOf(ci, "/books", { checksum: undefined, size: undefined });
    expect(await fetched(content)).toEqual(PROGRAM.subarray(0, 600));
  });

  test("always at one place is given up, with that place", async () => {
    const ci = await server();
    ci.route(
      "/books",
      inTurn(file(PROGRAM, { breaks: { after: 300 } }), file(PROGRAM, { breaks: { after: 0, times: 99 } })),
    );
    const failure = await refused(await contentOf(ci));
    expect(failure.message).toBe(
      `${ci.url("/books")} broke off after 300 of 1000 bytes, again and again: the connection was cut`,
    );
    expect(ci.requests).toHaveLength(6);
  });
});
