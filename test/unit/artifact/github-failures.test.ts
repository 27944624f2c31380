import { expect, test } from "vitest";
import { inGithubWords } from "../../../src/artifact/github-failures.ts";
import { HttpAnswer } from "../../../src/artifact/http/http.ts";
import { environmentFailure } from "../../../src/model/failure.ts";

const URL = "https://api.github.com/repos/acme/books/releases/latest";
const PROFILE = { credentials: undefined, where: undefined };

/** What HTTP throws for an answer, in GitHub's words. */
const words = (status: number, headers: Readonly<Record<string, string>>) => {
  const cause = new HttpAnswer(status, headers);
  return inGithubWords(environmentFailure(`${URL} answers ${status}`, { cause }), URL, PROFILE);
};
const GITHUB = { "x-github-request-id": "C0FF:EE" };

test("a 429 that does not say how long means a minute, as GitHub asks for", () => {
  expect(words(429, GITHUB)).toMatchObject({ message: expect.stringContaining("asks to wait 60 seconds") });
});

test("a 403 that says nothing of limits is told in the server's words", () => {
  expect(words(403, { ...GITHUB, "x-ratelimit-remaining": "4999" })).toMatchObject({ message: `${URL} answers 403` });
});

test.each([401, 403, 404, 429])("a %i of something that is not GitHub stays as it is", (status) => {
  expect(words(status, {})).toMatchObject({ message: `${URL} answers ${status}` });
});

test("what is no answer at all stays as it is", () => {
  const thrown = environmentFailure("no route to host");
  expect(inGithubWords(thrown, URL, PROFILE)).toBe(thrown);
});

test("the answer stays the cause, by which it is decided whether to ask again", () => {
  expect(words(429, GITHUB)).toMatchObject({ cause: expect.any(HttpAnswer) });
});
