import { describe, expect, test } from "vitest";
import { answerOf } from "../../../src/artifact/http/http.ts";
import { file, hangUp, inTurn, says } from "../../harness/http-server.ts";
import { http, impatientClock, server, textOf } from "./http-client.ts";
import { failureOf } from "./servers.ts";

describe("a refusal", () => {
  test.each([
    ["an error page", 404, "<html><title>x</title><body><h1>No such\n job</h1></body></html>", "No such job"],
    ["GitHub's JSON", 404, '{"message":"Not Found here","status":"404"}', "Not Found here"],
    ["a registry's JSON", 404, '{"errors":[{"code":"X","message":"manifest unknown"}]}', "manifest unknown"],
    ["nothing", 410, "", ""],
    ["escape codes", 400, "\u001b[31mred", "[31mred"],
    ["a novel", 400, "x".repeat(100_000), `${"x".repeat(200)}…`],
  ])("gives the server's first words: %s", async (_, status, body, words) => {
    const ci = await server();
    ci.route("/", says(status, { body }));
    const { message } = await failureOf((await http()).getDocument(ci.url("/")));
    expect(message.split(" answers ")[1]?.replace(/^\d+ [A-Z][A-Za-z ]*(: )?/, "")).toBe(words);
  });

  test("that will not pass is not asked about again", async () => {
    const ci = await server();
    for (const status of [400, 401, 403, 404, 410, 501]) {
      ci.route(`/${status}`, says(status));
      const failure = await failureOf((await http()).getDocument(ci.url(`/${status}`)));
      expect(answerOf(failure)?.status).toBe(status);
    }
    expect(ci.requests).toHaveLength(6);
  });

  test("304 that nobody asked for is one", async () => {
    const ci = await server();
    ci.route("/", says(304));
    expect((await failureOf((await http()).getDocument(ci.url("/")))).message).toContain("304 Not Modified");
  });

  test.each(["ftp://ci.example.org/", "ci.example.org", ""])("%j is no address", async (address) => {
    const failure = await failureOf((await http()).getDocument(address));
    expect(failure).toMatchObject({ exitCode: 2, message: `${JSON.stringify(address)} is no address of the web` });
  });
});

describe("a server that is busy", () => {
  test.each([429, 500, 502, 503, 504])("and says %i is asked again, less and less often", async (status) => {
    const ci = await server();
    const clock = impatientClock();
    ci.route("/", inTurn(says(status), says(status), says(status), file("at last")));
    expect(await textOf((await http({ clock })).getDocument(ci.url("/")))).toBe("at last");
    expect(clock.slept).toHaveLength(3);
    for (const [index, ms] of clock.slept.entries()) {
      expect(ms).toBeGreaterThanOrEqual(125 * 2 ** index);
      expect(ms).toBeLessThanOrEqual(250 * 2 ** index);
    }
  });

  test("for good is told after four times", async () => {
    const ci = await server();
    ci.route("/", says(503, { body: "Jenkins is getting ready to work" }));
    const failure = await failureOf((await http()).getDocument(ci.url("/")));
    expect(failure.message).toContain("answers 503 Service Unavailable: Jenkins is getting ready to work");
    expect(ci.requests).toHaveLength(4);
  });

  test("and names a time is asked then, and that is told", async () => {
    const ci = await server();
    const clock = impatientClock();
    const told: string[] = [];
    ci.route("/", inTurn(says(503, { headers: { "Retry-After": "7" } }), file("at last")));
    await (await http({ clock, onWait: (words) => told.push(words) })).getDocument(ci.url("/"));
    expect(clock.slept).toEqual([7000]);
    expect(told).toEqual([`127.0.0.1:${ci.port}: 503 Service Unavailable; asked again in 7 s`]);
  });

  test("with its rate limit, as GitHub has it, is asked when that ends", async () => {
    const ci = await server();
    const clock = { ...impatientClock(), now: () => Date.UTC(2026, 10, 21, 12, 0, 0) };
    const reset = clock.now() / 1000 + 20;
    const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(reset) };
    ci.route("/", inTurn(says(403, { headers }), file("at last")));
    await (await http({ clock })).getDocument(ci.url("/"));
    expect(clock.slept).toEqual([21_000]);
  });

  test("for more than a minute is not waited for: until when is told", async () => {
    const ci = await server();
    const until = new Date(Date.UTC(2026, 10, 21, 12, 10, 1));
    const clock = { ...impatientClock(), now: () => Date.UTC(2026, 10, 21, 12, 0, 0) };
    const reset = String(until.getTime() / 1000 - 1);
    ci.route("/", says(403, { headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset } }));
    const failure = await failureOf((await http({ clock })).getDocument(ci.url("/")));
    expect(failure.message).toContain(`answers 403 Forbidden until ${until.toLocaleTimeString("en-GB")}`);
    expect(answerOf(failure)?.status).toBe(403);
    expect(clock.slept).toEqual([]);
  });

  test("403 alone is a no, and its limit may be far from used up", async () => {
    const ci = await server();
    const headers = { "x-ratelimit-remaining": "59", "x-ratelimit-reset": "1" };
    ci.route("/", says(403, { headers }));
    await failureOf((await http()).getDocument(ci.url("/")));
    expect(ci.requests).toHaveLength(1);
  });

  test("and hangs up is asked again", async () => {
    const ci = await server();
    ci.route("/", inTurn(hangUp, hangUp, file("at last")));
    expect(await textOf((await http()).getDocument(ci.url("/")))).toBe("at last");
  });

  test("is not asked any more when the person has had enough", async () => {
    const ci = await server();
    const enough = new AbortController();
    ci.route("/", (request, answer) => {
      enough.abort(new Error("enough"));
      return says(503)(request, answer);
    });
    const asking = (await http()).getDocument(ci.url("/"), { signal: enough.signal });
    await expect(asking).rejects.toThrow("enough");
    expect(ci.requests).toHaveLength(1);
  });
});
