import * as z from "zod";
import { DURATION, durationWithoutUnit, parseDuration } from "./duration.ts";
import { type Parsed, wrong } from "./parsed.ts";

// A profile is validated once in a process's life: compiling the validators costs more than it gives (10 ms, not 6).
z.config({ jitless: true });

/**
 * A mapping with these keys and no others. The "message" of an unknown key is the list of the supported ones:
 * schema-problems makes the sentence, where the key's name is at hand.
 */
export function mapping<Shape extends z.ZodRawShape>(shape: Shape) {
  const supported = Object.keys(shape).join(", ");
  return z.strictObject(shape, { error: (issue) => (issue.code === "unrecognized_keys" ? supported : undefined) });
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

export const text = z.string().min(1, "must not be empty");

/** A number is let in only to be told that it has no unit. */
export const duration = z
  .union([z.string(), z.number()])
  .meta({ pattern: DURATION.source, examples: ["10s", "1m30s", "500ms"] })
  .transform(
    parsing((given: string | number) => {
      return typeof given === "string" ? parseDuration(given) : durationWithoutUnit(String(given));
    }),
  );

/** True or false; as a text, too, because an interpolated value is one. */
export const flag = z.union([
  z.boolean(),
  z.string().transform(
    parsing((given: string): Parsed<boolean> => {
      if (given === "true" || given === "false") return { value: given === "true" };
      return wrong(`${given || "nothing"} is neither true nor false`);
    }),
  ),
]);

/** A whole number, zero or more; as a text, too, because an interpolated value is one. */
export const count = z.union([z.number(), z.string()]).transform(
  parsing((given: string | number): Parsed<number> => {
    if (/^[0-9]+$/.test(String(given))) return { value: Number(given) };
    return wrong(`${given === "" ? "nothing" : given} is not a whole number`);
  }),
);

/** A port of a container. */
export const port = count.transform(
  parsing((given: number): Parsed<number> => {
    return given >= 1 && given <= 65_535 ? { value: given } : wrong(`the port ${given} is not between 1 and 65535`);
  }),
);

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** Text by key; null where the value is to be taken from the environment. */
export type TextMap = Readonly<Record<string, string | null>>;

/** `{KEY: value}` or `[KEY=value]`; a key without a value takes it from the environment. */
export const textMap = z.union([z.record(z.string(), scalar), z.array(z.string())]).transform(
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

/** One text, or a list of them. */
export const oneOrMore = z
  .union([text, z.array(text)])
  .transform((given): readonly string[] => (typeof given === "string" ? [given] : given));
