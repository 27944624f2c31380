import { createHash } from "node:crypto";
import type { ArtifactKind, Platform } from "../model/artifact.ts";
import type { ArtifactDigest, ServiceName } from "../model/names.ts";
import type { History, Manifest, ManifestService } from "./manifest-checks.ts";

/** A service as it was built for publishing: everything by content, in a store. */
export interface BuiltService {
  readonly service: ServiceName;
  /** What was checked out. */
  readonly commit: string;
  /** The work tree had changes that the commit has not. */
  readonly isDirty: boolean;
  /** One a platform; none of a service that runs its image's own program. */
  readonly artifacts: readonly BuiltArtifact[];
  /** Its `container/etc`. */
  readonly config: ArtifactDigest | undefined;
  /** Its `container/bin/pre_setup.sh`. */
  readonly setup: ArtifactDigest | undefined;
}

export interface BuiltArtifact {
  /** Undefined when it runs anywhere. */
  readonly platform: Platform | undefined;
  readonly kind: ArtifactKind;
  readonly digest: ArtifactDigest;
}

/** How many builds of a service `history.json` names. */
const REMEMBERED = 50;

type Parts = Pick<ManifestService, "artifacts" | "config" | "setup">;

/**
 * What a build is, whatever its number: the SHA-256 of its parts' SHA-256s, a line each in a fixed order. Two builds of
 * the same content have the same one.
 */
export const contentId = ({ artifacts, config, setup }: Parts): string =>
  sha256([
    ...artifacts.map(({ os, arch, kind, sha256: digest }) => `${os}/${arch} ${kind} ${digest}`).sort(),
    ...(config === undefined ? [] : [`config ${config.sha256}`]),
    ...(setup === undefined ? [] : [`setup ${setup.sha256}`]),
  ]);

const sha256 = (lines: readonly string[]): string =>
  createHash("sha256")
    .update(lines.map((line) => `${line}\n`).join(""))
    .digest("hex");

/** Whether what was built is published already. Platforms that it was not built for this time may be there besides. */
export function isPublished({ artifacts, config, setup }: BuiltService, entry: ManifestService | undefined): boolean {
  if (entry === undefined || entry.config?.sha256 !== config || entry.setup?.sha256 !== setup) return false;
  const has = ({ platform, kind, digest }: BuiltArtifact) =>
    entry.artifacts.some(
      ({ os, arch, ...its }) =>
        `${os}/${arch}` === platformName(platform) && its.kind === kind && its.sha256 === digest,
    );
  return artifacts.every(has) && (artifacts.length > 0 || entry.artifacts.length === 0);
}

/** `linux/amd64`, or `any/any`. */
const platformName = ({ os, arch }: Platform = ANY): string => `${os}/${arch}`;
export const ANY: Platform = { os: "any", arch: "any" };

/** The platforms that something of a manifest was built for. */
export function platformsOf(manifest: Manifest | undefined): Platform[] {
  const found = Object.values(manifest?.services ?? {}).flatMap(({ artifacts }) => artifacts);
  const names = new Map(found.filter(({ os }) => os !== "any").map(({ os, arch }) => [`${os}/${arch}`, { os, arch }]));
  return [...names.values()];
}

/** The manifest of the next build: entries that are new, and those of the last that are not built anew. */
export function nextManifest(
  last: Manifest | undefined,
  fresh: Readonly<Record<string, ManifestService>>,
  build: number,
  at: string,
): Manifest & { readonly id: string; readonly createdAt: string } {
  const all = Object.entries({ ...last?.services, ...fresh }).sort(([a], [b]) => (a < b ? -1 : 1));
  const id = sha256(all.map(([service, entry]) => `${service} ${entry.id ?? contentId(entry)}`));
  return { version: 1, build, id, createdAt: at, services: Object.fromEntries(all) };
}

/** The history with what a manifest's own build made, newest first. Doing it twice changes nothing. */
export function nextHistory(history: History | undefined, { build, services }: Manifest): History {
  const made = Object.entries(services).filter(([, entry]) => entry.build === build);
  const changed = made.map(([service, entry]) => {
    const before = (history?.services[service] ?? []).filter((each) => each.build !== build);
    return [service, [{ ...entry, build }, ...before].slice(0, REMEMBERED)] as const;
  });
  return { version: 1, services: { ...history?.services, ...Object.fromEntries(changed) } };
}

/** Where contents lie that are published already, by digest. */
export function publishedParts(
  manifest: Manifest | undefined,
  history: History | undefined,
): ReadonlyMap<string, { readonly path: string; readonly size: number }> {
  const entries = [...Object.values(history?.services ?? {}).flat(), ...Object.values(manifest?.services ?? {})];
  const parts = entries.flatMap(({ artifacts, config, setup }) => [...artifacts, config ?? [], setup ?? []].flat());
  return new Map(parts.map(({ sha256: digest, path, size }) => [digest, { path, size }]));
}
