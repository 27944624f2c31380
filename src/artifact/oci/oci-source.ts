import type { ArtifactSource, Artifacts } from "../../model/artifact-source.ts";
import type { ServiceName } from "../../model/names.ts";
import { askOnceEach, type BuildsOf, type Question } from "../questions.ts";
import type { Source, WantedBuild } from "../source.ts";
import type { SourceAccess } from "../source-access.ts";
import { fill } from "../templates.ts";
import { buildsIn, listed, otherTags, tagPattern } from "./build-tags.ts";
import { type BuiltImage, buildIn } from "./image-builds.ts";
import type { FoundImage, ImagePlace } from "./image-place.ts";
import { type ImageReference, parseReference } from "./reference.ts";

type Oci = Extract<ArtifactSource, { kind: "oci" }>;

/** As many digits of an image's digest as are its build's name. */
const SHORT = 12;

/**
 * Builds that are images (`oci:registry.example.org/team/{service}:{build}`): a file or a folder of each is what a
 * service runs. Where the tag has `{build}` in it, builds are named after it: `ci:124`. A tag without, such as `main`,
 * moves from build to build, so a build is named after its image's digest: `ci:3f9a12bc44de`. An image is asked for once,
 * however many services are in it.
 */
export function ociSource(
  artifacts: Artifacts,
  { image }: Oci,
  place: ImagePlace,
  kindOf: SourceAccess["kindOf"],
): Source {
  const pattern = tagPattern(image, artifacts.where);
  const textFor = (service: ServiceName) => fill(image, { service });
  return {
    async builds(wanted, signal) {
      const ask = async ({ about, wanted: build }: Question): Promise<BuildsOf | undefined> => {
        const asking = { text: about, place, signal };
        const images = await (pattern === undefined
          ? namedByDigest(build, asking)
          : namedByTag(build, pattern, asking));
        if (images.length === 0) return undefined;
        return async (service) => images.map((built) => buildIn(built, service, kindOf(service), artifacts));
      };
      const builds = await askOnceEach(wanted, textFor, ask);
      return builds ?? new Map();
    },
  };
}

interface Asking {
  /** The image's text, with nothing but `{build}` left in it. */
  readonly text: string;
  readonly place: ImagePlace;
  readonly signal: AbortSignal | undefined;
}

/** Newest first. */
async function namedByTag(wanted: WantedBuild, pattern: string, asking: Asking): Promise<readonly BuiltImage[]> {
  const { text, place, signal } = asking;
  const find = async (build: string): Promise<readonly BuiltImage[]> => {
    if (!/^[\w.-]+$/.test(build)) return []; // a pin may say anything
    const found = await place.find(parseReference(fill(text, { build })), signal);
    return found === undefined ? [] : [{ ...found, build }];
  };
  if (wanted.is === "numbered") return find(wanted.number);
  const tags = await place.tags(parseReference(fill(text, { build: "0" })), signal);
  const builds = buildsIn(tags, pattern);
  const of = wanted.is === "newest" ? builds.slice(0, 1) : listed(builds);
  return (await Promise.all(of.map(find))).flat();
}

/** Newest first. Of other tags than the profile's, builds are named after the tag. */
async function namedByDigest(wanted: WantedBuild, asking: Asking): Promise<readonly BuiltImage[]> {
  const reference = parseReference(asking.text);
  if (wanted.is === "numbered") return numbered(wanted.number, reference, asking);
  const found = await asking.place.find(reference, asking.signal);
  const current = found === undefined ? [] : [{ ...found, build: shortOf(found) }];
  return wanted.is === "newest" ? current : [...current, ...(await underOtherTags(reference, asking))];
}

const shortOf = ({ digest }: FoundImage): string => digest.slice("sha256:".length).slice(0, SHORT);

async function underOtherTags(reference: ImageReference, { place, signal }: Asking) {
  const tags = otherTags(await place.tags(reference, signal), reference.tag ?? "");
  const found = tags.map(async (tag) => {
    const image = await place.find({ ...reference, tag, digest: undefined }, signal);
    return image === undefined ? [] : [{ ...image, build: tag }];
  });
  const images = (await Promise.all(found)).flat();
  return images.sort((a, b) => (b.created ?? "").localeCompare(a.created ?? ""));
}

/**
 * A build by its name: an image that was seen here under that digest, the one that the profile's tag names now, the one
 * with that tag; else whichever of the other tags has that digest, as for a colleague who took the pin from version
 * control.
 */
async function numbered(name: string, reference: ImageReference, asking: Asking): Promise<readonly BuiltImage[]> {
  const { place, signal } = asking;
  const isDigest = new RegExp(`^[0-9a-f]{${SHORT}}$`).test(name);
  const [seen] = isDigest ? await place.seen(name) : [];
  const known = seen === undefined ? undefined : { ...reference, tag: undefined, digest: seen };
  const candidates = [known, ...(isDigest ? [reference] : []), tagged(name, reference)];
  for (const candidate of candidates) {
    const found = candidate && (await place.find(candidate, signal));
    if (found && (candidate !== reference || shortOf(found) === name)) return [{ ...found, build: name }];
  }
  if (!isDigest) return [];
  const others = await underOtherTags(reference, asking);
  return others
    .filter((image) => shortOf(image) === name)
    .slice(0, 1)
    .map((image) => ({ ...image, build: name }));
}

const tagged = (tag: string, reference: ImageReference): ImageReference | undefined =>
  /^\w[\w.-]{0,127}$/.test(tag) ? { ...reference, tag, digest: undefined } : undefined;
