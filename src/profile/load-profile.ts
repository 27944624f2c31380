import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Profile } from "../model/profile.ts";
import type { ReadOptions } from "./read-options.ts";
import { readSecrets } from "./secrets.ts";

export interface LoadOptions {
  /** Absolute path of the workspace: `repo`, `repos`, `artifacts` and `secrets` are relative to it. */
  readonly workspace: string;
  /** This process's environment, as a value: where variables come from first. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The person's home folder, for `~`. */
  readonly home: string;
  /** Reads a text file; for tests, and for an editor's text that is not saved yet. */
  readonly readFile?: (file: string) => Promise<string>;
}

/**
 * Reads a profile (DESIGN section 3): a Compose file with `x-devenv`.
 * @throws Failure (class user, exit code 2) whose `problems` are all problems of the file, each with its position.
 */
export async function loadProfile(file: string, options: LoadOptions): Promise<Profile> {
  const { readProfile } = await importReader();
  return readProfile(resolve(file), worldOf(options));
}

/** yaml and zod cost 60 ms of import and first use; nobody who only asks for --help pays them. */
export const importReader = () => import("./read-profile.ts");

/** What a profile is read with: the machine itself, but for what the options bring. */
export const worldOf = (options: LoadOptions): ReadOptions => ({
  workspace: options.workspace,
  home: options.home,
  // Own keys only: a variable named `constructor` is not set.
  environment: (name) => (Object.hasOwn(options.environment, name) ? options.environment[name] : undefined),
  readFile: options.readFile ?? ((path) => readFile(path, "utf8")),
  readSecrets,
  isFolder: (path) =>
    stat(path).then(
      (facts) => facts.isDirectory(),
      () => false,
    ),
});
