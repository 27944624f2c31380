import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { userFailure } from "../model/failure.ts";
import { findComposeFiles, isFile } from "./compose-files.ts";

/** The settings file that marks a workspace, and the folder of profiles that does so, too. */
export const SETTINGS = "devenv.yaml";
export const PROFILES = "profiles";

/** What a profile may be called: its file's name is also the cluster's, unless it says another. */
export const PROFILE_NAME = /^[a-z0-9][a-z0-9_-]*$/;

/** The schema that the first line of a profile names, so that editors complete and check it. */
export const schemaFile = (workspace: string): string => join(workspace, ".devenv", "schema.json");

/** A profile that a command can mean. */
export interface ProfileEntry {
  readonly name: string;
  /** Absolute path. */
  readonly file: string;
  /** The first line of the comment at the file's top; undefined when there is none. */
  readonly description: string | undefined;
}

/**
 * Finds the workspace's folder: `root` (the value of DEVENV_ROOT) when it is set, else the first folder upwards from
 * `from` that holds a file `devenv.yaml` or a folder `profiles/` with a *.yaml in it; where there is none, the first one
 * with a Compose file by one of Compose's names. In this order, because a repository's own Compose file must not hide
 * the workspace that the repository is in.
 * @throws Failure (class user) that says what marks a workspace and how to make one.
 */
export async function findWorkspace(from: string, root?: string | undefined): Promise<string> {
  if (root) {
    const folder = resolve(from, root);
    if ((await isWorkspace(folder)) || (await hasComposeFile(folder))) return folder;
    throw userFailure(`DEVENV_ROOT is ${root}, which is no workspace: ${MARK}`, { hint: "correct it, or unset it" });
  }
  const found = (await markedWorkspace(from)) ?? (await firstUpwards(from, hasComposeFile));
  if (found !== undefined) return found;
  const hint = "`devenv init` makes this folder one; else go to your workspace, or name it in DEVENV_ROOT";
  throw userFailure(`${resolve(from)} is not inside of a workspace: ${MARK}`, { hint });
}

/** The first folder upwards that is marked as a workspace, by more than a Compose file. */
export const markedWorkspace = (from: string): Promise<string | undefined> => firstUpwards(from, isWorkspace);

const MARK = `it has neither a file ${SETTINGS}, a folder ${PROFILES} with a *.yaml in it nor a Compose file, nor has a folder above`;

async function firstUpwards(from: string, fits: (folder: string) => Promise<boolean>): Promise<string | undefined> {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (await fits(folder)) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

const isWorkspace = async (folder: string): Promise<boolean> =>
  (await isFile(join(folder, SETTINGS))) || (await profileFiles(folder)).length > 0;

/** Whether a command could run a cluster there, or could if what it finds were right. */
export const hasProfiles = async (workspace: string): Promise<boolean> =>
  (await profileFiles(workspace)).length > 0 || (await hasComposeFile(workspace));

const hasComposeFile = async (folder: string): Promise<boolean> => (await findComposeFiles(folder)) !== undefined;

/** Absolute paths of the workspace's profiles, by name. */
export async function profileFiles(workspace: string): Promise<string[]> {
  const folder = join(workspace, PROFILES);
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => !entry.isDirectory() && entry.name.endsWith(".yaml"));
  return files.map((entry) => join(folder, entry.name)).sort();
}

/** The workspace's profiles, by name. */
export async function listProfiles(workspace: string): Promise<ProfileEntry[]> {
  const files = await profileFiles(workspace);
  return Promise.all(
    files.map(async (file) => ({ name: nameOfProfile(file), file, description: await describe(file) })),
  );
}

/** What a profile is called on a command line: its file's name without the ending. */
export const nameOfProfile = (file: string): string => basename(file, extname(file));

/** An unreadable profile has no description; what is wrong with it is said when it is used. */
async function describe(file: string): Promise<string | undefined> {
  const lines = (await readFile(file, "utf8").catch(() => "")).split("\n");
  for (const line of lines) {
    if (line.trim() !== "" && !line.startsWith("#")) return undefined;
    const words = line.replace(/^#+/, "").trim();
    // The comment by which an editor finds the schema describes nothing.
    if (words !== "" && !words.startsWith("yaml-language-server:")) return words;
  }
  return undefined;
}
