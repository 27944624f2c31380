import { basename, dirname } from "node:path";
import { isRemote } from "./absolute-paths.ts";
import { interpolateScalar, type Values } from "./interpolate-tree.ts";
import { childOf, type Located, type LocatedScalar, textOf } from "./located.ts";
import { inFolder } from "./place.ts";
import { type Layer, openFor, type Reading, refuseRemote } from "./reading.ts";
import type { YamlFile } from "./yaml-source.ts";

/** Gives the variables that a profile's file in this folder sees. */
export type ValuesIn = (folder: string) => Promise<Values>;

/**
 * The files to be merged when a profile builds on others (`x-devenv.extends: base.yaml`): the file, and before it what
 * it builds on, before that what that one builds on. A base is a profile by itself: its relative paths and its `.env`
 * are those of its own folder.
 */
export async function withBases(layer: Layer, valuesIn: ValuesIn, reading: Reading): Promise<readonly Layer[]> {
  const layers = [layer];
  for (;;) {
    const [top = layer] = layers;
    const base = await baseOf(top, layers, valuesIn, reading);
    if (base === undefined) return layers;
    layers.unshift(base);
  }
}

async function baseOf(
  { file, values }: Layer,
  above: readonly Layer[],
  valuesIn: ValuesIn,
  reading: Reading,
): Promise<Layer | undefined> {
  const { problems, home } = reading;
  const written = lastOf(file, ["x-devenv", "extends"]);
  if (written === undefined) return undefined;
  const path = written.kind === "scalar" ? textOf(interpolateScalar(written, values, problems)) : undefined;
  if (!path) {
    problems.atPlace(written.place, "x-devenv.extends must be the path of a profile", "write extends: base.yaml");
    return undefined;
  }
  if (isRemote(path)) {
    refuseRemote(written.place, path, problems);
    return undefined;
  }
  const wanted = inFolder(dirname(file.source.file), path, home);
  const trail = above.map((layer) => layer.file.source.file);
  if (trail.includes(wanted)) {
    const circle = [wanted, ...trail.slice(0, trail.indexOf(wanted) + 1)].reverse().map((each) => basename(each));
    problems.atPlace(written.place, `profiles build on each other: ${circle.join(" -> ")}`);
    return undefined;
  }
  const opened = await openFor(written.place, wanted, "the base profile", reading);
  if (opened === undefined) return undefined;
  const folder = dirname(wanted);
  return { file: opened, folder, values: await valuesIn(folder) };
}

/** The value at a path in the last document of a file that has one. */
export function lastOf({ documents }: YamlFile, path: readonly string[]): Located | undefined {
  const found = documents.map((document) =>
    path.reduce<Located | undefined>((value, key) => value && childOf(value, key), document),
  );
  return found.findLast((value) => value !== undefined);
}

/** The text at a path of the last file that has one, before its variables are put in, with the file's own. */
export function lastScalar(
  layers: readonly Layer[],
  path: readonly string[],
): { readonly scalar: LocatedScalar; readonly values: Values } | undefined {
  const found = layers.map(({ file, values }) => ({ scalar: lastOf(file, path), values }));
  const last = found.findLast(({ scalar }) => scalar !== undefined);
  return last?.scalar?.kind === "scalar" ? { scalar: last.scalar, values: last.values } : undefined;
}
