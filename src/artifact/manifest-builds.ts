import type { BuildName } from "../model/artifact.ts";
import { type ServiceName, serviceName } from "../model/names.ts";
import type { Manifest, ManifestService } from "./manifest-checks.ts";
import type { CiBuild, Content, Offer } from "./source.ts";

type Contents = NonNullable<ManifestService["config"]>;

/** Where the files beside a manifest are to be had: opens one by its path relative to the manifest. */
export interface ManifestFolder {
  /** A word for it and a path in it, for people. */
  from(path: string): string;
  open: (path: string, ...request: Parameters<Content["open"]>) => ReturnType<Content["open"]>;
}

/** What a manifest says that CI built: one build a service. */
export function buildsOf(manifest: Manifest, folder: ManifestFolder): Map<ServiceName, CiBuild> {
  const builds = Object.entries(manifest.services).map(([name, entry]) => {
    const service = serviceName(name);
    return [service, buildOf(service, entry, manifest, folder)] as const;
  });
  return new Map(builds);
}

function buildOf(service: ServiceName, entry: ManifestService, manifest: Manifest, folder: ManifestFolder): CiBuild {
  return {
    service,
    name: nameOf(entry, manifest),
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
  open: (offset, signal) => folder.open(path, offset, signal),
});

/**
 * The build that made an entry, which is not the manifest's when CI builds only what changed: the entry's own `build`,
 * else the number in `builds/<number>/…`, else the manifest's.
 */
function nameOf(entry: ManifestService, manifest: Manifest): BuildName {
  const fromPath = /(?:^|\/)builds\/(\d+)\//.exec(entry.artifacts[0]?.path ?? "")?.[1];
  return `ci:${entry.build ?? fromPath ?? manifest.build}`;
}
