/** Which tags of a repository are builds, and which of them is the newest. */
import type { Artifacts } from "../../model/artifact-source.ts";
import { type Failure, userFailure } from "../../model/failure.ts";

/** So many builds of a repository are looked at, when all are wanted: each is a request or two. */
const LISTED_AT_MOST = 20;

/** What cosign and others keep beside images under tags of their own. */
const BESIDE = /^sha256-[0-9a-f]{64}(\.\w+)?$/;

/**
 * The builds among a repository's tags, newest first: what stands for `{build}` in `pattern`. Where any of them are plain
 * numbers only those count, for then `latest` and `main` are no builds; else versions are sorted as people do, `1.10`
 * after `1.9`. A registry does not say when a tag was pushed.
 * @param pattern a tag with `{build}` in it: `{build}`, `books-{build}`
 */
export function buildsIn(tags: readonly string[], pattern: string): readonly string[] {
  const [before = "", after = ""] = pattern.split("{build}");
  const builds = tags
    .filter((tag) => !BESIDE.test(tag) && tag.length > before.length + after.length)
    .filter((tag) => tag.startsWith(before) && tag.endsWith(after))
    .map((tag) => tag.slice(before.length, tag.length - after.length));
  const numbered = builds.filter((build) => /^\d+$/.test(build));
  return (numbered.length > 0 ? numbered : builds).sort((a, b) => byVersion(b, a));
}

const ORDER = new Intl.Collator("en", { numeric: true });

/** `1.10-rc1` comes before the `1.10` that it leads to. */
function byVersion(a: string, b: string): number {
  const [[versionA = "", ...restA], [versionB = "", ...restB]] = [a.split("-"), b.split("-")];
  const isRelease = Number(restA.length === 0) - Number(restB.length === 0);
  return ORDER.compare(versionA, versionB) || isRelease || ORDER.compare(restA.join("-"), restB.join("-"));
}

/** The other tags of an image that the profile names by a tag of its own; newest first. */
export const otherTags = (tags: readonly string[], own: string): readonly string[] =>
  buildsIn(tags, "{build}")
    .filter((tag) => tag !== own)
    .slice(0, LISTED_AT_MOST);

export const listed = (builds: readonly string[]): readonly string[] => builds.slice(0, LISTED_AT_MOST);

/**
 * The tag of an image's text that has `{build}` in it; undefined where it has none.
 * @throws Failure (user) where it has one elsewhere than in the tag
 */
export function tagPattern(image: string, where: Artifacts["where"]): string | undefined {
  if (!image.includes("{build}")) return undefined;
  const [name = "", tag = "", ...more] = image.slice(image.lastIndexOf("/") + 1).split(":");
  if (tag.split("{build}").length === 2 && more.length === 0 && !name.includes("{build}")) return tag;
  throw misplaced(image, where);
}

const misplaced = (image: string, where: Artifacts["where"]): Failure =>
  userFailure(`{build} stands in ${image} elsewhere than once in the tag`, {
    hint: "a registry lists the tags of an image, and nothing else: oci:registry.example.org/team/{service}:{build}",
    where,
  });
