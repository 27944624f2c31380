import type { Problem } from "../model/failure.ts";
import { type ServiceName, serviceName } from "../model/names.ts";
import { didYouMean, nearest } from "../model/nearest.ts";
import { isBuildNumber, isDay, type PinInPlace, type Pins } from "../model/pin.ts";
import type { Entry, Located, LocatedMapping } from "./located.ts";
import { type ProblemList, problemList } from "./problem-list.ts";
import { type Place, positionAt, type SourceText } from "./source-text.ts";
import { parseYaml } from "./yaml-source.ts";

/** What a pins file says. */
export interface PinsText {
  readonly pins: Pins;
  /** Keys that mean nothing to us; they are kept, as people may note more than we read. */
  readonly warnings: readonly Problem[];
}

const KEYS = ["build", "reason", "date", "by"];

/**
 * Takes the file's name (for positions) and its text; gives its pins, sorted by service.
 * @throws Failure (class user) with all mistakes of the file, each with its position.
 */
export function parsePins(file: string, text: string): PinsText {
  const source = { file, text: text.replace(/^\uFEFF/, "") };
  const problems = problemList(source);
  refuseConflicts(source, problems);
  const [document, second] = parseYaml(source, problems)?.documents ?? [];
  if (second !== undefined) problems.atPlace(second.place, "a second document in this file, which takes one");
  if (document === undefined) throw problems.failure();
  const pins = pinsOf(document, problems);
  if (!problems.isEmpty) throw problems.failure();
  return { pins: new Map([...pins].sort(([a], [b]) => (a < b ? -1 : 1))), warnings: problems.warnings() };
}

/** A file under version control meets them, and the YAML parser's own words about them help nobody. */
function refuseConflicts(source: SourceText, problems: ProblemList): void {
  const hint = "two branches pin differently: keep the lines that are meant, and delete the marks";
  for (const { index } of source.text.matchAll(/^<{7}(?: |$)/gm)) {
    problems.atPlace({ source, offset: index }, "git left a merge conflict here", hint);
  }
  if (!problems.isEmpty) throw problems.failure();
}

function pinsOf(document: Located, problems: ProblemList): [ServiceName, PinInPlace][] {
  // Nothing but comments.
  if (isNothing(document)) return [];
  if (document.kind !== "mapping") {
    problems.atPlace(document.place, "the file must be a mapping", EXAMPLE);
    return [];
  }
  warnOfUnknown(document, ["pins"], "at the top", problems);
  const pins = document.entries.get("pins");
  if (pins === undefined || isNothing(pins.value)) return [];
  if (pins.value.kind !== "mapping") {
    problems.atPlace(placeOf(pins), "pins must be a mapping of services", EXAMPLE);
    return [];
  }
  return [...pins.value.entries].flatMap(([name, entry]) => {
    const pin = pinOf(name, entry, problems);
    return pin === undefined ? [] : [[serviceName(name), pin] as [ServiceName, PinInPlace]];
  });
}

const EXAMPLE = 'write pins: { books: { build: "124", reason: … } }';

function pinOf(service: string, entry: Entry, problems: ProblemList): PinInPlace | undefined {
  const { key, value } = entry;
  if (value.kind !== "mapping") {
    problems.atPlace(placeOf(entry), `the pin of ${service} must be a mapping`, `write ${service}: { build: "124" }`);
    return undefined;
  }
  warnOfUnknown(value, KEYS, `of the pin of ${service}`, problems);
  const text = (name: string) => textAt(value, service, name, problems);
  const pin = { build: text("build"), reason: text("reason"), date: text("date"), by: text("by") };
  const at = (name: string) => placeOf(value.entries.get(name) ?? entry);
  if (!value.entries.has("build")) {
    const [meant] = nearest("build", value.entries.keys());
    const hint = meant === undefined ? 'write build: "124", or what CI calls it' : `is ${meant} meant to be build?`;
    problems.atPlace(key, `the pin of ${service} has no build`, hint);
  } else if (pin.build !== undefined && !isBuildNumber(pin.build)) {
    problems.atPlace(at("build"), `${service}: ${pin.build || "nothing"} is no build of CI`, buildHint(pin.build));
  }
  if (pin.date !== undefined && !isDay(pin.date)) {
    problems.atPlace(at("date"), `${service}: ${pin.date || "nothing"} is no date`, "write it as 2026-11-21");
  }
  return pin.build === undefined ? undefined : { ...pin, build: pin.build, where: positionAt(key) };
}

function buildHint(build: string): string {
  if (build.startsWith("ci:")) return `write ${build.slice("ci:".length)}, without ci:`;
  if (build.startsWith("local:")) return "nobody else has a local build: publish it, and pin what CI calls it";
  return "write it as `devenv artifacts list` does: 124, v1.4.0";
}

/** A word without quotes as it is written: 1.10 is not 1.1, and 0124 is not 84. */
function textAt(pin: LocatedMapping, service: string, name: string, problems: ProblemList): string | undefined {
  const entry = pin.entries.get(name);
  if (entry === undefined) return undefined;
  const { value } = entry;
  if (value.kind === "scalar" && value.value !== null && typeof value.value !== "boolean") {
    return value.word ?? String(value.value);
  }
  const what = isNothing(value) ? "empty" : value.kind === "scalar" ? String(value.value) : `a ${value.kind}`;
  problems.atPlace(placeOf(entry), `${name} of the pin of ${service} must be a text, and is ${what}`);
  return undefined;
}

function warnOfUnknown(mapping: LocatedMapping, known: readonly string[], where: string, problems: ProblemList): void {
  for (const [name, { key }] of mapping.entries) {
    if (known.includes(name) || name.startsWith("x-")) continue;
    const hint = didYouMean(name, known) ?? "x-… is for notes of your own";
    problems.warn(key, `unknown key ${name} ${where}: it does nothing`, hint);
  }
}

const isNothing = (value: Located): boolean => value.kind === "scalar" && value.value === null;

/** Where a value is, or its key when nothing is written for it. */
const placeOf = ({ key, value }: Entry): Place =>
  value.kind === "scalar" && value.end === value.place.offset ? key : value.place;
