import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { parseDocument } from "yaml";
import { asFailure, type Problem } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { Profile } from "../model/profile.ts";
import { chooseProfile, type Whereabouts } from "./choose-profile.ts";
import { findWorkspace, listProfiles, type ProfileEntry } from "./workspace.ts";

/** A profile of a workspace in a few words. */
export interface ProfileSummary {
  readonly name: string;
  /** Absolute path. */
  readonly file: string;
  /** `x-devenv.description`, else the first line of the comment at the file's top. */
  readonly description?: string | undefined;
  /** Whether a command that names no profile means it. */
  readonly isDefault: boolean;
  /** `x-devenv.extends`, as it is written. */
  readonly buildsOn?: string | undefined;
  /** In the order of the profile; null when it has problems. */
  readonly services: readonly ServiceName[] | null;
  readonly problems: readonly Problem[];
}

/**
 * The workspace's profiles by name; its Compose file where it has none. Each is read by `read`, and one that has problems
 * is listed with them.
 * @throws Failure (class user) outside of a workspace.
 */
export async function summarizeProfiles(
  whereabouts: Whereabouts,
  read: (name?: string) => Promise<Profile>,
): Promise<ProfileSummary[]> {
  const workspace = await findWorkspace(whereabouts.from, whereabouts.environment.DEVENV_ROOT);
  const [entries, usual] = await Promise.all([
    listProfiles(workspace),
    chooseProfile({}, whereabouts).catch(() => undefined),
  ]);
  if (entries.length > 0) {
    return Promise.all(
      entries.map((entry) => summarize(entry, entry.file === usual?.files[0], () => read(entry.name))),
    );
  }
  const [file] = usual?.files ?? [];
  if (file === undefined) return [];
  return [await summarize({ name: basename(file), file, description: undefined }, true, () => read())];
}

async function summarize(
  { name, file, description }: ProfileEntry,
  isDefault: boolean,
  read: () => Promise<Profile>,
): Promise<ProfileSummary> {
  const [words, content] = await Promise.all([ownWords(file), outcome(read)]);
  return { name, file, description, isDefault, ...words, ...content };
}

async function outcome(read: () => Promise<Profile>): Promise<Pick<ProfileSummary, "services" | "problems">> {
  try {
    return { services: (await read()).services.map((service) => service.name), problems: [] };
  } catch (thrown) {
    const failure = asFailure(thrown);
    if (failure.class === "bug") throw thrown;
    const { problems, message } = failure;
    return { services: null, problems: problems.length > 0 ? problems : [{ message }] };
  }
}

/** What the profile itself does not keep. Of a text that is no YAML nothing is known but its problems. */
async function ownWords(file: string): Promise<Partial<ProfileSummary>> {
  const document = parseDocument(await readFile(file, "utf8").catch(() => ""), { logLevel: "silent" });
  if (document.errors.length > 0) return {};
  const [description, buildsOn] = ["description", "extends"].map((key) => document.getIn(["x-devenv", key]));
  return { ...(typeof description === "string" && { description }), ...(typeof buildsOn === "string" && { buildsOn }) };
}
