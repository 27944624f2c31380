import { basename, dirname } from "node:path";
import { didYouMean } from "../model/nearest.ts";
import { isRemote, withAbsolutePaths } from "./absolute-paths.ts";
import { interpolateTree, type Values } from "./interpolate-tree.ts";
import {
  childOf,
  type Entry,
  isNull,
  type Located,
  type LocatedMapping,
  textOf,
  withChanged,
  withEntry,
} from "./located.ts";
import { merge, withoutMarks } from "./merge.ts";
import { withUniqueItems } from "./merge-unique.ts";
import { type Layer, openFor, type Reading, refuseRemote } from "./reading.ts";
import type { Place } from "./source-text.ts";
import type { YamlFile } from "./yaml-source.ts";

/** The services of one file, which `extends` finds by their names. */
interface Siblings {
  readonly file: string;
  readonly services: ReadonlyMap<string, Entry>;
  /** What has been laid over its base already. */
  readonly done: Map<string, Located>;
  /** Those that lack what they extend, or something that this one does: what they then seem to lack is not told. */
  readonly incomplete: Set<string>;
}

/** Reads the services of other files, each file once. */
type OtherFiles = (file: string, place: Place) => Promise<Siblings | undefined>;

/** `extends: name`, or `{ service: name, file: other.yaml }`. */
interface Extension {
  readonly service: string;
  readonly place: Place;
  readonly file: { readonly path: string; readonly place: Place } | undefined;
}

/** A service on the way from one that extends to what it extends. */
interface Step {
  readonly file: string;
  readonly name: string;
}

/** Lays every service of a document over the one that it extends, by the rules of merging (05-services.md, extends). */
export async function withExtended(tree: LocatedMapping, layer: Layer, reading: Reading): Promise<LocatedMapping> {
  const services = childOf(tree, "services");
  if (services?.kind !== "mapping") return tree;
  if (![...services.entries.values()].some(({ value }) => childOf(value, "extends") !== undefined)) return tree;
  const siblings: Siblings = {
    file: layer.file.source.file,
    services: services.entries,
    done: new Map(),
    incomplete: new Set(),
  };
  const known = new Map<string, Promise<Siblings | undefined>>();
  const others: OtherFiles = (file, place) => {
    const opening = known.get(file) ?? readSiblings(file, place, layer.values, reading);
    known.set(file, opening);
    return opening;
  };
  const entries = new Map<string, Entry>();
  for (const [name, { key }] of services.entries) {
    entries.set(name, { key, value: await extended(name, siblings, others, reading, []) });
  }
  return withChanged(tree, "services", () => ({ ...services, entries }));
}

async function extended(
  name: string,
  siblings: Siblings,
  others: OtherFiles,
  reading: Reading,
  trail: readonly Step[],
): Promise<Located> {
  const known = siblings.done.get(name);
  if (known !== undefined) return known;
  const entry = siblings.services.get(name);
  const written = childOf(entry?.value, "extends");
  if (entry?.value.kind !== "mapping" || written === undefined) return entry?.value ?? NOTHING;
  const own = withEntry(entry.value, "extends", undefined);
  const base = written.mark === "reset" ? NOTHING : await baseOf(name, written, siblings, others, reading, trail);
  if (base === undefined) siblings.incomplete.add(name);
  if (siblings.incomplete.has(name)) reading.problems.silence(entry.key);
  const result =
    base === undefined || isNull(base) ? own : merge(withoutMarks(base), own, reading.problems, ["services", name]);
  siblings.done.set(name, result);
  return result;
}

const NOTHING: Located = { kind: "scalar", place: { source: { file: "", text: "" }, offset: 0 }, end: 0, value: null };

/** The service that one extends, laid over its own base; undefined, with the problem noted, when there is none. */
async function baseOf(
  name: string,
  written: Located,
  siblings: Siblings,
  others: OtherFiles,
  reading: Reading,
  trail: readonly Step[],
): Promise<Located | undefined> {
  const { problems } = reading;
  const extension = extensionOf(written, problems);
  if (extension === undefined) return undefined;
  const { service, place, file } = extension;
  if (file !== undefined && isRemote(file.path)) {
    refuseRemote(file.place, file.path, problems);
    return undefined;
  }
  const home = file === undefined ? siblings : await others(file.path, file.place);
  if (home === undefined) return undefined;
  if (trail.some(({ file, name: other }) => file === siblings.file && other === name)) {
    problems.atPlace(place, circleOf(siblings.file, name, trail));
    return undefined;
  }
  if (trail.length > LONGEST_CHAIN) {
    problems.atPlace(place, `more than ${LONGEST_CHAIN} services extend one another`);
    return undefined;
  }
  if (!home.services.has(service)) {
    const hint = didYouMean(
      service,
      [...home.services.keys()].filter((other) => home !== siblings || other !== name),
    );
    problems.atPlace(place, `${name} extends ${service}, which is no service of ${basename(home.file)}`, hint);
    return undefined;
  }
  const base = await extended(service, home, others, reading, [...trail, { file: siblings.file, name }]);
  if (home.incomplete.has(service)) siblings.incomplete.add(name);
  return base;
}

/** Nobody has written more than a few; a profile of thousands would use the stack up. */
const LONGEST_CHAIN = 200;

/** `services extend each other: a -> b -> a`; with their files where there are several. */
function circleOf(file: string, name: string, trail: readonly Step[]): string {
  const start = trail.findIndex((step) => step.file === file && step.name === name);
  const circle = [...trail.slice(start), { file, name }];
  const isOneFile = circle.every((step) => step.file === file);
  const words = circle.map((step) => (isOneFile ? step.name : `${step.name} of ${basename(step.file)}`));
  return words.length > 2 ? `services extend each other: ${words.join(" -> ")}` : `${name} extends itself`;
}

const KEYS = ["service", "file"];

function extensionOf(written: Located, problems: Reading["problems"]): Extension | undefined {
  const short = textOf(written);
  if (short) return { service: short, place: written.place, file: undefined };
  if (written.kind !== "mapping") {
    problems.atPlace(written.place, "extends must be a service's name or a mapping", `supported: ${KEYS.join(", ")}`);
    return undefined;
  }
  for (const [key, entry] of written.entries) {
    if (KEYS.includes(key) || key.startsWith("x-")) continue;
    const hint = [didYouMean(key, KEYS), `supported: ${KEYS.join(", ")}`].filter(Boolean).join(" ");
    problems.atPlace(entry.key, `unknown key ${key} under extends`, hint);
  }
  const [service, file] = KEYS.map((key) => written.entries.get(key)?.value);
  const name = textOf(service);
  if (!name || service === undefined) {
    problems.atPlace(service?.place ?? written.place, "extends needs the service's name", "write service: NAME");
    return undefined;
  }
  if (file === undefined || isNull(file)) return { service: name, place: service.place, file: undefined };
  const path = textOf(file);
  if (!path) problems.atPlace(file.place, "file of extends must be a path");
  return path ? { service: name, place: service.place, file: { path, place: file.place } } : undefined;
}

async function readSiblings(
  file: string,
  place: Place,
  values: Values,
  reading: Reading,
): Promise<Siblings | undefined> {
  const opened = await openFor(place, file, "the extended file", reading);
  if (opened === undefined) return undefined;
  const tree = mergedAlone(opened, values, reading);
  const services = childOf(tree, "services");
  if (services?.kind === "mapping") return { file, services: services.entries, done: new Map(), incomplete: new Set() };
  reading.problems.atPlace(place, `the extended file ${file} has no services`);
  return undefined;
}

/** A file's documents, without what it includes: as in Compose, `extends` sees the file itself only. */
function mergedAlone({ source, documents }: YamlFile, values: Values, reading: Reading): Located | undefined {
  const folders = { folder: dirname(source.file), home: reading.home };
  return documents.reduce<Located | undefined>((whole, document) => {
    const filled = interpolateTree(document, values, reading.problems);
    if (filled.kind !== "mapping") return whole;
    const located = withAbsolutePaths(filled, folders);
    const merged = withoutMarks(whole === undefined ? located : merge(whole, located, reading.problems));
    return merged.kind === "mapping" ? withUniqueItems(merged) : merged;
  }, undefined);
}
