import type { Lookup } from "./interpolate.ts";
import type { Secrets } from "./secrets.ts";

/** Everything of the world that a profile's meaning depends on, besides its own text. */
export interface ReadOptions {
  /** Absolute path of the workspace: `repo`, `repos`, `artifacts` and `secrets` are relative to it. */
  readonly workspace: string;
  /** The person's home folder, for `~`. */
  readonly home: string;
  /** This process's environment: where variables come from first. */
  readonly environment: Lookup;
  /** Reads a text file; rejects with Node's own errors. */
  readonly readFile: (file: string) => Promise<string>;
  readonly readSecrets: (file: string) => Promise<Secrets>;
  readonly isFolder: (path: string) => Promise<boolean>;
}
