import { lstat, readFile, symlink } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { parseEnv } from "node:util";
import { ensureFolder, readText, writeAtomic } from "../host/files.ts";
import { userFailure } from "../model/failure.ts";
import { findComposeFiles, isFile } from "../profile/compose-files.ts";
import type { FoundProgram } from "../profile/discover/found.ts";
import type { Draft, DraftNote } from "../profile/draft/draft.ts";
import { markedWorkspace, PROFILES, profileFiles, SETTINGS, schemaFile } from "../profile/workspace.ts";
import { findRepositories } from "./find-repositories.ts";
import type { Machine } from "./machine.ts";

/** What a profile can be made of. */
export interface Survey {
  /** The folder that is, or becomes, the workspace. */
  readonly workspace: string;
  /** A name for the profile: the folder's. */
  readonly name: string;
  /** Compose files, absolute, in the order in which they are merged; empty to make it of the programs. */
  readonly composeFiles: readonly string[];
  readonly programs: readonly FoundProgram[];
}

/**
 * Looks for what a profile can be made of: the Compose files that are given, else the workspace's own, else the programs
 * in its repositories.
 * @param from absolute path of the current folder.
 * @throws Failure (class user) when there is nothing, or a given file is not there.
 */
export async function survey(from: string, given: readonly string[], machine: Machine): Promise<Survey> {
  const root = machine.environment.DEVENV_ROOT;
  const workspace = root ? resolve(from, root) : ((await markedWorkspace(from)) ?? from);
  const name = profileName(basename(workspace));
  const composeFiles =
    given.length > 0
      ? await Promise.all(given.map((file) => existing(resolve(from, file))))
      : ((await findComposeFiles(workspace))?.files ?? []);
  if (composeFiles.length > 0) return { workspace, name, composeFiles, programs: [] };
  const programs = await programsOf(workspace);
  if (programs.length > 0) return { workspace, name, composeFiles, programs };
  throw userFailure(`there is nothing in ${workspace} to make a profile of`, {
    hint: "give a Compose file with --from, or clone your repositories into it: Go, Rust and Node programs and Dockerfiles are found",
  });
}

const profileName = (folder: string): string =>
  folder
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, "-")
    .replace(/^[-_]+|-+$/g, "") || "dev";

async function existing(file: string): Promise<string> {
  if (await isFile(file)) return file;
  throw userFailure(`there is no file ${file}`, { hint: "give a Compose file with --from" });
}

/** Of every repository in the workspace, and of the workspace itself where it has none. */
async function programsOf(workspace: string): Promise<FoundProgram[]> {
  const { findPrograms } = await import("../profile/discover/programs.ts");
  const search = { workspace, named: [], roots: [], only: [], exclude: [], depth: 1 };
  const repositories = await findRepositories(search);
  const folders = repositories.map(({ path }) => path);
  const below = folders.filter((folder) => folder !== workspace);
  return (await Promise.all((below.length > 0 ? below : [workspace]).map((folder) => findPrograms(folder)))).flat();
}

/** What is made of a survey. */
export interface Wish {
  readonly name: string;
  /** Of the survey's; not asked for with Compose files. */
  readonly programs: readonly FoundProgram[];
}

/**
 * The profile as it would be written: it loads without problems.
 * @throws Failure (class user) when the Compose files are no YAML, or nothing of them can be kept.
 */
export async function draftProfile({ workspace, composeFiles }: Survey, wish: Wish, machine: Machine): Promise<Draft> {
  const profile = join(workspace, PROFILES, `${wish.name}.yaml`);
  const draft =
    composeFiles.length > 0
      ? await draftOfCompose(workspace, composeFiles, profile, machine)
      : await draftOfPrograms(workspace, wish.programs, profile, machine);
  const { repairDraft } = await import("../profile/draft/repair.ts");
  const { environment, machine: computer } = machine;
  return repairDraft(draft, { workspace, environment, home: computer.home });
}

async function draftOfCompose(
  workspace: string,
  files: readonly string[],
  profile: string,
  { environment }: Machine,
): Promise<Draft> {
  const [{ draftFromCompose }, { unsetVariables }] = await Promise.all([
    import("../profile/draft/from-compose.ts"),
    import("../profile/draft/unset-variables.ts"),
  ]);
  const sources = await Promise.all(files.map(async (file) => ({ file, text: await readFile(file, "utf8") })));
  const variables = join(dirname(files[0] ?? workspace), ".env");
  const written = await readText(variables);
  const values = { ...parseEnv(written ?? ""), ...environment };
  const unset = unsetVariables(
    sources.map(({ text }) => text),
    (name) => Object.hasOwn(values, name),
  );
  const draft = draftFromCompose({
    profile,
    workspace,
    sources,
    variables: written === undefined ? undefined : variables,
  });
  return { ...draft, notes: [...draft.notes, ...unsetNote(unset, variables)] };
}

function unsetNote(names: readonly string[], file: string): DraftNote[] {
  if (names.length === 0) return [];
  const [are, them] = names.length === 1 ? ["is", "it"] : ["are", "them"];
  const what = `${names.join(", ")} ${are} not set`;
  return [{ message: `${what}: set ${them} in ${file}, and make the profile anew with --force` }];
}

async function draftOfPrograms(
  workspace: string,
  programs: readonly FoundProgram[],
  profile: string,
  machine: Machine,
): Promise<Draft> {
  const { draftFromPrograms, nameServices } = await import("../profile/draft/from-programs.ts");
  const repositories = await findRepositories({ workspace, named: [], roots: [], only: [], exclude: [], depth: 1 });
  const used = repositories.filter(
    ({ path }) => path !== workspace && programs.some(({ folder }) => `${folder}/`.startsWith(`${path}/`)),
  );
  const withUrls = used.map(async ({ path }) => ({ path, url: await remoteOf(path, workspace, machine) }));
  const hasCi = await isFile(join(workspace, "ci/manifest.json"));
  return draftFromPrograms({
    profile,
    workspace,
    services: nameServices(programs),
    repositories: await Promise.all(withUrls),
    artifacts: hasCi ? "file:./ci" : undefined,
  });
}

/** The remote that a clone comes from, without a password in it; one inside of the workspace is relative to it. */
async function remoteOf(repository: string, workspace: string, { processes }: Machine): Promise<string | undefined> {
  const { code, stdout } = await processes.run("git", ["config", "--get", "remote.origin.url"], { cwd: repository });
  const url = stdout.trim();
  if (code !== 0 || url === "") return undefined;
  if (url.startsWith("/") || url.startsWith(".")) {
    const inside = relative(workspace, resolve(repository, url));
    return inside.startsWith("..") ? resolve(repository, url) : `./${inside}`;
  }
  return url.replace(/^(https?:\/\/)[^/@]*@/, "$1");
}

/** What was written, and what was there and stays. */
export interface Written {
  /** Absolute paths; the profile first. */
  readonly files: readonly string[];
  /** Whether the profile is the one of commands that name none. */
  readonly isDefault: boolean;
  readonly notes: readonly DraftNote[];
}

/**
 * Writes the profile, and beside it what a workspace needs: `devenv.yaml` where there is none, the editors' schema, a
 * link to the variables of the Compose file.
 * @throws Failure (class user) when a file of the profile is there already, unless `force`.
 */
export async function writeDraft(workspace: string, draft: Draft, force: boolean): Promise<Written> {
  const files = [...draft.files.keys()];
  const taken = force ? [] : await present(files);
  if (taken.length > 0) {
    throw userFailure(`${taken.join(" and ")} ${taken.length === 1 ? "is" : "are"} there already`, {
      hint: "give another name, or write over it with --force",
    });
  }
  for (const [path, text] of draft.files) {
    await ensureFolder(dirname(path), 0o755);
    await writeAtomic(path, text, 0o644);
  }
  const { writeSchema } = await import("../profile/schema-file.ts");
  const schema = schemaFile(workspace);
  await writeSchema(schema);
  const [links, settings] = [await link(draft), await settle(workspace, draft.profile)];
  return {
    files: [draft.profile, ...files.filter((file) => file !== draft.profile), ...links.made, ...settings.made, schema],
    isDefault: settings.isDefault,
    notes: [...draft.notes, ...links.notes],
  };
}

async function present(paths: readonly string[]): Promise<string[]> {
  const areThere = await Promise.all(
    paths.map((path) =>
      lstat(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  return paths.filter((_path, index) => areThere[index]);
}

async function link({ links }: Draft): Promise<{ made: string[]; notes: DraftNote[] }> {
  const made: string[] = [];
  const notes: DraftNote[] = [];
  for (const [path, target] of links) {
    if ((await present([path])).length > 0) {
      notes.push({ message: `${path} is there already: see that it has what ${target} has` });
      continue;
    }
    await symlink(relative(dirname(path), target), path);
    made.push(path);
  }
  return { made, notes };
}

/** `devenv.yaml` names the profile where it is the first one; what is there already stays. */
async function settle(workspace: string, profile: string): Promise<{ made: string[]; isDefault: boolean }> {
  const { defaultProfile } = await import("../profile/choose-profile.ts");
  const name = basename(profile, ".yaml");
  const settings = join(workspace, SETTINGS);
  const isOnly = (await profileFiles(workspace)).length === 1;
  if (isOnly && (await present([settings])).length === 0) {
    await writeAtomic(settings, `profile: ${name}\n`, 0o644);
    return { made: [settings], isDefault: true };
  }
  const usual = await defaultProfile(workspace).catch(() => undefined);
  return { made: [], isDefault: usual === undefined ? isOnly : usual === name };
}
