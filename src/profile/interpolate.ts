/** The value of a variable, undefined when it is not set. */
export type Lookup = (name: string) => string | undefined;

/** Something in a text that could not be interpolated. */
export interface Flaw {
  /**
   * `unset` when a variable without a default has no value, and the empty text is taken; `required` when the text says
   * that it must have one; `malformed` when the text itself is wrong.
   */
  readonly kind: "unset" | "required" | "malformed";
  /** The variable that has no value; undefined where the text is malformed. */
  readonly name?: string;
  /** The piece of the text that it is about, as it stands there. */
  readonly expression: string;
  readonly message: string;
  readonly hint: string;
}

export interface Interpolated {
  readonly text: string;
  readonly flaws: readonly Flaw[];
  /** The variables whose values are in the text. */
  readonly used: readonly string[];
}

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const BODY = /^([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-?+])(.*))?$/s;
/** Deeper nesting than this is a mistake, and would end in a stack overflow. */
const MAX_DEPTH = 32;

/**
 * Replaces `$V`, `${V}`, `${V:-default}`, `${V-default}`, `${V:?error}`, `${V?error}`, `${V:+instead}`, `${V+instead}`
 * (nested too) and `$$` as the Compose specification says. A dollar sign that begins none of these stays as it is, as
 * in `^a$` or `$(date)`. What was put in is not interpolated again.
 */
export function interpolate(text: string, lookup: Lookup, depth = 0): Interpolated {
  let done = "";
  let at = 0;
  const flaws: Flaw[] = [];
  const used: string[] = [];
  const braces = bracesOf(text);
  for (;;) {
    const dollar = text.indexOf("$", at);
    if (dollar < 0) return { text: done + text.slice(at), flaws, used };
    const piece = readPiece(text, dollar, braces, lookup, depth);
    done += text.slice(at, dollar) + piece.text;
    flaws.push(...piece.flaws);
    used.push(...piece.used);
    at = piece.end;
  }
}

type Piece = Interpolated & { readonly end: number };

/** Reads what begins with the dollar sign at `start`. */
function readPiece(text: string, start: number, braces: Braces, lookup: Lookup, depth: number): Piece {
  if (text[start + 1] === "$") return { ...plainText("$"), end: start + 2 };
  if (text[start + 1] === "{") return readBraced(text, start, braces, lookup, depth);
  NAME.lastIndex = start + 1;
  const name = NAME.exec(text)?.[0];
  if (name === undefined) return { ...plainText("$"), end: start + 1 };
  const end = start + 1 + name.length;
  return { ...plainValue(name, text.slice(start, end), lookup), end };
}

const DOLLAR = "write $$ where a dollar sign is meant";

function readBraced(text: string, start: number, braces: Braces, lookup: Lookup, depth: number): Piece {
  const closing = braces(start + 1);
  if (closing === undefined) {
    return { ...flawed("malformed", text.slice(start), "has no closing brace", DOLLAR), end: text.length };
  }
  const end = closing + 1;
  const expression = text.slice(start, end);
  const [, name, operator, rest = ""] = BODY.exec(expression.slice(2, -1)) ?? [];
  if (name === undefined) {
    const hint = `write \${NAME} or \${NAME:-default}; ${DOLLAR}`;
    return { ...flawed("malformed", expression, "is not a variable", hint), end };
  }
  if (depth >= MAX_DEPTH) return { ...flawed("malformed", expression, "is nested too deeply", DOLLAR), end };
  if (operator === undefined) return { ...plainValue(name, expression, lookup), end };
  const value = lookup(name);
  const isSet = value !== undefined && (value !== "" || !operator.startsWith(":"));
  return { ...applyOperator({ name, operator, rest, expression, value, isSet }, lookup, depth), end };
}

interface Operation {
  readonly name: string;
  readonly operator: string;
  readonly rest: string;
  readonly expression: string;
  readonly value: string | undefined;
  /** Set, and with a colon not empty either. */
  readonly isSet: boolean;
}

function applyOperator(operation: Operation, lookup: Lookup, depth: number): Interpolated {
  const { name, operator, rest, expression, value, isSet } = operation;
  if (operator.endsWith("+")) return isSet ? interpolate(rest, lookup, depth + 1) : plainText("");
  if (isSet) return { text: value ?? "", flaws: [], used: [name] };
  if (operator.endsWith("-")) return interpolate(rest, lookup, depth + 1);
  const reason = interpolate(rest, lookup, depth + 1).text;
  const message = `${value === undefined ? "is not set" : "is empty"}${reason && `: ${reason}`}`;
  return flawed("required", expression, `: ${name} ${message}`, setIt(name), name);
}

function plainValue(name: string, expression: string, lookup: Lookup): Interpolated {
  const value = lookup(name);
  if (value !== undefined) return { text: value, flaws: [], used: [name] };
  const hint = `${setIt(name)}, or write \${${name}:-} where nothing is meant, $$${name} for the container's own`;
  return flawed("unset", expression, `: ${name} is not set, and is taken as empty`, hint, name);
}

const setIt = (name: string) => `set ${name} in the environment or in .env beside the profile`;

const LONGEST_SHOWN = 60;

function flawed(kind: Flaw["kind"], expression: string, what: string, hint: string, name?: string): Interpolated {
  const shown = expression.length > LONGEST_SHOWN ? `${expression.slice(0, LONGEST_SHOWN)}…` : expression;
  const message = what.startsWith(":") ? `${shown}${what}` : `${shown} ${what}`;
  return { text: "", flaws: [{ kind, ...(name !== undefined && { name }), expression, message, hint }], used: [] };
}

const plainText = (text: string): Interpolated => ({ text, flaws: [], used: [] });

/** Where the brace that opens at an offset closes; undefined when it does not. */
type Braces = (opening: number) => number | undefined;

/**
 * The pairs of braces of a text. Every brace inside of a variable is counted, as Compose does it, so that a default may
 * be JSON; one that has no partner then is looked for among those of variables only. Each is found once for the text.
 */
function bracesOf(text: string): Braces {
  let all: ReadonlyMap<number, number> | undefined;
  let ofVariables: ReadonlyMap<number, number> | undefined;
  return (opening) => {
    all ??= pairs(text, /[{}]/g);
    const closing = all.get(opening);
    if (closing !== undefined) return closing;
    ofVariables ??= pairs(text, /(?<=\$)\{|\}/g);
    return ofVariables.get(opening);
  };
}

function pairs(text: string, braces: RegExp): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  const open: number[] = [];
  for (const { 0: brace, index } of text.matchAll(braces)) {
    if (brace === "{") open.push(index);
    else {
      const opening = open.pop();
      if (opening !== undefined) found.set(opening, index);
    }
  }
  return found;
}
