import { type ServiceName, serviceName } from "../model/names.ts";
import { isBuildNumber, isDay, type PinInPlace, type Pins } from "../model/pin.ts";
import { plainWord } from "./plain-word.ts";

/** `  books:`, `    build: "124"`: as `devenv pin` writes them. */
const SERVICE = /^ {2}([A-Za-z0-9][\w.-]*):$/;
const VALUE =
  /^ {4}(build|reason|date|by): (?:"((?:(?!["\\])[\p{L}\p{M}\p{N}\p{P}\p{S} ])*)"|([\p{L}\p{N}][\p{L}\p{N} ,.()/+_-]*))$/u;
const NOTHING = /^ *(#[\x20-\x7e]*)?$/;

interface Lines {
  readonly name: ServiceName;
  readonly line: number;
  readonly text: string;
  readonly values: Map<string, string>;
}

/**
 * Reads a pins file that is written as `devenv pin` writes it, line by line: the YAML parser's import would be a third
 * of a `devenv status`. Undefined for any other text, and for one with a mistake: that is the parser's to judge.
 */
export function plainPins(file: string, text: string): Pins | undefined {
  const numbered = text.split("\n").map((written, index) => ({ written, line: index + 1 }));
  const [first, ...rest] = numbered.filter(({ written }) => !NOTHING.test(written));
  if (first?.written !== "pins:") return undefined;
  const services: Lines[] = [];
  for (const { written, line } of rest) {
    const name = SERVICE.exec(written)?.[1];
    if (name !== undefined) services.push({ name: serviceName(name), line, text: written, values: new Map() });
    else if (!keep(written, services.at(-1)?.values)) return undefined;
  }
  const pins = services.map((lines) => [lines.name, pinOf(lines, file)] as const);
  const whole = pins.flatMap(([name, pin]) => (pin === undefined ? [] : [[name, pin] as const]));
  if (new Set(whole.map(([name]) => name)).size < services.length) return undefined;
  return new Map(whole.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Whether a line gives a service a value that it did not have yet. */
function keep(written: string, values: Map<string, string> | undefined): boolean {
  const [, key, quoted, plain = ""] = VALUE.exec(written) ?? [];
  if (key === undefined || values === undefined || values.has(key)) return false;
  if (quoted === undefined && !isItself(plain)) return false;
  values.set(key, quoted ?? plain);
  return true;
}

/** A word that means something else than its text (true, a number with too many digits) is the parser's to read. */
function isItself(word: string): boolean {
  const meant = plainWord(word);
  return word === word.trimEnd() && (typeof meant === "number" || meant === word);
}

function pinOf({ line, text, values }: Lines, file: string): PinInPlace | undefined {
  const [build, date] = [values.get("build"), values.get("date")];
  if (build === undefined || !isBuildNumber(build) || (date !== undefined && !isDay(date))) return undefined;
  return { build, reason: values.get("reason"), date, by: values.get("by"), where: { file, line, column: 3, text } };
}
