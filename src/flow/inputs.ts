import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { cargoInputs } from "../artifact/cargo-inputs.ts";
import { configFolder, isConfigOf } from "../artifact/config.ts";
import { GO_ENDINGS, goInputs, passedOverByGo } from "../artifact/go-inputs.ts";
import { allOf, type Sources, treeSources, watchedOf } from "../artifact/sources.ts";
import { askWhatIsIgnored } from "../host/git/ignored.ts";
import type { Platform } from "../model/artifact.ts";
import type { Service } from "../model/profile.ts";
import type { FileSet, Inputs } from "../swap/route.ts";
import { ignoredByFiles, ignoredByProfile, type LeftOut } from "../watch/ignore.ts";
import type { Machine } from "./machine.ts";

/** A service that has a work tree: its code comes from there, or at least its config. */
export type Swappable = Service & { readonly repo: string };

export const isSwappable = (service: Service): service is Swappable => service.repo !== undefined;

/** What a service is made of. */
export interface Learnt {
  /** What is watched. */
  readonly inputs: Inputs;
  /** What its artifact is made of; undefined where it has none of ours. */
  readonly sources: Sources | undefined;
  /** When it was asked, on the clock that never jumps. */
  readonly askedMs: number;
}

/**
 * What a service is made of: a `go` build knows it exactly, from the package graph; a `cargo` build knows its packages;
 * of any other all that is known is its repository, less what is ignored. One that is not built has its config.
 * @throws Failure as the tool that is asked.
 */
export async function learnInputs(service: Swappable, platform: Platform, machine: Machine): Promise<Learnt> {
  const { name, repo, build } = service;
  const askedMs = machine.clock.monotonic();
  const config = configFolder(repo);
  const byProfile = service.ignore && ignoredByProfile(repo, service.ignore);
  if (build === undefined) {
    return {
      inputs: { service: name, folders: [], trees: [config], files: [], leftOut: byProfile },
      sources: undefined,
      askedMs,
    };
  }
  const [sources, leftOut] = await Promise.all([
    sourcesOf(service, platform, machine),
    build.kind === "go" ? byProfile : ignoredOf(service, machine),
  ]);
  const watched = watchedOf(sources);
  return { inputs: { service: name, ...watched, trees: [...watched.trees, config], leftOut }, sources, askedMs };
}

async function sourcesOf({ repo, build }: Swappable, platform: Platform, machine: Machine): Promise<Sources> {
  const { processes, environment, signal } = machine;
  switch (build?.kind) {
    case "go":
      return goInputs(repo, build, { processes, platform, signal });
    case "cargo":
      return cargoInputs(repo, build, { processes, environment, signal });
    default:
      return treeSources([repo]);
  }
}

/**
 * What is no part of a service that is built from a whole folder. Its config is delivered whatever ignore files say; what
 * a script makes is not what it is made of.
 */
export async function ignoredOf({ repo, build, ignore = [] }: Swappable, machine: Machine): Promise<LeftOut> {
  const { processes, environment, signal } = machine;
  const byFiles = ignoredByFiles(repo, await askWhatIsIgnored(repo, { processes, environment, signal }));
  const output = build?.kind === "node" ? join(repo, build.output) : build?.kind === "cargo" && join(repo, "target");
  return ignoredByProfile(repo, ignore, (path, is) => {
    if (output && (path === output || path.startsWith(`${output}/`))) return "the build makes it";
    return isConfigOf(repo, path) ? undefined : byFiles(path, is);
  });
}

/** The files whose content decides what a build gives. */
export const filesOf = (sources: Sources, leftOut: LeftOut | undefined): FileSet =>
  allOf(sources, sources.endings === undefined ? leftOut : passedOverByGo(sources));

/** What is watched of a service that Go cannot list yet: where the reason is likely to be mended. */
export function assumedInputs({ name, repo, build }: Swappable): Inputs {
  const trees = [configFolder(repo)];
  if (build?.kind !== "go") return { service: name, folders: [], trees: build ? [repo] : trees, files: [] };
  const files = ["go.mod", "go.sum", "go.work"].map((file) => join(repo, file));
  return { service: name, folders: build.packages.map((each) => join(repo, each)), trees, files, endings: GO_ENDINGS };
}

/** The files right in these folders that were written at or after a moment, in milliseconds since the epoch. */
export async function writtenSince(folders: readonly string[], ms: number): Promise<string[]> {
  const entries = await Promise.all(
    folders.map(async (folder) => (await readdir(folder).catch(() => [])).map((name) => join(folder, name))),
  );
  const written = entries.flat().map(async (path) => {
    const facts = await stat(path).catch(() => undefined);
    return facts?.isFile() && facts.mtimeMs >= ms ? [path] : [];
  });
  return (await Promise.all(written)).flat();
}
