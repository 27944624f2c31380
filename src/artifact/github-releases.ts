import type { ServiceName } from "../model/names.ts";
import { fieldsOf, listOf } from "./answer-fields.ts";
import { underPolicy } from "./checksum-policy.ts";
import { type Asset, type Release, readRelease } from "./github-answer.ts";
import type { GithubAsking } from "./github-asking.ts";
import { noDigest } from "./github-failures.ts";
import { contentsOf, type Listed, type Part } from "./listed-build.ts";
import type { BuildsOf } from "./questions.ts";
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
  return (service) => Promise.all(shown.map((release) => buildOf(service, release, asking)));
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

async function buildOf(service: ServiceName, release: Release, asking: GithubAsking): Promise<CiBuild> {
  const { artifacts, access } = asking;
  const { tag, commit, at } = release;
  const listed = release.assets.map(
    (asset): Listed => ({ name: asset.name, content: async (part) => contentOf(asset, part, asking) }),
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

function contentOf(asset: Asset, part: Part, { about, artifacts, api, access }: GithubAsking): Content {
  const path = `${releasesPath(about)}/assets/${asset.id}`;
  const from = asset.address ?? api.url(path);
  // The API serves whom it does not know 60 times an hour; the address beside it, as often as one likes.
  const isPublic = access.authorization === undefined && asset.address !== undefined;
  const open = isPublic ? api.publicOpener(from) : api.opener(path, "application/octet-stream");
  const { checksum, size } = asset;
  const content = { from, key: api.url(path), ...part, checksum, size, open };
  return underPolicy(content, artifacts.policy, () => noDigest(from, artifacts));
}
