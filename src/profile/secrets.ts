import { access, readFile, realpath, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseEnv } from "node:util";

/** What a secrets file gives, or why it may not be used. */
export type Secrets =
  | { readonly values: Readonly<Record<string, string>> }
  | { readonly problem: string; readonly hint: string };

/**
 * Reads a file of KEY=VALUE lines. It is refused when others may read it, or when it lies in a repository, where one
 * careless `git add` would publish it.
 */
export async function readSecrets(file: string): Promise<Secrets> {
  const facts = await stat(file).catch((error: NodeJS.ErrnoException) => error);
  if (facts instanceof Error) {
    const isMissing = facts.code === "ENOENT" || facts.code === "ENOTDIR";
    if (!isMissing) return { problem: `the secrets file ${file} cannot be read (${facts.code})`, hint: create(file) };
    return { problem: `there is no secrets file ${file}`, hint: create(file) };
  }
  if (!facts.isFile()) return { problem: `the secrets file ${file} is no file`, hint: create(file) };
  const mode = (facts.mode & 0o777).toString(8).padStart(4, "0");
  if ((facts.mode & 0o177) !== 0) {
    return {
      problem: `the secrets file ${file} has mode ${mode}; it must be 0600, its owner's alone`,
      hint: `chmod 600 ${file}`,
    };
  }
  const repository = await enclosingRepository(dirname(await realpath(file)));
  if (repository !== undefined) {
    const hint = "move it out, to ~/.config/devenv for example, and name its new place";
    return { problem: `the secrets file ${file} lies in the repository ${repository}`, hint };
  }
  try {
    return { values: variablesOf(await readFile(file, "utf8")) };
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    return { problem: `the secrets file ${file} cannot be read (${reason})`, hint: `chmod 600 ${file}` };
  }
}

const create = (file: string) => `create it with: mkdir -p ${dirname(file)} && install -m 600 /dev/null ${file}`;

/** The KEY=VALUE lines of a text, quotes taken off. */
export const variablesOf = (text: string): Record<string, string> => ({ ...parseEnv(text) }) as Record<string, string>;

async function enclosingRepository(folder: string): Promise<string | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    const isRepository = await access(join(at, ".git")).then(
      () => true,
      () => false,
    );
    if (isRepository) return at;
    if (dirname(at) === at) return undefined;
  }
}
