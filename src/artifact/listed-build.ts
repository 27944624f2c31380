import type { ArtifactKind, Packing } from "../model/artifact.ts";
import type { Artifacts } from "../model/artifact-source.ts";
import { type Failure, userFailure } from "../model/failure.ts";
import type { CiBuild, Content, Offer } from "./source.ts";
import {
  type ContentPath,
  type Filling,
  fill,
  matchName,
  placeholdersIn,
  platformsOf,
  splitMember,
} from "./templates.ts";

/** One of the things that a server lists of a build: an artifact of Jenkins, an asset of a release. */
export interface Listed {
  /** What the paths of the profile are compared with. */
  readonly name: string;
  content(part: Part): Promise<Content>;
}

/** What of it is meant. */
export type Part = Pick<Content, "kind" | "packing" | "member">;

/** What of a service is looked for among the things that a server lists. */
export interface Looking {
  readonly artifacts: Pick<Artifacts, "paths" | "where">;
  /** What the service's artifact is. */
  readonly kind: ArtifactKind;
  /** What stands for the placeholders; the platform is read from the names. */
  readonly filling: Filling;
  /** How a thing is packed, where its name is not all that says it. */
  packing?(path: ContentPath): Packing;
}

/**
 * The contents of one build: its artifact once a platform, its config and its setup script, where the profile says where
 * they lie and they are there.
 * @throws Failure (exit code 2) when a path names a plain file where a folder belongs, or something in a plain file.
 */
export async function contentsOf(
  listed: readonly Listed[],
  looking: Looking,
): Promise<Pick<CiBuild, "artifacts" | "config" | "setup">> {
  const { code, config, setup } = looking.artifacts.paths;
  const [artifacts, configs, setups] = await Promise.all([
    offersOf(listed, code, looking.kind, looking),
    offersOf(listed, config, "tree", looking),
    offersOf(listed, setup, "file", looking),
  ]);
  return { artifacts, config: configs[0]?.content, setup: setups[0]?.content };
}

async function offersOf(
  listed: readonly Listed[],
  template: string | undefined,
  kind: ArtifactKind,
  looking: Looking,
): Promise<readonly Offer[]> {
  if (template === undefined) return [];
  const path = splitMember(template);
  const packing = looking.packing?.(path) ?? path.packing;
  const offers = listed.flatMap((each) => {
    const found = matchName(path.file, each.name, looking.filling);
    if (found === undefined) return [];
    if (packing === "none" && (kind === "tree" || path.member !== undefined)) {
      throw notArchive(template, kind, looking.artifacts);
    }
    return platformsIn(path, found.platform).map(async (platform): Promise<Offer> => {
      const member = path.member && fill(path.member, { os: "linux", ...looking.filling, ...platform });
      return { platform, content: await each.content({ kind, packing, member }) };
    });
  });
  return onePerPlatform(await Promise.all(offers));
}

/** One archive may hold what is for every platform, each in a folder that bears its name. */
function platformsIn({ member = "" }: ContentPath, platform: Offer["platform"]): readonly Offer["platform"][] {
  return platform === undefined && placeholdersIn(member).has("arch") ? platformsOf(member) : [platform];
}

/** Of two names for one platform (`linux-amd64`, `linux-x86_64`) the first is as good. */
function onePerPlatform(offers: readonly Offer[]): readonly Offer[] {
  const name = ({ platform }: Offer) => `${platform?.os}/${platform?.arch}`;
  return offers.filter((offer, index) => offers.findIndex((each) => name(each) === name(offer)) === index);
}

const notArchive = (template: string, kind: ArtifactKind, { where }: Looking["artifacts"]): Failure =>
  userFailure(`${template} names no archive${kind === "tree" ? ", and a folder comes in one" : " before its #"}`, {
    where,
    hint: "name a .tar, .tar.gz, .tar.zst or .zip, or a folder in one: dist.tar.gz#etc",
  });
