import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { githubApi } from "../../../src/artifact/github-api.ts";
import { type Http, HttpAnswer, type RequestOptions } from "../../../src/artifact/http/http.ts";
import { plainArtifacts } from "../../../src/model/artifact-source.ts";
import { environmentFailure } from "../../../src/model/failure.ts";

const API = "https://github.example.org/api/v3";
const PUBLIC = "https://github.example.org/acme/books/releases/download/v1/books";
const from = { is: "release" } as const;
const ARTIFACTS = plainArtifacts({ kind: "github", api: API, repository: "acme/books", from });

/** Notes what it is asked with, and answers with nothing, or as it is told. */
function recording(answer: () => Promise<Buffer> = async () => Buffer.from("")) {
  const asked: (readonly [string, RequestOptions | undefined])[] = [];
  const http: Http = {
    async getDocument(url, options) {
      asked.push([url, options]);
      return { body: await answer(), headers: {} };
    },
    openBody: () => expect.unreachable("nothing is opened like that"),
    opener(url, options) {
      asked.push([url, options]);
      return async () => ({ stream: Readable.from([]), offset: 0 });
    },
  };
  return { asked, api: githubApi(ARTIFACTS, API, http, "Bearer secret") };
}

test("the token goes to the API, and to no other address of the same host", async () => {
  const { asked, api } = recording();
  for (const url of [`${API}/repos/acme/books/releases/assets/1`, PUBLIC]) {
    api.opener(url, "application/octet-stream");
    await api.text(url, "application/octet-stream");
  }
  expect(asked.map(([, options]) => options?.authorization)).toEqual([
    "Bearer secret",
    "Bearer secret",
    undefined,
    undefined,
  ]);
});

test("a refusal of a text is told in GitHub's words", async () => {
  const cause = new HttpAnswer(401, { "x-github-request-id": "C0FF:EE" });
  const { api } = recording(async () => {
    throw environmentFailure("it answers 401", { cause });
  });
  await expect(api.text(PUBLIC, "text/plain")).rejects.toThrow(
    `GitHub gives this to nobody without a token: ${PUBLIC}`,
  );
});
