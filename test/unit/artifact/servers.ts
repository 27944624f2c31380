import { expect } from "vitest";
import { openSource } from "../../../src/artifact/open-source.ts";
import type { CiBuild, Content, Source, WantedBuild } from "../../../src/artifact/source.ts";
import type { ArtifactKind } from "../../../src/model/artifact.ts";
import { type ArtifactSource, type Artifacts, plainArtifacts } from "../../../src/model/artifact-source.ts";
import type { Failure } from "../../../src/model/failure.ts";
import { serviceName } from "../../../src/model/names.ts";

export interface Opening extends Partial<Omit<Artifacts, "paths" | "source">> {
  readonly source: ArtifactSource;
  readonly paths: Partial<Artifacts["paths"]>;
  readonly cacheFolder: string;
  /** Values of the variables that credentials name. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Services whose artifact is a tree. */
  readonly trees?: readonly string[];
}

/** A source as a flow opens it, for a profile with those words. */
export function open({ cacheFolder, variables = {}, trees = [], ...words }: Opening): Promise<Source> {
  const plain = plainArtifacts(words.source);
  const artifacts: Artifacts = { ...plain, ...words, paths: { ...plain.paths, ...words.paths } };
  return openSource(artifacts, {
    cacheFolder,
    environment: {},
    credential: async (name) => variables[name] ?? expect.unreachable(`${name} is not set`),
    kindOf: (service): ArtifactKind => (trees.includes(service) ? "tree" : "file"),
    get docker() {
      return expect.unreachable("nothing of Docker is asked for");
    },
  });
}

export const NEWEST: WantedBuild = { is: "newest" };
export const ALL: WantedBuild = { is: "all" };
export const numbered = (number: string): WantedBuild => ({ is: "numbered", number });

/** The builds of services, by their names. */
export async function ask(
  source: Source,
  wanted: Readonly<Record<string, WantedBuild>>,
): Promise<Readonly<Record<string, readonly CiBuild[]>>> {
  const builds = await source.builds(new Map(Object.entries(wanted).map(([name, each]) => [serviceName(name), each])));
  return Object.fromEntries(builds);
}

/** The newest build of `books`. */
export async function newest(source: Source): Promise<CiBuild> {
  const [build] = (await ask(source, { books: NEWEST })).books ?? [];
  return build ?? expect.unreachable("there is no build");
}

/** What the newest build of `books` offers for a platform. */
export async function newestCode(source: Source, platform = "linux/amd64"): Promise<Content> {
  const offers = (await newest(source)).artifacts;
  const offer = offers.find(({ platform: each }) => (each ? `${each.os}/${each.arch}` : "any") === platform);
  return offer?.content ?? expect.unreachable(`there is nothing for ${platform}`);
}

export const failureOf = (asked: Promise<unknown>): Promise<Failure> =>
  asked.then(
    () => expect.unreachable("it went well"),
    (thrown) => thrown,
  );
