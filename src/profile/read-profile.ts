import { userFailure } from "../model/failure.ts";
import type { Profile } from "../model/profile.ts";
import { checkProfile } from "./checks.ts";
import { checkAliases, interpolateDocument } from "./interpolate-document.ts";
import { type ProblemList, problemList } from "./problem-list.ts";
import type { ReadOptions } from "./read-options.ts";
import { resolveProfile } from "./resolve-profile.ts";
import { validate } from "./validate.ts";
import { gatherVariables } from "./variables.ts";
import { offsetOf, parseYaml, type YamlSource } from "./yaml-source.ts";

/**
 * The story of a profile: text -> YAML -> variables put in -> schema -> fitting together -> resolved.
 * Every stage notes its problems; only YAML that cannot be read ends it early.
 */
export async function readProfile(file: string, options: ReadOptions): Promise<Profile> {
  const source = parseYaml(file, await readText(file, options));
  const problems = problemList(source);
  const raw = await readData(source, problems, options);
  const { data, mayHave } = validate(raw.data, problems);
  const lineOf = (path: readonly (string | number)[]) => source.lines.linePos(offsetOf(source, path)).line;
  if (data !== undefined) {
    const checked = { data, raw: raw.data, mayHave, problems, lineOf };
    checkProfile(checked);
    const profile = await resolveProfile(checked, raw.variables, { ...options, file });
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
    throw userFailure(`the profile ${file}: ${reason}`, { cause: error, hint: "devenv profiles lists what there is" });
  }
}

/** The document as plain data, its variables replaced. */
async function readData(source: YamlSource, problems: ProblemList, options: ReadOptions) {
  for (const { message, offset } of source.errors) problems.atOffset(offset, message);
  if (source.errors.some(({ fatal }) => fatal)) throw problems.failure();
  const before = problems.isEmpty;
  checkAliases(source, problems);
  if (before && !problems.isEmpty) throw problems.failure();
  const variables = await gatherVariables(source, problems, options);
  interpolateDocument(source, variables.lookup, problems, { lenient: !variables.areComplete });
  return { data: toData(source, problems), variables };
}

function toData(source: YamlSource, problems: ProblemList): unknown {
  try {
    return source.document.toJS();
  } catch (error) {
    // A thousandfold alias of aliases: the parser gives up rather than fill the memory.
    problems.atOffset(0, `YAML: ${error instanceof Error ? error.message : String(error)}`);
    throw problems.failure();
  }
}
