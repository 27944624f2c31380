import type { ServiceName } from "../model/names.ts";
import { fieldsOf, listOf } from "./answer-fields.ts";
import { ChecksumFiles } from "./checksum-file.ts";
import { underPolicy } from "./checksum-policy.ts";
import { type Asset, type Release, readRelease } from "./github-answer.ts";
import type { GithubApi } from "./github-api.ts";
import type { GithubAsking } from "./github-asking.ts";
import { noDigest } from "./github-failures.ts";
import { contentsOf, type Listed, type Part } from "./listed-build.ts";
import type { BuildsOf } from "./questions.ts";
import type { ServerAccess } from "./server-access.ts";
import type { CiBuild, Content } from "./source.ts";

/** How many releases a list holds at most. */
const RELEASES_LISTED = 50;

/**
 * The releases that are wanted, as builds of a service; undefined when there is no such repository or release. Of all of
 * them, drafts and prereleases are left out: they are never the newest, but can be named.
 */
export async function releaseBuilds(asking: GithubAsking): Promise<BuildsOf | undefined> {
  const { about, wanted, api, signal } = asking;
  const answer = await api.get(releasesPath(about) + pathOf(wanted), signal);
  if (answer === undefined) return undefined;
  const releases = wanted.is === "all" ? listOf(answer) : [fieldsOf(answer)];
  const read = releases.flatMap((release) => readRelease(release) ?? []);
  const shown = wanted.is === "all" ? read.filter(({ isFinal }) => isFinal) : read;
  const found = shown.map((release) => ({ release, files: checksumFiles(release, asking) }));
  return (service) => Promise.all(found.map((each) => buildOf(service, each, asking)));
}

export const releasesPath = (repository: string): string => `/repos/${repository}/releases`;

function pathOf(wanted: GithubAsking["wanted"]): string {
  switch (wanted.is) {
    case "newest":
      return "/latest";
    case "numbered":
      return `/tags/${encodeURIComponent(wanted.number)}`;
    case "all":
      return `?per_page=${RELEASES_LISTED}`;
  }
}

/** A release, and the files of it that say checksums of those that GitHub has no digest of. */
interface Found {
  readonly release: Release;
  readonly files: ChecksumFiles;
}

/** An asset never changes, so that it is asked for once. */
function checksumFiles({ assets }: Release, { about, api, access, signal }: GithubAsking): ChecksumFiles {
  const read = async (name: string) => {
    const asset = assets.find((each) => each.name === name);
    if (asset === undefined) return undefined;
    const ask = () => api.text(addressOf(asset, about, api, access), ASSET_TYPE, signal);
    return access.kept.of(`${api.url(releasesPath(about))} ${name}`, String(asset.id), ask);
  };
  return new ChecksumFiles(
    assets.map(({ name }) => name),
    read,
  );
}

async function buildOf(service: ServiceName, { release, files }: Found, asking: GithubAsking): Promise<CiBuild> {
  const { artifacts, access } = asking;
  const { tag, commit, at } = release;
  const listed = release.assets.map(
    (asset): Listed => ({ name: asset.name, content: (part) => contentOf(asset, part, files, asking) }),
  );
  const contents = (build: string) =>
    contentsOf(listed, {
      artifacts,
      kind: access.kindOf(service),
      filling: { service, build, ...(commit !== undefined && { commit }) },
    });
  const named = await contents(tag);
  // Tags are called v1.2.3; the names of files mostly are not.
  const isFound = named.artifacts.length > 0 || !/^v\d/.test(tag);
  return { service, name: `ci:${tag}`, commit, at, ...(isFound ? named : await contents(tag.slice(1))) };
}

async function contentOf(asset: Asset, part: Part, files: ChecksumFiles, asking: GithubAsking): Promise<Content> {
  const { about, wanted, artifacts, api, access } = asking;
  const isWorthAsking = artifacts.policy !== "exists" && wanted.is !== "all";
  const checksum = asset.checksum ?? (isWorthAsking ? await files.of(asset.name) : undefined);
  const from = asset.address ?? api.url(assetPath(asset, about));
  const open = api.opener(addressOf(asset, about, api, access), ASSET_TYPE);
  const content = { from, key: api.url(assetPath(asset, about)), ...part, checksum, size: asset.size, open };
  return underPolicy(content, artifacts.policy, () => noDigest(from, artifacts));
}

/** What makes the API give an asset's bytes, and not its description. */
const ASSET_TYPE = "application/octet-stream";

const assetPath = ({ id }: Asset, repository: string): string => `${releasesPath(repository)}/assets/${id}`;

/**
 * Where its bytes are asked for: the API serves whom it does not know 60 times an hour; the public address beside it,
 * as often as one likes.
 */
const addressOf = (asset: Asset, repository: string, api: GithubApi, access: ServerAccess): string =>
  access.authorization === undefined && asset.address !== undefined
    ? asset.address
    : api.url(assetPath(asset, repository));
