import { didYouMean } from "../model/nearest.ts";
import { readYaml } from "./yaml-data.ts";

/** What `devenv.yaml` at the top of a workspace says. */
export interface Settings {
  /** The profile of a command that names none. */
  readonly profile: string | undefined;
  /** Further folders with repositories for `devenv pull-all`, as written. */
  readonly roots: readonly string[];
}

const SUPPORTED = ["profile", "roots"];

/**
 * Takes the file's name (for positions) and its text; an empty file is one without settings.
 * @throws Failure (class user) with all problems of the file, each with its position.
 */
export function readSettings(file: string, text: string): Settings {
  const { data: read, problems } = readYaml(file, text);
  const data: unknown = read ?? {};
  if (typeof data !== "object" || data === null || Array.isArray(data)) {
    problems.at([], "the settings must be a mapping", "write profile: NAME");
    throw problems.failure();
  }
  const { profile, roots = [] } = data as { profile?: unknown; roots?: unknown };
  for (const key of Object.keys(data)) {
    if (SUPPORTED.includes(key)) continue;
    const hint = [didYouMean(key, SUPPORTED), `supported: ${SUPPORTED.join(", ")}`].filter(Boolean).join(" ");
    problems.atKey([key], `unknown key ${key}`, hint);
  }
  if ("profile" in data && (typeof profile !== "string" || profile === "")) {
    problems.at(["profile"], "profile must be the name of a profile", "write profile: NAME");
  }
  if (!isTexts(roots)) {
    problems.at(["roots"], "roots must be a list of folders", "write roots: [../more, ~/work]");
  }
  if (!problems.isEmpty) throw problems.failure();
  return { profile: typeof profile === "string" ? profile : undefined, roots: isTexts(roots) ? roots : [] };
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === "string" && item !== "");
