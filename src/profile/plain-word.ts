import type { Scalar } from "./located.ts";

const WORDS: Readonly<Record<string, Scalar>> = {
  "": null,
  "~": null,
  null: null,
  Null: null,
  NULL: null,
  true: true,
  True: true,
  TRUE: true,
  false: false,
  False: false,
  FALSE: false,
  ".nan": Number.NaN,
  ".NaN": Number.NaN,
  ".NAN": Number.NaN,
};

const INFINITY = /^[-+]?\.(inf|Inf|INF)$/;
const INTEGER = /^[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
/** The largest whole number that Compose's reader keeps exactly. */
const LARGEST = 2n ** 64n - 1n;

/**
 * What a word without quotes means to Compose (go-yaml, which is YAML 1.2 with the numbers of 1.1): 0440 and 0o440 are
 * octal, 0b1 is binary, 1_000 is a thousand; yes, no, on, off and 22:22 are texts. A whole number beyond what
 * JavaScript counts exactly stays the text of its digits.
 */
export function plainWord(source: string): Scalar {
  if (Object.hasOwn(WORDS, source)) return WORDS[source] ?? null;
  if (!/^[-+.0-9]/.test(source)) return source;
  if (INFINITY.test(source)) return source.startsWith("-") ? -Infinity : Infinity;
  const digits = source.startsWith(".") ? source.replace(/(?<=[0-9])_(?=[0-9])/g, "") : source.replaceAll("_", "");
  if (INTEGER.test(digits)) return wholeNumber(digits);
  // A number that is too large for a number is a text.
  return FLOAT.test(digits) && Number.isFinite(Number(digits)) ? Number(digits) : source;
}

function wholeNumber(digits: string): number | string {
  const sign = digits.startsWith("-") ? -1n : 1n;
  const unsigned = digits.replace(/^[-+]/, "").toLowerCase();
  const isOctal = /^0[0-7]/.test(unsigned);
  const value = sign * BigInt(isOctal ? `0o${unsigned.slice(1)}` : unsigned);
  if (value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
  return value > LARGEST || value < -(LARGEST / 2n) ? Number(value) : String(value);
}

/** A word without quotes that Compose reads as a point in time, which it then takes nowhere. */
export const isDate = (source: string): boolean =>
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt][0-9]{1,2}:[0-9]{1,2}:[0-9.]+(Z|[-+][0-9]{2}:[0-9]{2})| [0-9]{1,2}:[0-9]{1,2}:[0-9.]+)?$/.test(
    source,
  );
