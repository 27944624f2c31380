import { describe, expect, test } from "vitest";
import { file, inTurn, says } from "../../harness/http-server.ts";
import { contentOf, fetched, OTHER, PROGRAM, ranges, refused } from "./downloads.ts";
import { server } from "./http-client.ts";

describe("a server that lies", () => {
  test("about the content is found out by the checksum", async () => {
    const ci = await server();
    ci.route("/books", file(OTHER));
    expect((await refused(await contentOf(ci))).message).toMatch(/damaged|checksum|not what/);
  });

  test("about the length, against CI's word, is found out before a byte is taken", async () => {
    const ci = await server();
    ci.route("/books", file(PROGRAM.subarray(1)));
    expect((await refused(await contentOf(ci))).message).toBe(`${ci.url("/books")} has 999 bytes, not 1000 as CI said`);
  });

  test("and claims more bytes than there are is found out", async () => {
    const ci = await server();
    ci.route("/books", file(PROGRAM, { claims: 1200 }));
    const content = await contentOf(ci, "/books", { checksum: undefined, size: undefined });
    expect((await refused(content)).message).toContain("broke off after 1000 of 1200 bytes");
  });

  test("and claims fewer bytes than there are cannot sell them for the whole", async () => {
    const ci = await server();
    ci.route("/books", file(PROGRAM, { claims: 300 }));
    await refused(await contentOf(ci, "/books", { size: undefined }));
    await refused(await contentOf(ci));
  });

  test("and gives more than CI said, without a length of its own, is stopped", async () => {
    const ci = await server();
    ci.route("/books", (_request, answer) => {
      answer.write(PROGRAM);
      answer.end(PROGRAM);
    });
    const content = await contentOf(ci, "/books", { checksum: undefined });
    expect((await refused(content)).message).toBe(`${ci.url("/books")} gives more than the 1000 bytes that it has`);
  });

  test("about the range is asked for the whole", async () => {
    const ci = await server();
    ci.route("/books", file(PROGRAM, { range: "shifted", breaks: { after: 300 } }));
    expect(await fetched(await contentOf(ci))).toEqual(PROGRAM);
    expect(ranges(ci)).toEqual([undefined, "bytes=300-", undefined]);
  });

  test.each([
    ["of another length", "bytes 300-999/1001"],
    ["that ends early", "bytes 300-500/1000"],
    ["without sense", "bytes 300-"],
    ["without a name", undefined],
  ])("and gives a range %s is asked for the whole", async (_, range) => {
    const ci = await server();
    const lie = says(206, { headers: range === undefined ? {} : { "Content-Range": range }, body: "lie" });
    ci.route("/books", inTurn(file(PROGRAM, { breaks: { after: 300 } }), lie, file(PROGRAM)));
    expect(await fetched(await contentOf(ci))).toEqual(PROGRAM);
  });

  test("and gives a part of another version under the right range is asked for the whole", async () => {
    const ci = await server();
    const headers = { "Content-Range": "bytes 300-999/1000", ETag: '"other"' };
    const lie = says(206, { headers, body: OTHER.toString("latin1", 300) });
    ci.route(
      "/books",
      inTurn(file(PROGRAM, { etag: '"1"', breaks: { after: 300 } }), lie, file(PROGRAM, { etag: '"1"' })),
    );
    expect(await fetched(await contentOf(ci, "/books", { checksum: undefined }))).toEqual(PROGRAM);
  });

  test("and gives a part that nobody asked for is refused", async () => {
    const ci = await server();
    ci.route("/books", says(206, { headers: { "Content-Range": "bytes 300-999/1000" }, body: "part" }));
    expect((await refused(await contentOf(ci))).message).toContain("answers 206 Partial Content");
  });
});
