import type { Profile } from "../model/profile.ts";
import type { SecretVariable } from "../model/provided.ts";
import { type Assembled, assemble, type SecretsFile } from "./assemble.ts";
import { checkProfile } from "./checks.ts";
import { toData } from "./located.ts";
import { inFolder } from "./place.ts";
import type { ReadOptions } from "./read-options.ts";
import { resolveProfile } from "./resolve-profile.ts";
import { checkSecretPlaces, secretVariables } from "./secret-places.ts";
import { checkWords } from "./unclear-words.ts";
import { validate } from "./validate.ts";
import { NO_SECRETS, type SecretValues } from "./variables.ts";

/**
 * The story of a profile: files -> YAML -> variables put in -> merged -> schema -> fitting together -> resolved.
 * Every stage notes its problems; only what cannot be read at all ends it early.
 *
 * The secrets file is opened only when a variable was asked for that the environment does not have: then all is read
 * once more with what it gives. A file that may not be used is no problem of the profile: what it might have given is
 * empty, and whoever starts something tells why (flow/secrets.ts).
 * @param files absolute; the later are merged over the earlier.
 */
export async function readProfile(files: readonly string[], options: ReadOptions): Promise<Profile> {
  const read = new Set<string>();
  const watched: ReadOptions = {
    ...options,
    readFile: async (file) => {
      const text = await options.readFile(file);
      read.add(file);
      return text;
    },
  };
  const first = await attempt(files, watched, NO_SECRETS);
  const { asked, secretsFile } = first.assembled;
  const last = asked.secrets && secretsFile ? await withSecrets(secretsFile, files, watched) : first;
  const { problems } = last.assembled;
  if (last.profile === undefined || !problems.isEmpty) throw problems.failure();
  return {
    ...last.profile,
    file: files[0] ?? "",
    files: [...read],
    secretVariables: last.secretVariables,
    warnings: problems.warnings(),
  };
}

interface Attempt {
  readonly assembled: Assembled;
  readonly profile: Profile | undefined;
  readonly secretVariables?: readonly SecretVariable[] | undefined;
}

async function withSecrets({ path }: SecretsFile, files: readonly string[], options: ReadOptions): Promise<Attempt> {
  const unknown = { ...NO_SECRETS, areComplete: false };
  if (path === undefined) return attempt(files, options, unknown);
  const secrets = await options.readSecrets(inFolder(options.workspace, path, options.home));
  if ("problem" in secrets) return attempt(files, options, unknown);
  const { values } = secrets;
  const all = [...new Set(Object.values(values))].filter((value) => value !== "");
  const lookup: SecretValues["lookup"] = (name) => (Object.hasOwn(values, name) ? values[name] : undefined);
  return attempt(files, options, { lookup, all, areComplete: true });
}

/** Reads all of it with these secrets, as far as it can be understood. */
async function attempt(files: readonly string[], options: ReadOptions, secrets: SecretValues): Promise<Attempt> {
  const assembled = await assemble(files, options, secrets);
  const { tree, problems, variables } = assembled;
  problems.hide(secrets.all);
  if (tree === undefined) return { assembled, profile: undefined };
  checkSecretPlaces(tree, problems);
  checkWords(tree, problems);
  const raw = toData(tree);
  const { data, mayHave } = validate(raw, problems);
  if (data === undefined) return { assembled, profile: undefined };
  const checked = { data, raw, mayHave, problems, lookup: variables.lookup };
  checkProfile(checked);
  const profile = await resolveProfile(checked, variables, { ...options, file: files[0] ?? "" });
  const fromFile = assembled.secretsFile && secretVariables(tree, variables.isSecret);
  return { assembled, profile, secretVariables: fromFile };
}
