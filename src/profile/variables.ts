import { join } from "node:path";
import { parseDotEnv } from "./dotenv.ts";
import type { Lookup } from "./interpolate.ts";
import type { Values } from "./interpolate-tree.ts";
import type { ProblemList } from "./problem-list.ts";
import type { ReadOptions } from "./read-options.ts";

/** Where the values of a profile's variables come from, and those that must never be shown. */
export interface Variables extends Values {
  readonly secrets: readonly string[];
}

/** The values of the secrets file; none of them before somebody asked for one. */
export interface SecretValues {
  readonly lookup: Lookup;
  readonly all: readonly string[];
  /** False when there is a file that may not be used. */
  readonly areComplete: boolean;
}

export const NO_SECRETS: SecretValues = { lookup: () => undefined, all: [], areComplete: true };

/** Whether a variable was asked for that is not in the environment: the secrets file, before `.env`, may have it. */
export interface Asked {
  secrets: boolean;
}

/** The values that files of a folder see: of the environment, then of the secrets file, then of the folder's `.env`. */
export async function valuesIn(
  folder: string,
  secrets: SecretValues,
  asked: Asked,
  reading: Reading & { readonly projectName: () => string | undefined },
): Promise<Values> {
  const { environment, projectName } = reading;
  const dotEnv = await readDotEnv(folder, environment, reading);
  const lookup: Lookup = (name) => {
    const given = (name === "COMPOSE_PROJECT_NAME" ? projectName() : undefined) ?? environment(name);
    // Variables of Compose itself are no secrets; whether one is set is asked of every profile.
    if (given !== undefined || name.startsWith("COMPOSE_")) return given ?? dotEnv?.lookup(name);
    asked.secrets = true;
    return secrets.lookup(name) ?? dotEnv?.lookup(name);
  };
  return {
    lookup,
    isSecret: (name) => environment(name) === undefined && secrets.lookup(name) !== undefined,
    areComplete: secrets.areComplete && (dotEnv?.isComplete ?? true),
  };
}

/** What a file of KEY=VALUE lines gives; `isComplete` is false when it could not be read whole. */
export interface EnvValues {
  readonly values: Readonly<Record<string, string>>;
  readonly lookup: Lookup;
  readonly isComplete: boolean;
}

type Reading = Pick<ReadOptions, "environment" | "readFile"> & { readonly problems: ProblemList };

/**
 * Reads a file of KEY=VALUE lines, noting what is wrong with it at its place. Undefined when there is no such file.
 * @param lookup for the variables in its values.
 * @param earlier what files say over which this one goes; it is among the values.
 */
export async function readEnvFile(
  file: string,
  lookup: Lookup,
  reading: Reading,
  earlier: EnvValues["values"] = {},
): Promise<EnvValues | undefined> {
  const { readFile, problems } = reading;
  let text: string;
  try {
    text = (await readFile(file)).replace(/^\uFEFF/, "");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    problems.at([], `${file} cannot be read (${code})`, "its values are used for the variables here");
    return { values: earlier, lookup: (name) => earlier[name], isComplete: false };
  }
  const source = { file, text };
  const { values, flaws } = parseDotEnv(text, lookup, earlier);
  for (const { offset, message, hint, isWarning } of flaws) {
    if (isWarning) problems.warn({ source, offset }, message, hint);
    else problems.atPlace({ source, offset }, message, hint);
  }
  return { values, lookup: (name) => (Object.hasOwn(values, name) ? values[name] : undefined), isComplete: true };
}

/** `.env` of a folder. One that is a folder is none (a Python environment is called so), as in Compose. */
export async function readDotEnv(folder: string, lookup: Lookup, reading: Reading): Promise<EnvValues | undefined> {
  const readFile = async (file: string) => {
    try {
      return await reading.readFile(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EISDIR") throw error;
      throw Object.assign(new Error(file), { code: "ENOENT" });
    }
  };
  if (/^(1|t|true)$/i.test(reading.environment("COMPOSE_DISABLE_ENV_FILE") ?? "")) return undefined;
  return readEnvFile(join(folder, ".env"), lookup, { ...reading, readFile });
}
