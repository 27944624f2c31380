import type { ArtifactKind, BuildName, Platform } from "../../model/artifact.ts";
import type { Artifacts } from "../../model/artifact-source.ts";
import type { ServiceName } from "../../model/names.ts";
import { hostPlatform } from "../platforms.ts";
import type { CiBuild, Content, Offer, Opened } from "../source.ts";
import { type Filling, fill, placeholdersIn, platformsOf, splitMember } from "../templates.ts";
import type { ImagePath } from "./image-content.ts";

/** An image that a build made, wherever it is. */
export interface BuiltImage {
  /** For people. */
  readonly from: string;
  /** What its build is called behind `ci:`. */
  readonly build: string;
  readonly created: string | undefined;
  readonly revision: string | undefined;
  /** One a platform, each known for good by its digest. */
  readonly variants: readonly { readonly platform: Platform; readonly digest: string }[];
  open(digest: string, path: ImagePath, signal?: AbortSignal): Promise<Opened>;
}

/** What of a service is in an image: its artifact once a platform, its config and its setup script. */
export function buildIn(
  image: BuiltImage,
  service: ServiceName,
  kind: ArtifactKind,
  { paths }: Pick<Artifacts, "paths">,
): CiBuild {
  const filling = { service, build: image.build, ...(image.revision && { commit: image.revision }) };
  // Config and setup are the same for every platform; where there is one of this machine's, its layers are needed anyhow.
  const { arch } = hostPlatform();
  const near = image.variants.find(({ platform }) => platform.arch === arch) ?? image.variants[0];
  const contentIn = (template: string | undefined, of: ArtifactKind) =>
    template !== undefined && near !== undefined
      ? contentOf(image, near.digest, fill(template, filling), of)
      : undefined;
  return {
    service,
    name: `ci:${image.build}` satisfies BuildName,
    commit: image.revision,
    at: image.created,
    artifacts: paths.code === undefined ? [] : offersOf(image, paths.code, kind, filling),
    config: contentIn(paths.config, "tree"),
    setup: contentIn(paths.setup, "file"),
  };
}

/** An image is for its platform; one that is made for one alone may hold files for many, each under its own name. */
function offersOf(image: BuiltImage, template: string, kind: ArtifactKind, filling: Filling): readonly Offer[] {
  const offer = (digest: string, platform: Platform) => ({
    platform,
    content: contentOf(image, digest, fill(template, { ...filling, ...platform }), kind),
  });
  const [only, ...more] = image.variants;
  if (only !== undefined && more.length === 0 && placeholdersIn(template).has("arch")) {
    return platformsOf(template).flatMap((platform) => (platform ? offer(only.digest, platform) : []));
  }
  return image.variants.map(({ platform, digest }) => offer(digest, platform));
}

function contentOf(image: BuiltImage, digest: string, path: string, kind: ArtifactKind): Content {
  const { file, packing, member } = splitMember(path);
  // A folder is given as a tar. Of an archive in the image it is the archive, as it is.
  const isFolder = kind === "tree" && packing === "none";
  const from = `${image.from}, ${file}`;
  return {
    from,
    key: `oci:${digest} ${file}`,
    kind,
    packing: isFolder ? "tar" : packing,
    member,
    checksum: undefined,
    size: undefined,
    open: (_offset, signal) => image.open(digest, { path: file, kind: isFolder ? "tree" : "file", from }, signal),
  };
}
