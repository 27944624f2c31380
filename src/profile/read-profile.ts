import { userFailure } from "../model/failure.ts";
import type { Profile } from "../model/profile.ts";
import { checkProfile } from "./checks.ts";
import { interpolateDocument } from "./interpolate-document.ts";
import type { ReadOptions } from "./read-options.ts";
import { resolveProfile } from "./resolve-profile.ts";
import { validate } from "./validate.ts";
import { gatherVariables } from "./variables.ts";
import { openYaml, toData } from "./yaml-data.ts";
import { offsetOf } from "./yaml-source.ts";

/**
 * The story of a profile: text -> YAML -> variables put in -> schema -> fitting together -> resolved.
 * Every stage notes its problems; only YAML that cannot be read ends it early.
 */
export async function readProfile(file: string, options: ReadOptions): Promise<Profile> {
  const { source, problems } = openYaml(file, await readText(file, options));
  const variables = await gatherVariables(source, problems, options);
  interpolateDocument(source, variables.lookup, problems, { lenient: !variables.areComplete });
  const raw = toData(source, problems);
  const { data, mayHave } = validate(raw, problems);
  const lineOf = (path: readonly (string | number)[]) => source.lines.linePos(offsetOf(source, path)).line;
  if (data !== undefined) {
    const checked = { data, raw, mayHave, problems, lineOf };
    checkProfile(checked);
    const profile = await resolveProfile(checked, variables, { ...options, file });
    if (problems.isEmpty) return profile;
  }
  throw problems.failure();
}

async function readText(file: string, { readFile }: ReadOptions): Promise<string> {
  try {
    return await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "there is no such file" : `it cannot be read (${code ?? String(error)})`;
    throw userFailure(`the profile ${file}: ${reason}`, { cause: error, hint: "name a file that is there" });
  }
}
