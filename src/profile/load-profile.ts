import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Profile } from "../model/profile.ts";
import type { ReadOptions } from "./read-options.ts";

/** `readFile` is the file system's unless a test, or an editor with text that is not saved yet, brings its own. */
export type LoadOptions = Omit<ReadOptions, "readFile"> & Partial<Pick<ReadOptions, "readFile">>;

/**
 * Reads a profile (DESIGN section 3): a Compose file with `x-devenv`.
 * @throws Failure (class user, exit code 2) whose `problems` are all problems of the file, each with its position.
 */
export async function loadProfile(file: string, options: LoadOptions): Promise<Profile> {
  // yaml and zod cost 60 ms of import; nobody who only asks for --help pays them.
  const { readProfile } = await import("./read-profile.ts");
  return readProfile(resolve(file), { readFile: (path) => readFile(path, "utf8"), ...options });
}
