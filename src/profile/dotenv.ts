import { interpolate, type Lookup } from "./interpolate.ts";

/** What a file of KEY=VALUE lines says, as Compose reads `.env` and `env_file`. */
export interface EnvFile {
  /** In the order of the file. */
  readonly values: Readonly<Record<string, string>>;
  /** What cannot be read, and (as `isWarning`) variables that are not set. */
  readonly flaws: readonly EnvFlaw[];
}

export interface EnvFlaw {
  readonly offset: number;
  readonly message: string;
  readonly hint?: string;
  readonly isWarning?: boolean;
}

const BLANK = /(?:\s|#[^\n]*)*/y;
const EXPORT = /export[^\S\n]+(?=\S)/y;
const KEY = /[\p{L}\p{N}_.[\]-]+/uy;
/** What parts a key from its value; without one the value is that of the environment. */
const PARTING = /[^\S\n]*([=:]|(?=\n)|(?=#)|$)[^\S\n]*/y;
const LINE = /[^\n]*/y;
const QUOTED = /(["'])((?:\\[\s\S]|(?!\1)[^\\])*)\1/y;

/**
 * Reads the syntax of Compose's own parser: `export`, comments, `KEY: value`, quotes over several lines, escapes and
 * variables in double quotes, variables in values without quotes, and a key alone, whose value is the environment's.
 * Node's parseEnv knows neither variables nor escapes, and takes a mistake for the end of the file.
 * @param lookup where the variables in values come from first; then from the lines above.
 * @param earlier what files that were read before say, over which this one goes.
 */
export function parseDotEnv(text: string, lookup: Lookup, earlier: Readonly<Record<string, string>> = {}): EnvFile {
  const values: Record<string, string> = Object.assign(Object.create(null), earlier);
  const flaws: EnvFlaw[] = [];
  const known: Lookup = (name) => lookup(name) ?? values[name];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  const expand = (value: string, offset: number): string => {
    const { text: expanded, flaws: found } = interpolate(value, known);
    for (const { kind, message, hint } of found) flaws.push({ offset, message, hint, isWarning: kind === "unset" });
    return expanded;
  };
  const takeValue = (): string => {
    const offset = at;
    const [, quote, inner = ""] = take(QUOTED) ?? [];
    if (quote === "'") return inner.replaceAll("\\'", "'");
    if (quote === '"') return expand(withoutEscapes(inner), offset);
    const line = take(LINE)?.[0] ?? "";
    if (/^["']/.test(line)) flaws.push({ offset, message: "the quotes of this value are not closed" });
    return expand(line.replace(/ #.*/, "").trimEnd(), offset);
  };
  for (take(BLANK); at < text.length; take(BLANK)) {
    const offset = at;
    take(EXPORT);
    const key = take(KEY)?.[0];
    const parting = key === undefined ? null : take(PARTING);
    if (key === undefined || parting === null) {
      const line = take(LINE)?.[0] ?? "";
      flaws.push({ offset, ...notALine(key, line) });
    } else {
      const value = parting[1] ? takeValue() : lookup(key);
      if (value !== undefined) values[key] = value;
    }
  }
  return { values, flaws };
}

function notALine(key: string | undefined, rest: string): { message: string; hint: string } {
  const hint = "write KEY=value, and quotes around a value of several lines";
  if (key === undefined) return { message: `${rest.slice(0, 1)} cannot begin the name of a variable`, hint };
  return { message: `after the name ${key} there is no =`, hint };
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  // A dollar sign that begins no variable.
  $: "$$",
  '"': '"',
  "\\": "\\",
};

const withoutEscapes = (quoted: string): string =>
  quoted.replace(/\\(?:0([0-7]{1,3})|([abfnrtv$"\\]))/g, (_whole, octal: string | undefined, letter: string) =>
    octal === undefined ? (ESCAPES[letter] ?? "") : String.fromCharCode(Number.parseInt(octal, 8)),
  );
