import { open, stat } from "node:fs/promises";
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
  /** Is told the secrets as soon as they are read: what fails after that must not show them either. */
  readonly onSecrets?: (values: readonly string[]) => void;
}

/**
 * Reads a profile (DESIGN section 3): a Compose file with `x-devenv`, or several, the later merged over the earlier by
 * the rules of the Compose specification. Relative paths and `.env` are those of the first one's folder.
 * @throws Failure (class user, exit code 2) whose `problems` are all problems of all files, each with its position.
 */
export async function loadProfile(files: string | readonly string[], options: LoadOptions): Promise<Profile> {
  const { readProfile } = await importReader();
  return readProfile(absolute(files), worldOf(options));
}

/** One file, or several in their order, as absolute paths. */
export const absolute = (files: string | readonly string[]): readonly string[] =>
  (typeof files === "string" ? [files] : files).map((file) => resolve(file));

/** yaml and zod cost 60 ms of import and first use; nobody who only asks for --help pays them. */
export const importReader = () => import("./read-profile.ts");

/** What a profile is read with: the machine itself, but for what the options bring. */
export const worldOf = (options: LoadOptions): ReadOptions => ({
  workspace: options.workspace,
  home: options.home,
  // Own keys only: a variable named `constructor` is not set.
  environment: (name) => (Object.hasOwn(options.environment, name) ? options.environment[name] : undefined),
  readFile: options.readFile ?? readText,
  readSecrets: async (file) => {
    const secrets = await readSecrets(file);
    if ("values" in secrets) options.onSecrets?.(Object.values(secrets.values));
    return secrets;
  },
  isFolder: (path) =>
    stat(path).then(
      (facts) => facts.isDirectory(),
      () => false,
    ),
});

/** More is no text of a profile; and a device like /dev/zero never ends. */
const LARGEST_BYTES = 20_000_000;

/** Rejects with Node's own errors. */
async function readText(path: string): Promise<string> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    if (size > LARGEST_BYTES) throw tooLarge(path);
    // Files of /proc and /dev have no size.
    if (size > 0) return await file.readFile("utf8");
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of file.createReadStream({ autoClose: false })) {
      chunks.push(chunk as Buffer);
      length += (chunk as Buffer).length;
      if (length > LARGEST_BYTES) throw tooLarge(path);
    }
    return Buffer.concat(chunks).toString("utf8");
  } finally {
    await file.close();
  }
}

const tooLarge = (path: string) => Object.assign(new Error(`${path} is too large`), { code: "EFBIG" });
