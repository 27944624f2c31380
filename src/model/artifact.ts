import type { ArtifactDigest } from "./names.ts";

/** A single executable (or other file), or a folder of files (a front end). */
export type ArtifactKind = "file" | "tree";

/** How a content is packed where it comes from; `none` is the file itself. */
export const PACKINGS = ["none", "tar", "tar.gz", "tar.zst", "zip"] as const;
export type Packing = (typeof PACKINGS)[number];

export const CHECKSUM_ALGORITHMS = ["sha256", "sha1", "md5"] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];

/** What the bytes of a download must add up to: `hex` in small letters. SHA-1 and MD5 are for old servers, and weak. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly hex: string;
}

/**
 * A build's name: `ci:124` from CI, `local:3f9a12bc44de` from here (DESIGN section 2); `config:…` of a service that runs
 * its image's own program, and is given nothing but its config tree.
 */
export type BuildName = `ci:${string}` | `local:${string}` | `config:${string}`;

/** What a service runs, known by content, with the name of the build that gave it. */
export interface Artifact {
  readonly digest: ArtifactDigest;
  readonly kind: ArtifactKind;
  readonly build: BuildName;
  /** The commit it was built from, where known. */
  readonly commit?: string | undefined;
}

/** All that one swap delivers: the code and, beside it, the repository's `container/etc`, each by content. */
export interface Release {
  readonly artifact: Artifact;
  /** Digest of the config tree; absent when the repository has none. */
  readonly config?: ArtifactDigest | undefined;
}

/** The operating system and architecture that an artifact is for, in Go's words (`linux`, `amd64`). */
export interface Platform {
  readonly os: string;
  readonly arch: string;
}

/** Whether an image of that platform is for `linux/arm64` or `linux/arm64/v8`; every one is where none is wanted. */
export function isFor({ os, arch }: Platform, wanted: string | undefined): boolean {
  const [wantedOs, wantedArch] = wanted?.split("/") ?? [];
  return (wantedOs ?? os) === os && (wantedArch ?? arch) === arch;
}

export const isSameRelease = (a: Release | undefined, b: Release | undefined): boolean =>
  a?.artifact.digest === b?.artifact.digest && a?.config === b?.config;
