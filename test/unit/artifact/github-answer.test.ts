import { describe, expect, test } from "vitest";
import { fieldsOf } from "../../../src/artifact/answer-fields.ts";
import { readRelease, readRunArtifacts, readRuns } from "../../../src/artifact/github-answer.ts";

const HEX = "ab".repeat(32);

/** The example of docs.github.com/rest/releases, with what matters in it. */
const asset = {
  url: "https://api.github.com/repos/octocat/Hello-World/releases/assets/1",
  browser_download_url: "https://github.com/octocat/Hello-World/releases/download/v1.0.0/example.zip",
  id: 1,
  name: "example.zip",
  label: "short description",
  state: "uploaded",
  content_type: "application/zip",
  size: 1024,
  digest: `sha256:${HEX}`,
};
const release = { tag_name: "v1.0.0", target_commitish: "master", draft: false, prerelease: false, assets: [asset] };
const assetsOf = (...assets: readonly object[]) => readRelease(fieldsOf({ ...release, assets }))?.assets;

describe("an asset", () => {
  test("has its size, its digest and its address", () => {
    expect(assetsOf(asset)).toEqual([
      {
        id: 1,
        name: "example.zip",
        size: 1024,
        checksum: { algorithm: "sha256", hex: HEX },
        address: asset.browser_download_url,
      },
    ]);
  });

  test.each([
    ["from before there were digests", null],
    ["from a server that has none", undefined],
    ["with a digest of another kind", `sha512:${HEX}${HEX}`],
    ["with a digest that is none", "sha256:xyz"],
  ])("%s has no checksum", (_, digest) => {
    expect(assetsOf({ ...asset, digest })?.[0]?.checksum).toBeUndefined();
  });

  test("whose upload broke off is none", () => {
    expect(assetsOf({ ...asset, state: "starter" })).toEqual([]);
  });
});

test("what is no release is none", () => {
  expect(readRelease(fieldsOf({ message: "Not Found" }))).toBeUndefined();
  expect(readRelease(fieldsOf(["a list"]))).toBeUndefined();
});

/** As docs.github.com/rest/actions/artifacts has it. */
const artifact = {
  id: 11,
  node_id: "MDg6QXJ0aWZhY3QxMQ==",
  name: "Rails",
  size_in_bytes: 556,
  url: "https://api.github.com/repos/octo-org/octo-docs/actions/artifacts/11",
  archive_download_url: "https://api.github.com/repos/octo-org/octo-docs/actions/artifacts/11/zip",
  expired: false,
  created_at: "2020-01-10T14:59:22Z",
  expires_at: "2020-03-21T14:59:22Z",
  updated_at: "2020-02-21T14:59:22Z",
  digest: `sha256:${HEX}`,
  workflow_run: { id: 2332938, repository_id: 1296269, head_repository_id: 1296269, head_branch: "main" },
};
const read = (...artifacts: readonly object[]) => readRunArtifacts(fieldsOf({ total_count: 1, artifacts }));

describe("an artifact of a run", () => {
  test("has its run, its size and its digest", () => {
    expect(read(artifact)).toEqual([
      {
        id: 11,
        name: "Rails",
        run: 2332938,
        size: 556,
        checksum: { algorithm: "sha256", hex: HEX },
        expires: "2020-03-21T14:59:22Z",
        isExpired: false,
      },
    ]);
  });

  test("from before upload-artifact v4 has a size that is not the zip's: none is believed", () => {
    expect(read({ ...artifact, digest: null })).toMatchObject([{ size: undefined, checksum: undefined }]);
  });

  test("of a later attempt comes before that of an earlier one", () => {
    expect(read({ ...artifact, id: 3 }, { ...artifact, id: 12 }, artifact).map(({ id }) => id)).toEqual([12, 11, 3]);
  });
});

describe("a run", () => {
  const run = {
    id: 30433642,
    run_number: 562,
    run_attempt: 1,
    event: "push",
    head_branch: "main",
    head_sha: "acb5820ced9479c074f688cc328bf03f341a511d",
    created_at: "2020-01-22T19:33:08Z",
    updated_at: "2020-01-22T19:33:08Z",
    repository: { id: 217723378 },
    head_repository: { id: 217723378 },
  };
  const readOne = (more: object) => readRuns(fieldsOf({ total_count: 1, workflow_runs: [{ ...run, ...more }] }))[0];

  test("of the repository is its own", () => {
    expect(readOne({})).toMatchObject({ number: "562", at: "2020-01-22T19:33:08Z", commit: run.head_sha, isOwn: true });
  });

  test.each([
    ["of a fork", { head_repository: { id: 1 } }],
    ["of a fork that was removed", { head_repository: null }],
    ["for a pull request", { event: "pull_request" }],
    ["for a pull request, with the repository's rights", { event: "pull_request_target" }],
    ["of nobody knows which repository", { repository: undefined, head_repository: undefined }],
  ])("%s is not", (_, more) => {
    expect(readOne(more)?.isOwn).toBe(false);
  });
});
