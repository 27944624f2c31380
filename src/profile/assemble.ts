import { basename, dirname, extname } from "node:path";
import { userFailure } from "../model/failure.ts";
import { CLUSTER_NAME } from "./compose-schema.ts";
import { lastScalar, withBases } from "./extends-profile.ts";
import { interpolate } from "./interpolate.ts";
import { interpolateScalar, type Values } from "./interpolate-tree.ts";
import { childOf, type LocatedMapping, scalarAt, textOf, withChanged, withEntry } from "./located.ts";
import { mergeLayers } from "./merge-layers.ts";
import { type ProblemList, problemList } from "./problem-list.ts";
import type { ReadOptions } from "./read-options.ts";
import { type Layer, type Reading, startReading } from "./reading.ts";
import { type Asked, type SecretValues, type Variables, valuesIn } from "./variables.ts";

/** All files of a profile as one tree, not checked yet. */
export interface Assembled {
  /** Undefined when a file could not be read far enough, which is noted. */
  readonly tree: LocatedMapping | undefined;
  readonly problems: ProblemList;
  readonly variables: Variables;
  /** What was asked for so far; checking and resolving ask for more. */
  readonly asked: Asked;
  readonly secretsFile: SecretsFile | undefined;
}

/** `x-devenv.secrets` where it names a file. */
export interface SecretsFile {
  /** As written, its variables put in; undefined when that cannot be done, which is noted. */
  readonly path: string | undefined;
}

/**
 * Reads the files of a profile, what they build on, include and extend, and merges it all.
 * @param files absolute, the later go over the earlier; the first one's folder is the project's.
 * @throws Failure (class user) when one of them is not there.
 */
export async function assemble(
  files: readonly string[],
  options: ReadOptions,
  secrets: SecretValues,
): Promise<Assembled> {
  const [main = ""] = files;
  const problems = problemList({ file: main, text: "" });
  const reading = startReading(options, problems);
  const asked: Asked = { secrets: false };
  let name: string | undefined;
  const known = new Map<string, Promise<Values>>();
  const valuesOf = (folder: string): Promise<Values> => {
    const found = known.get(folder) ?? valuesIn(folder, secrets, asked, { ...reading, projectName: () => name });
    known.set(folder, found);
    return found;
  };
  const folder = dirname(main);
  const values = await valuesOf(folder);
  const { layers, areWhole } = await openLayers(files, folder, valuesOf, reading);
  const variables = { ...values, secrets: secrets.all };
  const secretsFile = findSecretsFile(layers, problems);
  name = nameOf(layers, files, values, problems);
  const merged = await mergeLayers(layers, reading, files);
  const tree = merged && areWhole ? finished(merged, name) : undefined;
  if (tree !== undefined) problems.lookIn(tree);
  return { tree, problems, variables, asked, secretsFile };
}

async function openLayers(
  files: readonly string[],
  folder: string,
  valuesOf: (folder: string) => Promise<Values>,
  reading: Reading,
): Promise<{ layers: readonly Layer[]; areWhole: boolean }> {
  const layers: Layer[] = [];
  let areWhole = true;
  for (const file of files) {
    const opened = await reading.open(file);
    if (!("trouble" in opened)) {
      const layer = { file: opened, folder, values: await valuesOf(folder) };
      layers.push(...(await withBases(layer, valuesOf, reading)));
    } else if (opened.trouble === undefined) areWhole = false;
    else throw userFailure(`the profile ${file}: ${opened.trouble}`, { hint: "name a file that is there" });
  }
  return { layers, areWhole };
}

/** Where the KEY=VALUE file is said to be: a text, or `{ file: … }`. */
function findSecretsFile(layers: readonly Layer[], problems: ProblemList): SecretsFile | undefined {
  const found = lastScalar(layers, ["x-devenv", "secrets"]) ?? lastScalar(layers, ["x-devenv", "secrets", "file"]);
  const written = textOf(found?.scalar);
  if (found === undefined || !written) return undefined;
  const { text, flaws } = interpolate(written, found.values.lookup);
  const isFlawed = text === "" || flaws.some(({ kind }) => kind !== "unset");
  // What else has no value may be in the file, but its own path's variables cannot be.
  if (isFlawed) interpolateScalar(found.scalar, { ...found.values, areComplete: true }, problems);
  return { path: isFlawed ? undefined : text };
}

/**
 * The cluster's name: the file's word (of several files that of the last, of a variant and its base that of the
 * variant), else COMPOSE_PROJECT_NAME, else what the file is called, the base's where there is one.
 */
function nameOf(
  layers: readonly Layer[],
  files: readonly string[],
  { lookup }: Values,
  problems: ProblemList,
): string | undefined {
  const written = lastScalar(layers, ["name"]);
  const word = written && textOf(interpolateScalar(written.scalar, written.values, problems));
  if (word) return word;
  const given = lookup("COMPOSE_PROJECT_NAME");
  if (given) {
    if (CLUSTER_NAME.test(given)) return given;
    const hint = "set another one, or write name: at the top of the profile";
    problems.at([], `COMPOSE_PROJECT_NAME is ${given}, which is no name for a cluster`, hint);
    return undefined;
  }
  return nameFromFile(layers[0]?.file.source.file ?? files[0] ?? "");
}

/**
 * `shop` for `profiles/Shop.yaml`. A file by one of Compose's own names (`compose.yaml`, `docker-compose.prod.yml`) says
 * nothing, so its folder's name is taken. Both as Compose does it with a folder's: in small letters, and without what a
 * name cannot have.
 */
function nameFromFile(file: string): string {
  const own = basename(file, extname(file));
  const name = /^(docker-)?compose(\.|$)/.test(own) ? basename(dirname(file)) : own;
  const allowed = name.toLowerCase().replace(/[^a-z0-9_-]/g, "");
  return allowed.replace(/^[_-]+/, "");
}

/** With the name in it, where it is one, and without what led to other files. */
function finished(tree: LocatedMapping, name: string | undefined): LocatedMapping {
  const isNamed = childOf(tree, "name") !== undefined;
  const named =
    isNamed || name === undefined || !CLUSTER_NAME.test(name)
      ? tree
      : withEntry(tree, "name", { ...scalarAt(tree, name), end: tree.place.offset });
  return withChanged(named, "x-devenv", (extension) =>
    extension.kind === "mapping" ? withEntry(extension, "extends", undefined) : extension,
  );
}
