import { didYouMean } from "../model/nearest.ts";
import { problemList } from "./problem-list.ts";
import { parseYaml } from "./yaml-source.ts";

/** What `devenv.yaml` at the top of a workspace says. */
export interface Settings {
  /** The profile of a command that names none. */
  readonly profile: string | undefined;
}

const SUPPORTED = ["profile"];

/**
 * Takes the file's name (for positions) and its text; an empty file is one without settings.
 * @throws Failure (class user) with all problems of the file, each with its position.
 */
export function readSettings(file: string, text: string): Settings {
  const source = parseYaml(file, text);
  const problems = problemList(source);
  for (const { message, offset } of source.errors) problems.atOffset(offset, message);
  if (!problems.isEmpty) throw problems.failure();
  const data: unknown = source.document.toJS() ?? {};
  if (typeof data !== "object" || Array.isArray(data)) {
    problems.at([], "the settings must be a mapping", "write profile: NAME");
    throw problems.failure();
  }
  const { profile } = data as { profile?: unknown };
  for (const key of Object.keys(data as object)) {
    if (SUPPORTED.includes(key)) continue;
    const hint = [didYouMean(key, SUPPORTED), `supported: ${SUPPORTED.join(", ")}`].filter(Boolean).join(" ");
    problems.atKey([key], `unknown key ${key}`, hint);
  }
  if ("profile" in data && (typeof profile !== "string" || profile === "")) {
    problems.at(["profile"], "profile must be the name of a profile", "write profile: NAME");
  }
  if (!problems.isEmpty) throw problems.failure();
  return { profile: typeof profile === "string" ? profile : undefined };
}
