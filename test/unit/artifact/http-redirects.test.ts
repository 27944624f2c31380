import { describe, expect, test } from "vitest";
import { answerOf } from "../../../src/artifact/http/http.ts";
import { basic, file, guarded, redirect, says } from "../../harness/http-server.ts";
import { http, server, textOf } from "./http-client.ts";
import { failureOf } from "./servers.ts";

describe("a redirect", () => {
  test.each([301, 302, 303, 307, 308])("with %i is followed to another host", async (status) => {
    const ci = await server();
    ci.route("/latest", redirect(ci.url("/124", "localhost"), status));
    ci.route("/124", file("124"));
    expect(await textOf((await http()).getDocument(ci.url("/latest")))).toBe("124");
  });

  test("may name a path alone", async () => {
    const ci = await server();
    ci.route("/a/latest", redirect("../b?x=1"));
    ci.route("/b?x=1", file("b"));
    expect(await textOf((await http()).getDocument(ci.url("/a/latest")))).toBe("b");
  });

  test("takes credentials along to its own host alone, and cookies nowhere", async () => {
    const ci = await server();
    const setCookie = { "Set-Cookie": "session=1" };
    ci.route("/1", says(302, { headers: { Location: ci.url("/2"), ...setCookie } }));
    ci.route("/2", says(302, { headers: { Location: ci.url("/3", "localhost"), ...setCookie } }));
    ci.route("/3", says(302, { headers: { Location: ci.url("/4", "localhost") } }));
    ci.route("/4", file("signed"));
    await (await http()).getDocument(ci.url("/1"), { authorization: "Bearer t0ken" });
    expect(ci.requests.map(({ path, headers }) => [path, headers.authorization, headers.cookie])).toEqual([
      ["/1", "Bearer t0ken", undefined],
      ["/2", "Bearer t0ken", undefined],
      ["/3", undefined, undefined],
      ["/4", undefined, undefined],
    ]);
  });

  test("in a circle ends, and says so", async () => {
    const ci = await server();
    ci.route("/a", redirect(ci.url("/b")));
    ci.route("/b", redirect(ci.url("/a")));
    const failure = await failureOf((await http()).getDocument(ci.url("/a")));
    expect(failure.message).toBe(`${ci.url("/a")} redirects in a circle: more than 10 times`);
    expect(ci.requests).toHaveLength(11);
  });

  test.each(["file:///etc/passwd", "http://[", "javascript:alert(1)"])("to %s is not followed", async (to) => {
    const ci = await server();
    ci.route("/a", redirect(to));
    const failure = await failureOf((await http()).getDocument(ci.url("/a")));
    expect(failure.message).toBe(`${ci.url("/a")} redirects to what is no address of the web`);
  });
});

describe("credentials", () => {
  test("are sent with the first request, as many a server answers 404 without", async () => {
    const ci = await server();
    ci.route("/", guarded("Bearer t0ken", file("in")));
    expect(await textOf((await http()).getDocument(ci.url("/"), { authorization: "Bearer t0ken" }))).toBe("in");
    expect(ci.requests).toHaveLength(1);
  });

  test("may stand in the address, and are not shown", async () => {
    const ci = await server();
    ci.route("/in", guarded(basic("ada", "l@ce"), file("in")));
    const withUser = (path: string) => ci.url(path).replace("://", "://ada:l%40ce@");
    const client = await http();
    expect(await textOf(client.getDocument(withUser("/in")))).toBe("in");
    const failure = await failureOf(client.getDocument(withUser("/nothing?signature=5ecret")));
    expect(failure.message).toBe(`${ci.url("/nothing")}?… answers 404 Not Found: 404 page not found`);
  });

  test("that are missing are asked for", async () => {
    const ci = await server();
    ci.route("/", guarded("Bearer x", file("in")));
    const failure = await failureOf((await http()).getDocument(ci.url("/")));
    expect(failure.message).toBe(`${ci.url("/")} answers 401 Unauthorized: Unauthorized`);
    expect(failure.hint).toContain("x-devenv.artifacts.credentials: { user: …, token: … }");
    expect(failure).toMatchObject({ class: "environment", exitCode: 3 });
    expect(answerOf(failure)).toMatchObject({ status: 401, headers: { "www-authenticate": 'Bearer realm="test"' } });
  });

  test.each([
    [{ user: "CI_USER", token: "CI_TOKEN" }, "it does not accept CI_USER and CI_TOKEN"],
    [{ user: undefined, token: "CI_TOKEN" }, "it does not accept CI_TOKEN"],
  ])("that are refused are named by their variables: %o", async (credentials, words) => {
    const ci = await server();
    ci.route("/", guarded("Bearer x", file("in")));
    const client = await http({ credentials });
    const failure = await failureOf(client.getDocument(ci.url("/"), { authorization: "Bearer 0ld" }));
    expect(failure.hint).toContain(words);
    expect(`${failure.message} ${failure.hint}`).not.toContain("0ld");
  });

  test("that another host wanted after a redirect are told as such", async () => {
    const ci = await server();
    ci.route("/a", redirect(ci.url("/b", "localhost")));
    ci.route("/b", guarded("Bearer x", file("in")));
    const client = await http({ credentials: { user: undefined, token: "CI_TOKEN" } });
    const failure = await failureOf(client.getDocument(ci.url("/a"), { authorization: "Bearer x" }));
    expect(failure.hint).toContain(`redirected to from http://127.0.0.1:${ci.port}, whose credentials no other host`);
  });
});
