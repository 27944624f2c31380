import type { Position } from "./failure.ts";
import type { ServiceName } from "./names.ts";

/** `x-devenv.secrets`: a file of KEY=VALUE lines, or a command (run by `sh` in the workspace) that prints them. */
export type SecretSource = (
  | { readonly kind: "file"; readonly file: string }
  | { readonly kind: "command"; readonly command: string }
) & { readonly where?: Position | undefined };

/** A variable in the profile's text whose value the secrets file gives, or, as nothing else does, would have to give. */
export interface SecretVariable {
  readonly variable: string;
  /** Those whose definition it is in. */
  readonly services: readonly ServiceName[];
  /** Whether the file gives it. */
  readonly isSet: boolean;
  /** Where it stands first. */
  readonly where?: Position | undefined;
}

/** A secret or a config as a file of one container. */
export interface ProvidedFile {
  readonly kind: "secret" | "config";
  /** Its key at the top of the profile. */
  readonly name: string;
  /** Absolute path in the container: `/run/secrets/<name>`, `/<name>` for a config, unless the profile says another. */
  readonly target: string;
  readonly uid: number;
  readonly gid: number;
  /** Permission bits; 0o444 by default. */
  readonly mode: number;
  readonly source: ProvidedSource;
}

/**
 * Where the content comes from. Never the value of a secret itself: a profile may be printed and cached. `where` it says
 * so (the key at the top of the profile) is for those who have to tell that there is nothing.
 */
export type ProvidedSource = (
  | { readonly kind: "file"; readonly file: string }
  /** A variable of devenv's environment, else a key of the secret source. */
  | { readonly kind: "variable"; readonly variable: string }
  /** `external: true`: a key of the secret source. */
  | { readonly kind: "key"; readonly key: string }
  /** Of a config only. */
  | { readonly kind: "content"; readonly content: string }
) & { readonly where?: Position | undefined };
