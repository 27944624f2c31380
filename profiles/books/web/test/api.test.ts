import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { get, post } from "../src/api";

const realFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = realFetch;
});

/** Answers one after the other; an Error stands for a connection that was refused. */
function shopSays(...answers: (Response | Error)[]): string[] {
  const asked: string[] = [];
  globalThis.fetch = async (input) => {
    asked.push(String(input));
    const answer = answers.shift();
    if (answer instanceof Response) return answer;
    throw answer ?? new Error("asked too often");
  };
  return asked;
}

test("a gateway that is away for a moment is asked again", async () => {
  const asked = shopSays(
    new TypeError("refused"),
    new Response("swapping", { status: 502 }),
    Response.json(["Moby Disk"]),
  );
  assert.deepEqual(await get("/api/shelf"), ["Moby Disk"]);
  assert.equal(asked.length, 3);
});

test("what the shop says is wrong is what the reader gets to see", async () => {
  shopSays(Response.json({ error: "stars go from 1 to 5" }, { status: 400 }));
  await assert.rejects(post("/api/reviews", {}), /stars go from 1 to 5/);
});

test("a review is never sent twice", async () => {
  const asked = shopSays(new TypeError("cut"), Response.json({}));
  await assert.rejects(post("/api/reviews", {}), /cut/);
  assert.equal(asked.length, 1);
});

test("a search that was overtaken is not asked again", async () => {
  const searching = new AbortController();
  searching.abort();
  const asked = shopSays(new DOMException("aborted", "AbortError"), Response.json({}));
  await assert.rejects(get("/api/search?q=m", searching.signal), { name: "AbortError" });
  assert.equal(asked.length, 1);
});
