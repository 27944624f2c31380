import { basename, dirname } from "node:path";
import { didYouMean } from "../model/nearest.ts";
import { isRemote } from "./absolute-paths.ts";
import { withInherited } from "./include-environment.ts";
import type { Values } from "./interpolate-tree.ts";
import { type Entry, fingerprint, isNull, type Located, type LocatedMapping, textOf, withEntry } from "./located.ts";
import { merge } from "./merge.ts";
import { inFolder } from "./place.ts";
import { type Layer, openFor, type Reading, refuseRemote } from "./reading.ts";
import { type Place, positionAt } from "./source-text.ts";
import { type EnvValues, readDotEnv, readEnvFile } from "./variables.ts";

/** A path that is written somewhere. */
interface WrittenPath {
  readonly place: Place;
  readonly text: string;
}

/** One entry under `include:`. */
interface Inclusion {
  readonly place: Place;
  /** The file, and those that are merged over it. */
  readonly paths: readonly WrittenPath[];
  readonly folder: WrittenPath | undefined;
  readonly envFiles: readonly WrittenPath[] | undefined;
}

/** Reads and merges files; `trail` are those whose `include` led to them. */
export type MergeLayers = (
  layers: readonly Layer[],
  reading: Reading,
  trail: readonly string[],
) => Promise<LocatedMapping | undefined>;

/** The document that includes, and what its includes are read with. */
interface Including {
  readonly layer: Layer;
  readonly reading: Reading;
  readonly trail: readonly string[];
  readonly mergeLayers: MergeLayers;
}

/**
 * Puts what a document includes under it (14-include.md): the services, networks, volumes, secrets and configs of other
 * files, each of which is a project of its own with its own folder and `.env`.
 */
export async function withIncludes(tree: LocatedMapping, including: Including): Promise<LocatedMapping> {
  const { reading } = including;
  const written = tree.entries.get("include");
  if (written === undefined) return tree;
  let whole = withEntry(tree, "include", undefined);
  if (written.value.kind !== "list") {
    if (!isNull(written.value)) {
      reading.problems.atPlace(written.value.place, "include must be a list", "write include: [other/compose.yaml]");
    }
    return whole;
  }
  for (const item of written.value.items) {
    const inclusion = inclusionOf(item, reading);
    const imported = inclusion && (await readInclusion(inclusion, including));
    if (imported !== undefined) whole = importInto(whole, imported, reading);
  }
  return whole;
}

const KEYS = ["path", "project_directory", "env_file"];

function inclusionOf(item: Located, { problems }: Reading): Inclusion | undefined {
  const { place } = item;
  if (item.kind === "scalar") {
    const paths = pathsOf(item);
    if (paths === undefined) problems.atPlace(place, "include: a path must be a text", "write include: [other.yaml]");
    return paths && { place, paths, folder: undefined, envFiles: undefined };
  }
  if (item.kind !== "mapping") {
    problems.atPlace(place, "include: an entry must be a path or a mapping", `supported: ${KEYS.join(", ")}`);
    return undefined;
  }
  for (const [key, entry] of item.entries) {
    if (KEYS.includes(key) || key.startsWith("x-")) continue;
    const hint = [didYouMean(key, KEYS), `supported: ${KEYS.join(", ")}`].filter(Boolean).join(" ");
    problems.atPlace(entry.key, `unknown key ${key} under include`, hint);
  }
  const [paths, folders, envFiles] = KEYS.map((key) => {
    const entry = item.entries.get(key);
    if (entry === undefined || isNull(entry.value)) return undefined;
    const found = pathsOf(entry.value);
    if (found === undefined)
      problems.atPlace(entry.value.place, `${key} of an include must be a path, or a list of them`);
    return found ?? [];
  });
  if (paths === undefined) problems.atPlace(place, "an include needs a path", "write path: other/compose.yaml");
  return paths?.[0] && { place, paths, folder: folders?.[0], envFiles };
}

/** One path or a list of them; undefined for anything else. */
function pathsOf(value: Located): readonly WrittenPath[] | undefined {
  const items = value.kind === "list" ? value.items : [value];
  const paths = items.map((item) => ({ place: item.place, text: textOf(item) }));
  return paths.every((path): path is WrittenPath => Boolean(path.text)) ? paths : undefined;
}

async function readInclusion(
  { place, paths, folder: written, envFiles }: Inclusion,
  { layer, reading, trail, mergeLayers }: Including,
): Promise<LocatedMapping | undefined> {
  const { problems, home } = reading;
  const remote = paths.find(({ text }) => isRemote(text));
  if (remote !== undefined) {
    refuseRemote(remote.place, remote.text, problems);
    return undefined;
  }
  const files = paths.map(({ place: where, text }) => ({ where, file: inFolder(layer.folder, text, home) }));
  const main = files[0]?.file ?? "";
  if (trail.includes(main)) {
    const circle = [...trail.slice(trail.indexOf(main)), main].map((file) => basename(file)).join(" -> ");
    problems.atPlace(place, `files include each other: ${circle}`);
    return undefined;
  }
  const folder = written === undefined ? dirname(main) : inFolder(layer.folder, written.text, home);
  const values = await valuesOf(envFiles, folder, layer, reading);
  const layers: Layer[] = [];
  for (const { where, file } of files) {
    const opened = await openFor(where, file, "the included file", reading);
    if (opened === undefined) return undefined;
    layers.push({ file: opened, folder, values });
  }
  const tree = await mergeLayers(layers, reading, [...trail, main]);
  return tree && withInherited(tree, values, layer.values);
}

/** What goes before: the variables of the including file, then the include's own. */
async function valuesOf(
  written: readonly WrittenPath[] | undefined,
  folder: string,
  { folder: from, values: outer }: Layer,
  reading: Reading,
): Promise<Values> {
  if (written === undefined) return over(outer, await readDotEnv(folder, outer.lookup, reading));
  let found: EnvValues | undefined;
  for (const { place, text } of written) {
    if (text === "/dev/null") continue;
    const file = inFolder(from, text, reading.home);
    const next = await readEnvFile(file, outer.lookup, reading, found?.values);
    if (next === undefined) reading.problems.atPlace(place, `the env_file ${file} is not there`);
    else found = { ...next, isComplete: next.isComplete && (found?.isComplete ?? true) };
  }
  return over(outer, found);
}

/** Variables of one's own, where those from outside have none. */
function over(outer: Values, own: EnvValues | undefined): Values {
  if (own === undefined) return outer;
  return {
    lookup: (name) => outer.lookup(name) ?? own.lookup(name),
    isSecret: outer.isSecret,
    areComplete: outer.areComplete && own.isComplete,
  };
}

/** Keys of an included file that are about the project that it is by itself. */
const isOfItsOwn = (key: string): boolean => key === "name" || key === "version" || key.startsWith("x-");

const WRITE_IT_THERE = "write it in the profile itself, or merge the file with -f or x-devenv.extends";

/**
 * What is included lies under what is there: like compose-go since 2.8 (before, two different entries of one name were
 * an error, as the specification still says), but told, since one of them may not know of the other.
 */
function importInto(own: LocatedMapping, imported: LocatedMapping, { problems }: Reading): LocatedMapping {
  const sections = new Map<string, Entry>(own.entries);
  for (const [section, theirs] of imported.entries) {
    if (section === "x-devenv") problems.warn(theirs.key, "x-devenv of an included file has no effect", WRITE_IT_THERE);
    if (isOfItsOwn(section)) continue;
    const ours = sections.get(section);
    if (ours === undefined || isNull(ours.value)) sections.set(section, theirs);
    else if (ours.value.kind === "mapping" && theirs.value.kind === "mapping") {
      sections.set(section, { key: ours.key, value: joined(section, ours.value, theirs.value, problems) });
    }
  }
  return { ...own, entries: sections };
}

function joined(
  section: string,
  own: LocatedMapping,
  imported: LocatedMapping,
  problems: Reading["problems"],
): LocatedMapping {
  const entries = new Map<string, Entry>(own.entries);
  for (const [name, theirs] of imported.entries) {
    const ours = entries.get(name);
    if (ours === undefined) entries.set(name, theirs);
    // What is reached by two ways is one thing.
    else if (fingerprint(ours.value) !== fingerprint(theirs.value)) {
      warnOfConflict(section, name, ours, theirs, problems);
      entries.set(name, { ...ours, value: merge(theirs.value, ours.value, problems, [section, name]) });
    }
  }
  return { ...own, entries };
}

function warnOfConflict(
  section: string,
  name: string,
  ours: Entry,
  theirs: Entry,
  problems: Reading["problems"],
): void {
  const { file, line } = positionAt(theirs.key);
  const message = `${section}.${name} is in the included ${basename(file)}:${line}, too; what stands here goes over it`;
  const hint = "take another name, or put what you change in a file of its own: include: [{ path: [theirs, yours] }]";
  problems.warn(ours.key, message, hint);
}
