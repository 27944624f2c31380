/** What KEY=VALUE lines say, and the numbers (from 1) of the lines that are none. */
export interface KeyValues {
  readonly values: Readonly<Record<string, string>>;
  readonly flaws: readonly number[];
}

const NOTHING = /[ \t]*(?:#[^\n]*)?(?:\n|$)/y;
const KEY = /[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=[ \t]*/y;
/** Up to the quote that ends it, over lines too; then nothing but a comment. */
const DOUBLE = /"([^"\\]*(?:\\.[^"\\]*)*)"[ \t]*(?:#[^\n]*)?(?:\n|$)/sy;
const SINGLE = /'([^']*)'[ \t]*(?:#[^\n]*)?(?:\n|$)/y;
const PLAIN = /(?!["'])([^\n]*)(?:\n|$)/y;
const LINE = /[^\n]*(?:\n|$)/y;

/**
 * The secrets of a file, or of a command's output: `KEY=VALUE`, `export KEY=VALUE`, values in single quotes (as they
 * are) or double quotes (`\n`, `\t`, `\"`, `\\`, `\$`), both over several lines if need be. Nothing is put in for `$`,
 * and unlike in Node's parseEnv a `#` begins a comment after white space only, as in Compose's `.env`: passwords have
 * them. What is no such line is noted and never quoted, as it may be a piece of a secret.
 */
export function keyValues(text: string): KeyValues {
  const source = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  const values: [string, string][] = [];
  const flaws: number[] = [];
  let at = 0;
  let line = 1;
  const take = (pattern: RegExp, from: number): RegExpExecArray | undefined => {
    pattern.lastIndex = from;
    return pattern.exec(source) ?? undefined;
  };
  while (at < source.length) {
    const end = entryEnd(at, take, values);
    if (end === undefined) flaws.push(line);
    const next = end ?? LINE.lastIndex;
    for (let newline = source.indexOf("\n", at); newline >= 0 && newline < next; line++) {
      newline = source.indexOf("\n", newline + 1);
    }
    at = next;
  }
  return { values: Object.fromEntries(values), flaws };
}

/** Reads what begins at a place and gives where it ends; undefined, with LINE past its line, where it is no entry. */
function entryEnd(
  at: number,
  take: (pattern: RegExp, from: number) => RegExpExecArray | undefined,
  values: [string, string][],
): number | undefined {
  if (take(NOTHING, at) !== undefined) return NOTHING.lastIndex;
  const key = take(KEY, at)?.[1];
  for (const pattern of key === undefined ? [] : [DOUBLE, SINGLE, PLAIN]) {
    const value = take(pattern, KEY.lastIndex)?.[1];
    if (value === undefined) continue;
    values.push([key ?? "", pattern === DOUBLE ? unescaped(value) : pattern === PLAIN ? withoutComment(value) : value]);
    return pattern.lastIndex;
  }
  take(LINE, at);
  return undefined;
}

/** A comment begins after white space, or right away. */
const withoutComment = (value: string): string => value.replace(/(?<![^ \t])#.*/, "").trimEnd();

const MEANT: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\", $: "$" };

const unescaped = (value: string): string =>
  value.replace(/\\(.)/gs, (written: string, character: string) => MEANT[character] ?? written);
