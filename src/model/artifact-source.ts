import type { Position } from "./failure.ts";

/**
 * Where CI's builds come from (`x-devenv.artifacts.source`). In texts, `{service}`, `{build}`, `{os}`, `{arch}` and
 * `{commit}` stand for what is asked for; which of them a text may have, its kind says.
 */
export type ArtifactSource =
  /** A folder of this machine that holds `manifest.json`. */
  | { readonly kind: "file"; readonly folder: string }
  /** The same layout behind HTTP; `url` is the folder's, with a slash at its end. `http:` is taken as well. */
  | { readonly kind: "https"; readonly url: string }
  /** `url` is a job's, `{service}` in it where each has its own. `build` is a number or `lastSuccessfulBuild`. */
  | { readonly kind: "jenkins"; readonly url: string; readonly build: string }
  /** `repository` is `owner/name`, `{service}` in it where each has its own; `api` is the REST API's address. */
  | {
      readonly kind: "github";
      readonly api: string;
      readonly repository: string;
      /** Assets of a release, or the artifacts of a workflow's newest successful run on a branch. */
      readonly from:
        | { readonly is: "release" }
        | { readonly is: "workflow"; readonly workflow: string; readonly branch: string | undefined };
    }
  /** An image's reference, `{service}` and `{build}` in it; from its registry, or out of the daemon that has it. */
  | { readonly kind: "oci"; readonly image: string; readonly from: "registry" | "daemon" };

/** Where a service's contents lie in a source without a manifest: paths with the same placeholders as the source. */
export interface ArtifactPaths {
  /** Its artifact: a file, an archive, or with `#path` after an archive's name one file or folder in it. */
  readonly code: string | undefined;
  /** Its `container/etc`: an archive, or a folder in one. */
  readonly config: string | undefined;
  /** Its `container/bin/pre_setup.sh`. */
  readonly setup: string | undefined;
}

/**
 * `checksum`: nothing is taken without one. `exists`: the name says it all, as each build has its own; none is asked
 * for. Undefined: a checksum is used where the source gives one.
 */
export type ArtifactPolicy = "checksum" | "exists";

/** `x-devenv.artifacts`, or `x-devenv.ci` of a service: complete, every default in, every path absolute. */
export interface Artifacts {
  readonly source: ArtifactSource;
  readonly paths: ArtifactPaths;
  readonly policy: ArtifactPolicy | undefined;
  /** Names of variables, looked up like those of secrets: in the environment, the source of secrets, `.env`. */
  readonly credentials: ArtifactCredentials | undefined;
  /** Absolute path of a PEM file of authorities that are believed besides the system's. */
  readonly ca: string | undefined;
  /** How many downloads at once, at most. */
  readonly jobs: number;
  /** How often `devenv watch` asks for newer builds, in milliseconds; 0 is never. */
  readonly everyMs: number;
  /** Where the profile says it: for messages. */
  readonly where?: Position | undefined;
}

/** With a `user` it is basic authentication, else the token is a bearer's. */
export interface ArtifactCredentials {
  readonly user: string | undefined;
  readonly token: string;
}

/** How many downloads at once unless the profile says otherwise. */
export const DOWNLOADS_AT_ONCE = 8;

/** How often `devenv watch` asks CI unless the profile says otherwise: once a minute. */
export const ASK_CI_EVERY_MS = 60_000;

/** A source that needs no more words than itself. */
export const plainArtifacts = (source: ArtifactSource): Artifacts => ({
  source,
  paths: { code: undefined, config: undefined, setup: undefined },
  policy: undefined,
  credentials: undefined,
  ca: undefined,
  jobs: DOWNLOADS_AT_ONCE,
  everyMs: ASK_CI_EVERY_MS,
});
