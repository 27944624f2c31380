import * as z from "zod";
import { editDistance } from "../model/nearest.ts";
import { DURATION, durationWithoutUnit, parseDuration } from "./duration.ts";
import { type Parsed, wrong } from "./parsed.ts";
import { parseLimit, parseSize } from "./size-syntax.ts";

// A profile is validated once in a process's life: compiling the validators costs more than it gives (10 ms, not 6).
z.config({ jitless: true });

/**
 * A mapping with these keys and no others. The "message" of an unknown key is the list of the supported ones:
 * schema-problems makes the sentence, where the key's name is at hand.
 */
export function closedMapping<Shape extends z.ZodRawShape>(shape: Shape) {
  const supported = Object.keys(shape).join(", ");
  return z.strictObject(shape, { error: (issue) => (issue.code === "unrecognized_keys" ? supported : undefined) });
}

/** Like `closedMapping`, but the `x-*` keys of other tools may stand in it, too; they are left out. */
export function mapping<Shape extends z.ZodRawShape>(shape: Shape) {
  const inner = closedMapping(shape);
  OPEN_TO_EXTENSIONS.add(inner);
  return z.preprocess(withoutExtensions, inner);
}

/** The mappings in which `x-*` keys may stand; json-schema says so, too. */
export const OPEN_TO_EXTENSIONS = new WeakSet<object>();

/** A misspelt `x-devenv` stays, so that it is told as an unknown key. */
function withoutExtensions(given: unknown): unknown {
  if (!isObject(given)) return given;
  const isForeign = (key: string) => key.startsWith("x-") && editDistance(key, "x-devenv") > 1;
  if (!Object.keys(given).some(isForeign)) return given;
  return Object.fromEntries(Object.entries(given).filter(([key]) => !isForeign(key)));
}

const isObject = (given: unknown): given is Record<string, unknown> =>
  typeof given === "object" && given !== null && !Array.isArray(given);

/** A mapping whose keys are the profile's own: names of services, variables, labels. */
export const record = <Value extends z.ZodType>(value: Value, key: z.ZodType<string, string> = z.string()) =>
  z.record(key, value);

const OPTIONAL = new WeakMap<z.ZodType, z.ZodOptional>();

/**
 * A key that may be absent, with what an editor says of it. Built of as few of zod's objects as will do, since the
 * schema is built at every reading: `schema.optional().describe(…)` is three of them, and there are hundreds of keys.
 */
export function maybe<Schema extends z.ZodType>(schema: Schema, description?: string): z.ZodOptional<Schema> {
  const known = OPTIONAL.get(schema);
  if (description === undefined && known !== undefined) return known as z.ZodOptional<Schema>;
  const optional = z.optional(schema);
  if (description === undefined) OPTIONAL.set(schema, optional);
  else z.globalRegistry.add(optional, { description });
  return optional;
}

/** Runs a small parser as part of a schema; its hint travels in the issue's `params`. */
export function parsing<Value, Input>(parser: (input: Input) => Parsed<Value>) {
  return (input: Input, context: z.RefinementCtx): Value => {
    const result = parser(input);
    if ("value" in result) return result.value;
    context.addIssue({ code: "custom", message: result.problem, params: { hint: result.hint } });
    return z.NEVER;
  };
}

/** A text that says something. */
export const text = z.string().min(1, "must not be empty");

/** A text that says nothing when it is empty, as an unset variable leaves it: to Compose that is as if it were absent. */
export const maybeText = z.string().transform((given) => (given === "" ? undefined : given));

export const texts = z.array(z.string());

/** A number is let in only to be told that it has no unit. */
export const duration = z
  .union([z.string(), z.number()])
  .meta({ pattern: DURATION.source, examples: ["10s", "1m30s", "500ms"] })
  .transform(
    parsing((given: string | number) => {
      return typeof given === "string" ? parseDuration(given) : durationWithoutUnit(String(given));
    }),
  );

const WORD_OF_FLAG: Readonly<Record<string, boolean>> = {
  ...{ true: true, y: true, yes: true, on: true },
  ...{ false: false, n: false, no: false, off: false },
};

/** True or false; as a text, too, because an interpolated value is one. The words are those of YAML 1.1, as Compose's. */
export const flag = z.union([
  z.boolean(),
  z.string().transform(
    parsing((given: string): Parsed<boolean> => {
      const word = given.toLowerCase();
      const value = Object.hasOwn(WORD_OF_FLAG, word) ? WORD_OF_FLAG[word] : undefined;
      return value === undefined ? wrong(`${given || "nothing"} is neither true nor false`) : { value };
    }),
  ),
]);

const numberOrText = z.union([z.number(), z.string()]).transform(String);

/** A number as text or as itself: an interpolated value is a text. */
const numeric = (pattern: RegExp, what: string, [least, most]: readonly [number, number]) =>
  numberOrText.transform(
    parsing((given: string): Parsed<number> => {
      if (!pattern.test(given)) return wrong(`${given || "nothing"} is not ${what}`);
      const value = Number(given);
      return value >= least && value <= most ? { value } : wrong(`${given} is not between ${least} and ${most}`);
    }),
  );

const WHOLE = /^-?[0-9]{1,15}$/;
const HUGE = Number.MAX_SAFE_INTEGER;

/** A whole number between two others, both included. */
export const whole = (least: number, most: number) => numeric(WHOLE, "a whole number", [least, most]);

/** A whole number, zero or more. */
export const count = numeric(/^[0-9]{1,15}$/, "a whole number", [0, HUGE]);

/** A whole number, zero or more, or -1 for "without limit". */
export const countOrUnlimited = numeric(/^(-1|[0-9]{1,15})$/, "a whole number or -1", [-1, HUGE]);

/** A number, zero or more: CPUs. */
export const decimal = numeric(/^([0-9]+(\.[0-9]*)?|\.[0-9]+)$/, "a number", [0, HUGE]);

/** A number of bytes with a unit, or alone. */
export const bytes = numberOrText.transform(parsing(parseSize));
export const bytesOrUnlimited = numberOrText.transform(parsing(parseLimit));

/** Microseconds: a number, or a duration. */
export const micros = numberOrText.transform(
  parsing((given: string): Parsed<number> => {
    if (/^[0-9]{1,15}$/.test(given)) return { value: Number(given) };
    const duration = parseDuration(given);
    return "value" in duration ? { value: Math.round(duration.value * 1000) } : duration;
  }),
);

/** A port of a container. */
export const port = count.transform(
  parsing((given: number): Parsed<number> => {
    return given >= 1 && given <= 65_535 ? { value: given } : wrong(`the port ${given} is not between 1 and 65535`);
  }),
);

/** Permission bits: octal as text, and a number as YAML read it (0440 is octal to Compose). */
export const fileMode = z.union([z.number(), z.string()]).transform(
  parsing((given: number | string): Parsed<number> => {
    const bits =
      typeof given === "number"
        ? given
        : Number.parseInt(/^(0o?)?[0-7]{1,4}$/.test(given) ? given.replace("o", "") : "", 8);
    const isMode = Number.isInteger(bits) && bits >= 0 && bits <= 0o7777;
    return isMode
      ? { value: bits }
      : wrong(`${given === "" ? "nothing" : given} are no permission bits`, 'write "0440"');
  }),
);

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** Text by key; null where the value is to be taken from the environment. */
export type TextMap = Readonly<Record<string, string | null>>;

/** `{KEY: value}` or `[KEY=value]`; a key without a value takes it from the environment. */
export const textMap = z.union([record(scalar), texts]).transform(
  parsing((given: Record<string, string | number | boolean | null> | string[]): Parsed<TextMap> => {
    const entries = Array.isArray(given) ? given.map(splitEntry) : Object.entries(given);
    if (entries.some(([key]) => key === "" || key.includes("="))) return wrong("a key is missing before =");
    return { value: Object.fromEntries(entries.map(([key, value]) => [key, value === null ? null : String(value)])) };
  }),
);

function splitEntry(entry: string): [string, string | null] {
  const equals = entry.indexOf("=");
  return equals < 0 ? [entry, null] : [entry.slice(0, equals), entry.slice(equals + 1)];
}

/** Like `textMap`, with empty text where there is no value: labels, options. */
export const filledTextMap = textMap.transform((given) => filled(given));

/** Only as a mapping: a driver's options. */
export const options = record(z.union([z.string(), z.number(), z.null()])).transform((given) => filled(given));

const filled = (given: Readonly<Record<string, string | number | null>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(given).map(([key, value]) => [key, value === null ? "" : String(value)]));

/** One text, or a list of them. */
export const oneOrMore = z
  .union([z.string(), texts])
  .transform((given): readonly string[] => (typeof given === "string" ? [given] : given).filter((each) => each !== ""));

/** A key under `services`, `networks`, `volumes` and their like, as the specification has it; `.` and `..` are folders. */
export const name = (what: string) =>
  z.string().regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]+$/, `is no name of ${what}: letters, digits, . _ -`);

/** Of these keys of a mapping, no more than one, or just one where one is needed. */
export const oneOf =
  (keys: readonly string[], needed: boolean) =>
  (value: object, context: z.RefinementCtx): void => {
    const present = keys.filter((key) => (value as Record<string, unknown>)[key] !== undefined);
    if (present.length === 1 || (present.length === 0 && !needed)) return;
    const all = `${keys.slice(0, -1).join(", ")} or ${keys.at(-1)}`;
    const message = present.length === 0 ? `needs ${all}` : `has ${present.join(" and ")}; one is meant`;
    context.addIssue({ code: "custom", message });
  };
