import type { BuildName } from "../model/artifact.ts";
import { environmentFailure, type Failure } from "../model/failure.ts";
import { type ServiceName, serviceName } from "../model/names.ts";
import { parseHistory, parseManifest } from "./manifest.ts";
import type { Manifest, ManifestService } from "./manifest-checks.ts";
import type { CiBuild, CiBuilds, Content, Offer, Source, WantedBuild } from "./source.ts";

type Contents = NonNullable<ManifestService["config"]>;

/** Where a manifest and the files beside it are to be had, each by its path relative to the folder. */
export interface ManifestFolder {
  /** The folder and a path in it as one word, for people: a path, a URL without credentials. */
  from(path: string): string;
  /** The whole text of a file; undefined when there is none. @throws Failure when it cannot be read. */
  read(path: string, signal?: AbortSignal): Promise<string | undefined>;
  /** As `Content.open`. */
  open: (path: string, ...request: Parameters<Content["open"]>) => ReturnType<Content["open"]>;
}

/** The newest build of every service. Replaced last, in one step: what it names is there. */
export const MANIFEST = "manifest.json";
/** What of each service was built before, newest first. */
export const HISTORY = "history.json";
/** What `MANIFEST` was when that build was the newest. */
export const manifestOf = (build: number | string): string => `builds/${build}/${MANIFEST}`;

/**
 * CI's builds in a folder with a manifest, wherever the folder is (docs/artifacts.md has the layout): one file is read for
 * the newest builds, one for each number that is asked for, one for all that there are.
 */
export const manifestSource = (folder: ManifestFolder): Source => ({
  async builds(wanted, signal) {
    const numbers = new Set([...wanted.values()].flatMap((build) => (build.is === "numbered" ? [build.number] : [])));
    const isAsked = (is: WantedBuild["is"]) => [...wanted.values()].some((build) => build.is === is);
    const [newest, all, ...numbered] = await Promise.all([
      isAsked("newest") ? readNewest(folder, signal) : NONE,
      isAsked("all") ? readAll(folder, signal) : NONE,
      ...[...numbers].map((number) => readNumbered(number, folder, signal)),
    ]);
    const byNumber = new Map([...numbers].map((number, index) => [number, numbered[index] ?? NONE]));
    const found = [...wanted].map(([service, build]) => {
      const builds = build.is === "numbered" ? byNumber.get(build.number) : build.is === "all" ? all : newest;
      return [service, builds?.get(service) ?? []] as const;
    });
    return new Map([...newest, ...found]);
  },
});

const NONE: CiBuilds = new Map();

async function readNewest(folder: ManifestFolder, signal: AbortSignal | undefined): Promise<CiBuilds> {
  const text = await folder.read(MANIFEST, signal);
  if (text === undefined) throw noManifest(folder.from(MANIFEST));
  return buildsOf(parseManifest(text, folder.from(MANIFEST)), folder);
}

/** What was not built anew in that build bears an earlier number, and is none of it. */
async function readNumbered(
  number: string,
  folder: ManifestFolder,
  signal: AbortSignal | undefined,
): Promise<CiBuilds> {
  if (!/^[1-9]\d*$/.test(number)) return NONE; // it would be a part of a path
  const path = manifestOf(number);
  const text = await folder.read(path, signal);
  if (text === undefined) return NONE;
  const builds = buildsOf(parseManifest(text, folder.from(path)), folder);
  return new Map([...builds].filter(([, [build]]) => build?.name === `ci:${number}`));
}

/** CI that keeps no history has its newest builds, at least. */
async function readAll(folder: ManifestFolder, signal: AbortSignal | undefined): Promise<CiBuilds> {
  const text = await folder.read(HISTORY, signal);
  if (text === undefined) return readNewest(folder, signal);
  const { services } = parseHistory(text, folder.from(HISTORY));
  const builds = Object.entries(services).map(([name, entries]) => {
    const service = serviceName(name);
    return [service, entries.map((entry) => buildOf(service, entry, `ci:${entry.build}`, folder))] as const;
  });
  return new Map(builds);
}

const noManifest = (file: string): Failure =>
  environmentFailure(`CI's builds cannot be read: there is no ${file}`, {
    hint: "let CI build once (`devenv publish` does), or correct x-devenv.artifacts.source in the profile",
  });

/** What a manifest says that CI built: one build a service. */
function buildsOf(manifest: Manifest, folder: ManifestFolder): CiBuilds {
  const builds = Object.entries(manifest.services).map(([name, entry]) => {
    const service = serviceName(name);
    return [service, [buildOf(service, entry, `ci:${numberOf(entry, manifest)}`, folder)]] as const;
  });
  return new Map(builds);
}

function buildOf(service: ServiceName, entry: ManifestService, name: BuildName, folder: ManifestFolder): CiBuild {
  return {
    service,
    name,
    commit: entry.commit,
    at: entry.at,
    artifacts: entry.artifacts.map(
      (artifact): Offer => ({
        platform: artifact.os === "any" ? undefined : { os: artifact.os, arch: artifact.arch },
        content: contentOf(artifact, artifact.kind, folder),
      }),
    ),
    config: entry.config && contentOf(entry.config, "tree", folder),
    setup: entry.setup && contentOf(entry.setup, "file", folder),
  };
}

const contentOf = ({ path, sha256, size }: Contents, kind: Content["kind"], folder: ManifestFolder): Content => ({
  from: folder.from(path),
  key: folder.from(path),
  kind,
  packing: kind === "tree" ? "tar" : "none",
  member: undefined,
  checksum: { algorithm: "sha256", hex: sha256 },
  size,
  open: (...request) => folder.open(path, ...request),
});

/**
 * The build that made an entry, which is not the manifest's when CI builds only what changed: the entry's own `build`,
 * else the number in `builds/<number>/…`, else the manifest's.
 */
export function numberOf(entry: ManifestService, manifest: Manifest): number {
  const fromPath = /(?:^|\/)builds\/(\d+)\//.exec(entry.artifacts[0]?.path ?? "")?.[1];
  return entry.build ?? Number(fromPath ?? manifest.build);
}
