import { dirname, join } from "node:path";
import { isScalar } from "yaml";
import { interpolate, type Lookup } from "./interpolate.ts";
import { reportFlaws } from "./interpolate-document.ts";
import { inFolder } from "./place.ts";
import type { ProblemList } from "./problem-list.ts";
import type { ReadOptions } from "./read-options.ts";
import { variablesOf } from "./secrets.ts";
import { nodeAt, type YamlSource } from "./yaml-source.ts";

/** Where the values of a profile's variables come from. */
export interface Variables {
  /** The environment first, then the secrets, then `.env` beside the profile. */
  readonly lookup: Lookup;
  /** Values that must never be shown. */
  readonly secrets: readonly string[];
  /** False when a file could not be read: what seems unset may be in it. */
  readonly areComplete: boolean;
}

const SECRETS = ["x-devenv", "secrets"];

/** Reads `.env` and the secrets file, whose own path may use the environment and `.env`. */
export async function gatherVariables(
  source: YamlSource,
  problems: ProblemList,
  options: ReadOptions,
): Promise<Variables> {
  const { environment, readFile, readSecrets, workspace, home } = options;
  const dotEnv = await readDotEnv(join(dirname(source.file), ".env"), readFile, problems);
  const lookup: Lookup = (name) => environment(name) ?? ownValue(dotEnv ?? {}, name);
  const node = nodeAt(source, SECRETS);
  if (!isScalar(node) || typeof node.value !== "string") {
    return { lookup, secrets: [], areComplete: dotEnv !== undefined };
  }
  const path = interpolate(node.value, lookup);
  if (path.text === "" || path.flaws.length > 0) {
    reportFlaws(source, node, path.flaws, problems);
    return { lookup, secrets: [], areComplete: false };
  }
  const secrets = await readSecrets(inFolder(workspace, path.text, home));
  if ("problem" in secrets) {
    problems.at(SECRETS, secrets.problem, secrets.hint);
    return { lookup, secrets: [], areComplete: false };
  }
  const values = [...new Set(Object.values(secrets.values))].filter((value) => value !== "");
  problems.hide(values);
  return {
    lookup: (name) => environment(name) ?? ownValue(secrets.values, name) ?? ownValue(dotEnv ?? {}, name),
    secrets: values,
    areComplete: dotEnv !== undefined,
  };
}

/** An own key only: a variable named `constructor` is not set. */
const ownValue = (values: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.hasOwn(values, name) ? values[name] : undefined;

async function readDotEnv(file: string, readFile: ReadOptions["readFile"], problems: ProblemList) {
  try {
    return variablesOf(await readFile(file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return {};
    problems.at([], `${file} cannot be read (${code ?? String(error)})`, "its values are used for the variables here");
    return undefined;
  }
}
