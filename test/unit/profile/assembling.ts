import { resolve } from "node:path";
import { assemble } from "../../../src/profile/assemble.ts";
import { worldOf } from "../../../src/profile/load-profile.ts";
import { toData } from "../../../src/profile/located.ts";
import { NO_SECRETS } from "../../../src/profile/variables.ts";
import { problemsOf } from "./loading.ts";

/** The folder that the names of files are relative to; there is nothing on the disk. */
export const FOLDER = "/nowhere/shop";

type Files = Readonly<Record<string, string>>;

async function assembleFiles(files: Files, mains: readonly string[], environment: Files) {
  const texts = new Map(Object.entries(files).map(([name, text]) => [resolve(FOLDER, name), text]));
  const readFile = async (path: string): Promise<string> => {
    const text = texts.get(path);
    if (text === undefined) throw Object.assign(new Error(`no ${path}`), { code: "ENOENT" });
    return text;
  };
  const options = worldOf({ workspace: FOLDER, environment, home: "/home/ada", readFile });
  const paths = mains.map((name) => resolve(FOLDER, name));
  return assemble(paths, options, NO_SECRETS);
}

/** What files become when they are merged, before the schema; by default all of them, in their order. */
export async function merged(files: Files, mains = Object.keys(files), environment: Files = {}): Promise<Data> {
  const { tree, problems } = await assembleFiles(files, mains, environment);
  if (tree === undefined || !problems.isEmpty) throw problems.failure();
  return toData(tree) as Data;
}

/** As far as the tests look into it. */
export interface Data extends Readonly<Record<string, unknown>> {
  readonly services: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The service `a` of two files, each of which has only these lines of it. */
export async function mergedService(base: string, over: string): Promise<Readonly<Record<string, unknown>>> {
  const { services } = await merged({ "base.yaml": service(base), "over.yaml": service(over) });
  return services.a ?? {};
}

const service = (lines: string) => `services:\n  a:\n    ${lines.replaceAll("\n", "\n    ")}\n`;

/** What is wrong with files: `file line:column message (hint)`. */
export async function wrongWith(files: Files, mains = Object.keys(files), environment: Files = {}): Promise<string[]> {
  const { problems } = await assembleFiles(files, mains, environment);
  const places = (problems.failure().problems ?? []).map(({ where }) => where?.file.slice(FOLDER.length + 1));
  const told = await problemsOf(Promise.reject(problems.failure()));
  return told.map((line, index) => `${places[index]} ${line}`);
}

/** What files are warned of: `file line:column message`. */
export async function warningsOf(files: Files, mains = Object.keys(files), environment: Files = {}): Promise<string[]> {
  const { problems } = await assembleFiles(files, mains, environment);
  return problems.warnings().map(({ where, message }) => {
    return `${where?.file.slice(FOLDER.length + 1)} ${where?.line}:${where?.column} ${message}`;
  });
}
