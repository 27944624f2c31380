import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { Failure, type Problem } from "../../../src/model/failure.ts";
import type { Profile } from "../../../src/model/profile.ts";
import { loadProfile } from "../../../src/profile/load-profile.ts";

const FIXTURES = fileURLToPath(new URL("../../fixtures/compose", import.meta.url));

/** The home folder of whoever loads a fixture. */
export const HOME = "/home/ada";

/** One folder of test/fixtures/compose: Compose files, and in `expected.yaml` what is to become of them. */
export interface Fixture {
  readonly name: string;
  readonly folder: string;
  /** Absolute; `compose.yaml` alone unless it says otherwise. */
  readonly files: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly expected: Expected;
}

export interface Expected {
  /** Every service by its name; of each only the keys that are told, null for one that must not be there. */
  readonly services?: Parts;
  /** Likewise, but there may be others. */
  readonly networks?: Parts;
  readonly volumes?: Parts;
  readonly name?: string;
  readonly disabled?: readonly string[];
  /** Every warning, and every problem of a file that is refused: `file:line:column` and a part of the message. */
  readonly warnings?: readonly string[];
  readonly problems?: readonly string[];
  /** Why Compose itself judges the files otherwise than devenv. */
  readonly compose?: string;
}

type Parts = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export function fixtures(): Fixture[] {
  return readdirSync(FIXTURES).map((name) => {
    const folder = join(FIXTURES, name);
    const {
      files = ["compose.yaml"],
      environment = {},
      ...expected
    } = parse(readFileSync(join(folder, "expected.yaml"), "utf8"));
    return { name, folder, files: files.map((file: string) => join(folder, file)), environment, expected };
  });
}

/** The profile, or the Failure, whose problems are what is wrong with the files. */
export async function load({ files, folder, environment }: Fixture): Promise<Profile | Failure> {
  try {
    return await loadProfile(files, { workspace: folder, environment, home: HOME });
  } catch (error) {
    if (error instanceof Failure && error.class === "user") return error;
    throw error;
  }
}

/** `compose.yaml:3:5 message (hint)`, the file relative to the fixture's folder. */
export function problemText({ message, where, hint }: Problem, folder: string): string {
  const place = where === undefined ? "nowhere" : `${where.file}:${where.line}:${where.column}`;
  return fromFolder(`${place} ${message}${hint === undefined ? "" : ` (${hint})`}`, folder);
}

/** A text in which the absolute paths below a folder, and beside it, are relative ones. */
export function fromFolder(text: string, folder: string): string {
  return text
    .replaceAll(`${folder}/`, "./")
    .replaceAll(`${folder}"`, '."')
    .replaceAll(`${dirname(folder)}/`, "../")
    .replace(/^\.\//, "");
}
