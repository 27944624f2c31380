/** What a profile is read with. */
export interface ReadOptions {
  /** Absolute path of the workspace: `repo`, `repos`, `artifacts` and `secrets` are relative to it. */
  readonly workspace: string;
  /** This process's environment, as a value: where variables come from first. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The person's home folder, for `~`. */
  readonly home: string;
  /** Reads a text file; rejects with Node's own errors. */
  readonly readFile: (file: string) => Promise<string>;
}
