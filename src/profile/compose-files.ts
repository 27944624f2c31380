import { readFile, stat } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";

/** Names under which Compose finds its file in a folder, the preferred first; and the file that is merged over it. */
const NAMES = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
const OVERRIDES = [
  "compose.override.yml",
  "compose.override.yaml",
  "docker-compose.override.yml",
  "docker-compose.override.yaml",
];

/** The Compose file of a folder, as `docker compose` finds it without being told. */
export interface ComposeFiles {
  /** Absolute, in the order in which they are merged: the file, and its override where there is one. */
  readonly files: readonly string[];
  /** Absolute; others by such a name that are there, too, and not used. */
  readonly passedOver: readonly string[];
}

/** Undefined when the folder has none. */
export async function findComposeFiles(folder: string): Promise<ComposeFiles | undefined> {
  const [[file, ...others], [override, ...furtherOverrides]] = await Promise.all([
    present(folder, NAMES),
    present(folder, OVERRIDES),
  ]);
  if (file === undefined) return undefined;
  const files = override === undefined ? [file] : [file, override];
  return { files, passedOver: [...others, ...furtherOverrides] };
}

async function present(folder: string, names: readonly string[]): Promise<string[]> {
  const files = names.map((name) => join(folder, name));
  const areThere = await Promise.all(files.map(isFile));
  return files.filter((_file, index) => areThere[index]);
}

/** False for anything that is no file, or is not there. */
export const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (facts) => facts.isFile(),
    () => false,
  );

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The files that COMPOSE_FILE names, absolute: of the environment (relative to `from`), else of the file `.env` in the
 * workspace (relative to it). COMPOSE_PATH_SEPARATOR parts them, `:` (on Windows `;`) where it is not set. Undefined
 * when there is no such variable, or it is empty.
 */
export async function composeFileVariable(
  environment: Variables,
  from: string,
  workspace: string | undefined,
): Promise<readonly string[] | undefined> {
  const fromEnvironment = split(environment, from);
  if (fromEnvironment !== undefined || workspace === undefined) return fromEnvironment;
  const text = await readFile(join(workspace, ".env"), "utf8").catch(() => "");
  if (!text.includes("COMPOSE_FILE")) return undefined;
  const { parseDotEnv } = await import("./dotenv.ts");
  const { values } = parseDotEnv(text, (name) => environment[name]);
  return split({ ...values, ...definedOf(environment) }, workspace);
}

function split({ COMPOSE_FILE, COMPOSE_PATH_SEPARATOR }: Variables, folder: string): readonly string[] | undefined {
  if (!COMPOSE_FILE) return undefined;
  const files = COMPOSE_FILE.split(COMPOSE_PATH_SEPARATOR || delimiter).filter((file) => file !== "");
  return files.map((file) => resolve(folder, file));
}

const definedOf = (environment: Variables): Variables =>
  Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ""));
