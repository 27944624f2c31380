import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { userFailure } from "../model/failure.ts";
import { didYouMean } from "../model/nearest.ts";

/** The settings file that marks a workspace, and the folder of profiles that does so, too. */
const SETTINGS = "devenv.yaml";
const PROFILES = "profiles";

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
 * `from` that holds a file `devenv.yaml` or a folder `profiles/` with a *.yaml in it.
 * @throws Failure (class user) that says what marks a workspace and how to make one.
 */
export async function findWorkspace(from: string, root?: string | undefined): Promise<string> {
  if (root) {
    const folder = resolve(from, root);
    if (await isWorkspace(folder)) return folder;
    throw userFailure(`DEVENV_ROOT is ${root}, which is no workspace: ${MARK}`, { hint: "correct it, or unset it" });
  }
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (await isWorkspace(folder)) return folder;
    if (dirname(folder) !== folder) continue;
    const hint = "go to your workspace or name it in DEVENV_ROOT; scripts/demo FOLDER makes one to try devenv with";
    throw userFailure(`${resolve(from)} is not inside of a workspace: ${MARK}`, { hint });
  }
}

const MARK = `it has neither a file ${SETTINGS} nor a folder ${PROFILES} with a *.yaml in it, nor has a folder above`;

async function isWorkspace(folder: string): Promise<boolean> {
  const isMarked = await stat(join(folder, SETTINGS)).then(
    (facts) => facts.isFile(),
    () => false,
  );
  return isMarked || (await profileFiles(folder)).length > 0;
}

async function profileFiles(workspace: string): Promise<string[]> {
  const folder = join(workspace, PROFILES);
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => !entry.isDirectory() && entry.name.endsWith(".yaml"));
  return files.map((entry) => join(folder, entry.name)).sort();
}

/** The workspace's profiles, by name. */
export async function listProfiles(workspace: string): Promise<ProfileEntry[]> {
  const files = await profileFiles(workspace);
  return Promise.all(files.map(async (file) => ({ name: nameOf(file), file, description: await describe(file) })));
}

const nameOf = (file: string) => basename(file, extname(file));

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

/**
 * The file of the profile that a command means: the one it names (a name, or a path from the folder `from`), else
 * `profile:` of devenv.yaml, else the only one there is.
 * @throws Failure (class user) with the nearest names, or with all of them when none was named.
 */
export async function chooseProfile(workspace: string, from: string, wanted?: string | undefined): Promise<string> {
  if (wanted !== undefined && isPath(wanted)) return existing(resolve(from, wanted));
  const name = wanted ?? (await defaultProfile(workspace));
  const files = await profileFiles(workspace);
  const names = files.map(nameOf);
  const list = `the profiles are ${names.join(", ")}`;
  if (name !== undefined) {
    const file = files.find((candidate) => nameOf(candidate) === name);
    if (file !== undefined) return file;
    const origin = wanted === undefined ? ` (it is the profile of ${join(workspace, SETTINGS)})` : "";
    const hint = names.length === 0 ? NONE : (didYouMean(name, names) ?? list);
    throw userFailure(`there is no profile ${name} in ${join(workspace, PROFILES)}${origin}`, { hint });
  }
  const [only, ...others] = files;
  if (only === undefined) throw userFailure(`there is no profile in ${join(workspace, PROFILES)}`, { hint: NONE });
  if (others.length === 0) return only;
  throw userFailure("there are several profiles, and none was named", {
    hint: `name one, or write profile: NAME in ${join(workspace, SETTINGS)}; ${list}`,
  });
}

const NONE = `write a Compose file ${PROFILES}/NAME.yaml; scripts/demo FOLDER makes a workspace that has one`;

const isPath = (wanted: string) => wanted.includes("/") || /\.ya?ml$/.test(wanted);

async function existing(file: string): Promise<string> {
  const isFile = await stat(file).then(
    (facts) => facts.isFile(),
    () => false,
  );
  if (isFile) return file;
  throw userFailure(`there is no profile ${file}`, {
    hint: "a path is taken from the current folder; a name is one of the workspace's profiles",
  });
}

/** `profile:` of devenv.yaml; undefined when there is no such file or key. */
async function defaultProfile(workspace: string): Promise<string | undefined> {
  const file = join(workspace, SETTINGS);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw userFailure(`${file} cannot be read`, { cause: error, hint: "it names the profile that is used by default" });
  }
  const lines = text.split("\n").filter((line) => !/^\s*(#.*)?$/.test(line));
  if (lines.length === 0) return undefined;
  // The usual one line needs no YAML parser, whose import every command would pay.
  const plain = lines.length === 1 ? PLAIN_SETTINGS.exec(lines[0] ?? "")?.[1] : undefined;
  if (plain !== undefined) return plain;
  // What nearly every workspace's file says, without the 20 ms that reading YAML costs.
  const [, only] = /^profile: ([a-z0-9][a-z0-9_-]*)\n$/.exec(text) ?? [];
  if (only !== undefined) return only;
  const { readSettings } = await import("./settings.ts");
  return readSettings(file, text).profile;
}

/** `profile: books`; not a word that YAML takes for something else than a text. */
const PLAIN_SETTINGS = /^profile: +(?!(?:true|false|null)\b)([a-z][a-z0-9_-]*)\s*$/i;
