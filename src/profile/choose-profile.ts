import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { type Problem, userFailure } from "../model/failure.ts";
import { didYouMean } from "../model/nearest.ts";
import type { ProfileNaming } from "../model/profile.ts";
import { composeFileVariable, findComposeFiles, isFile } from "./compose-files.ts";
import { findWorkspace, nameOfProfile, PROFILES, profileFiles, SETTINGS } from "./workspace.ts";

/** What the person said: a name or path (`devenv up books`, `-p books`), or files (`-f`, in their order). */
export interface Wanted {
  readonly name?: string | undefined;
  readonly files?: readonly string[] | undefined;
}

/** Where a command runs. */
export interface Whereabouts {
  /** Absolute path of the current folder. */
  readonly from: string;
  /** DEVENV_ROOT, COMPOSE_FILE and COMPOSE_PATH_SEPARATOR are read from it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The profile that a command means, not read yet. */
export interface ChosenProfile {
  readonly workspace: string;
  /** Absolute; the later are merged over the earlier. */
  readonly files: readonly string[];
  readonly naming: ProfileNaming;
  readonly warnings: readonly Problem[];
}

/**
 * The profile that a command means, the first of these that there is: the files of `-f`; the one that is named (a name,
 * or a path from the current folder); `profile:` of devenv.yaml; the only one in `profiles/`; the files of COMPOSE_FILE;
 * the workspace's own Compose file with its override, as `docker compose` finds it.
 *
 * COMPOSE_FILE comes so late because a variable that some other project left in a shell must not decide which cluster
 * `devenv down` ends. With `-f` or COMPOSE_FILE there may be no workspace: the first file's folder is it, then.
 * @throws Failure (class user) with the nearest names, or with all of them when none was named.
 */
export async function chooseProfile(wanted: Wanted, { from, environment }: Whereabouts): Promise<ChosenProfile> {
  const find = () => findWorkspace(from, environment.DEVENV_ROOT);
  if (wanted.files !== undefined && wanted.files.length > 0) {
    if (wanted.name !== undefined) throw namedTwice(wanted.name, wanted.files);
    const files = await Promise.all(wanted.files.map((file) => existing(resolve(from, file), "file")));
    const workspace = await find().catch((thrown: unknown) => {
      if (environment.DEVENV_ROOT) throw thrown;
      return dirname(files[0] ?? from);
    });
    return { workspace, files, naming: namingOf(files, workspace), warnings: [] };
  }
  if (wanted.name !== undefined && isPath(wanted.name)) {
    const file = await existing(resolve(from, wanted.name), "profile");
    const workspace = await find();
    return { workspace, files: [file], naming: namingOf([file], workspace), warnings: [] };
  }
  const fromVariable = await composeFileVariable(environment, from, undefined);
  const workspace = await find().catch((thrown: unknown) => {
    if (environment.DEVENV_ROOT || wanted.name !== undefined || fromVariable?.[0] === undefined) throw thrown;
    return dirname(fromVariable[0]);
  });
  const ours = await ownProfile(workspace, wanted.name);
  if (ours !== undefined) {
    return { workspace, files: [ours], naming: { by: "name", name: nameOfProfile(ours) }, warnings: [] };
  }
  return composeProfile(workspace, { from, environment });
}

/** A profile of the workspace is called by its name, however it was given. */
function namingOf(files: readonly string[], workspace: string): ProfileNaming {
  const [file = "", ...others] = files;
  const isOwn = others.length === 0 && dirname(file) === join(workspace, PROFILES) && file.endsWith(".yaml");
  return isOwn ? { by: "name", name: nameOfProfile(file) } : { by: "files", files };
}

/** One of `profiles/`; undefined when there is none at all and none is named. */
async function ownProfile(workspace: string, wanted: string | undefined): Promise<string | undefined> {
  const name = wanted ?? (await defaultProfile(workspace));
  const files = await profileFiles(workspace);
  const names = files.map(nameOfProfile);
  const list = `the profiles are ${names.join(", ")}`;
  if (name !== undefined) {
    const file = files.find((candidate) => nameOfProfile(candidate) === name);
    if (file !== undefined) return file;
    const origin = wanted === undefined ? ` (it is the profile of ${join(workspace, SETTINGS)})` : "";
    const hint = names.length === 0 ? NONE : (didYouMean(name, names) ?? list);
    throw userFailure(`there is no profile ${name} in ${join(workspace, PROFILES)}${origin}`, { hint });
  }
  const [only, ...others] = files;
  if (others.length === 0) return only;
  throw userFailure("there are several profiles, and none was named", {
    hint: `name one, or write profile: NAME in ${join(workspace, SETTINGS)}; ${list}`,
  });
}

/** The Compose files of a workspace without profiles of its own. */
async function composeProfile(workspace: string, { from, environment }: Whereabouts): Promise<ChosenProfile> {
  const named = await composeFileVariable(environment, from, workspace);
  if (named !== undefined) {
    const files = await Promise.all(named.map((file) => existing(file, "file", " (COMPOSE_FILE names it)")));
    return { workspace, files, naming: { by: "default" }, warnings: [] };
  }
  const found = await findComposeFiles(workspace);
  if (found === undefined) {
    throw userFailure(`there is no profile in ${join(workspace, PROFILES)}, and no Compose file in ${workspace}`, {
      hint: NONE,
    });
  }
  const names = found.passedOver.map((file) => basename(file)).join(", ");
  const used = found.files.map((file) => basename(file)).join(" and ");
  const message = `${names} in ${workspace} is not used: ${used} comes first`;
  const warnings = names === "" ? [] : [{ message, hint: "remove one of them, or name the files with -f" }];
  return { workspace, files: found.files, naming: { by: "default" }, warnings };
}

const NONE = "`devenv init` makes one; scripts/demo FOLDER makes a workspace to try devenv with";

const namedTwice = (name: string, files: readonly string[]) =>
  userFailure(`two profiles are named: ${name}, and -f ${files.join(" -f ")}`, { hint: "give one of them" });

const isPath = (wanted: string) => wanted.includes("/") || /\.ya?ml$/.test(wanted);

async function existing(file: string, kind: "file" | "profile", origin = ""): Promise<string> {
  if (await isFile(file)) return file;
  const isFolder = await stat(file).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
  if (isFolder)
    throw userFailure(`${file} is a folder, and a ${kind} was expected${origin}`, { hint: "name the file" });
  throw userFailure(`there is no ${kind} ${file}${origin}`, {
    hint:
      kind === "profile"
        ? "a path is taken from the current folder; a name is one of the workspace's profiles"
        : "a path is taken from the current folder",
  });
}

/** `profile:` of devenv.yaml; undefined when there is no such file or key. */
export async function defaultProfile(workspace: string): Promise<string | undefined> {
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
  const { readSettings } = await import("./settings.ts");
  return readSettings(file, text).profile;
}

/** `profile: books`; not a word that YAML takes for something else than a text. */
const PLAIN_SETTINGS = /^profile: +(?!(?:true|false|null)\b)([a-z][a-z0-9_-]*)\s*$/i;
