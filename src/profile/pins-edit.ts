import { type Document, isMap, isScalar, Pair, parseDocument, Scalar, type YAMLMap } from "yaml";
import { failed } from "../model/failure.ts";
import { type ServiceName, serviceName } from "../model/names.ts";
import type { Pin, Pins } from "../model/pin.ts";
import { parsePins } from "./pins-text.ts";
import { plainWord } from "./plain-word.ts";

/** What is to become of services' pins; undefined takes one away. */
export type PinChanges = ReadonlyMap<ServiceName, Pin | undefined>;

const NEW_FILE = `# The builds of CI that services stay on: \`devenv up\` and \`devenv fetch\` leave a pinned service alone.
# Written by \`devenv pin\` and \`devenv unpin\`, or by hand. Commit it: it is the whole team's.
pins: {}
`;

/** In this order, so that two people who pin the same write the same. */
const KEYS = ["build", "reason", "date", "by"] as const;

/**
 * Takes the text of a pins file (undefined for none yet) and what is to change; gives the new text: sorted by service,
 * with the comments and the further keys that people wrote.
 * @throws Failure (class user) with every mistake in the text; with exit code 1 where it cannot be changed without
 * changing what else it says.
 */
export function editPins(file: string, text: string | undefined, changes: PinChanges): string {
  const before = text?.trim() ? text : NEW_FILE;
  const wanted = changed(parsePins(file, before).pins, changes);
  // In this schema all is text, and is written as it was read: 0124 stays 0124.
  const document = parseDocument(before, { schema: "failsafe" });
  const edited = write(document, changes);
  // Anchors can make an entry mean another thing in another place: what is written says what it is to say, or nothing is.
  if (edited === undefined || !isSame(read(file, edited), wanted)) throw tooIntricate(file);
  return edited;
}

function changed(pins: Pins, changes: PinChanges): Map<ServiceName, Pin> {
  const wanted = new Map<ServiceName, Pin>(pins);
  for (const [service, pin] of changes) {
    if (pin === undefined) wanted.delete(service);
    else wanted.set(service, pin);
  }
  return wanted;
}

/** Undefined where the document cannot be written with these changes. */
function write(document: Document.Parsed, changes: PinChanges): string | undefined {
  const pins = pinsMapping(document);
  if (pins === undefined) return undefined;
  bindLeadingComment(pins);
  for (const [service, pin] of changes) {
    if (pin === undefined) pins.delete(service);
    else setPin(document, pins, service, pin);
  }
  pins.items.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  // An empty line stands between two entries, not above the first.
  if (isScalar(pins.items[0]?.key)) pins.items[0].key.spaceBefore = false;
  // `pins: {}` is how nothing is written; a pin a line is what a review can read.
  if (pins.flow && pins.items.length > 0 && pins.items.every(({ key }) => changes.has(keyOf({ key }))))
    pins.flow = false;
  if (pins.items.length === 0) pins.flow = true;
  try {
    return document.toString({ lineWidth: 0 });
  } catch {
    return undefined;
  }
}

/** The mapping of the pins, made where there is none yet. */
function pinsMapping(document: Document.Parsed): YAMLMap | undefined {
  const { contents } = document;
  if (isNothing(contents)) document.contents = document.createNode({}) as never;
  if (!isMap(document.contents)) return undefined;
  const pins: unknown = document.get("pins", true);
  if (isMap(pins)) return pins as YAMLMap;
  if (pins !== undefined && !isNothing(pins)) return undefined;
  const made = document.createNode({}) as YAMLMap;
  document.set("pins", made);
  return made;
}

const isNothing = (node: unknown): boolean =>
  node === null || (isScalar(node) && node.type === "PLAIN" && plainWord(String(node.value)) === null);

/** The parser gives a comment above the first entry to the mapping; it is about that entry, and goes where it goes. */
function bindLeadingComment(pins: YAMLMap): void {
  const [first] = pins.items;
  if (pins.commentBefore == null || !isScalar(first?.key)) return;
  first.key.commentBefore = pins.commentBefore;
  pins.commentBefore = null;
}

function setPin(document: Document.Parsed, pins: YAMLMap, service: ServiceName, pin: Pin): void {
  const there = pins.get(service, true);
  const entry = isMap(there) ? there : (document.createNode({}) as YAMLMap);
  if (!isMap(there)) pins.set(service, entry);
  for (const key of KEYS) {
    const value = pin[key];
    if (value === undefined) entry.delete(key);
    else if (entry.has(key)) setText(entry, key, value);
    else entry.items.splice(placeFor(entry, key), 0, new Pair(new Scalar(key), scalarOf(value)));
  }
}

/** A value that stays is left as it is written. */
function setText(entry: YAMLMap, key: string, value: string): void {
  if (entry.get(key) !== value) entry.set(key, scalarOf(value));
}

/** A text in quotes where it would be read as something else without. */
function scalarOf(text: string): Scalar {
  const scalar = new Scalar(text);
  if (typeof plainWord(text) !== "string") scalar.type = "QUOTE_DOUBLE";
  return scalar;
}

/** Behind the keys that come before it. */
function placeFor(entry: YAMLMap, key: (typeof KEYS)[number]): number {
  const before: readonly string[] = KEYS.slice(0, KEYS.indexOf(key));
  return entry.items.findLastIndex((pair) => before.includes(keyOf(pair))) + 1;
}

function keyOf({ key }: Pick<Pair, "key">): ServiceName {
  return serviceName(String(isScalar(key) ? key.value : key));
}

function read(file: string, text: string): Pins | undefined {
  try {
    return parsePins(file, text).pins;
  } catch {
    return undefined;
  }
}

function isSame(is: Pins | undefined, wanted: ReadonlyMap<ServiceName, Pin>): boolean {
  if (is === undefined || is.size !== wanted.size) return false;
  return [...wanted].every(([service, pin]) => KEYS.every((key) => is.get(service)?.[key] === pin[key]));
}

const tooIntricate = (file: string) =>
  failed(`${file} cannot be changed by a program without changing what else it says`, {
    hint: "Its anchors or aliases are in the way: write the pins out, or edit it by hand.",
  });
