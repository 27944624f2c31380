import { type Flaw, interpolate, type Lookup } from "./interpolate.ts";
import type { Entry, Located, LocatedScalar } from "./located.ts";
import type { ProblemList } from "./problem-list.ts";

/** Where the values of a file's variables come from. */
export interface Values {
  readonly lookup: Lookup;
  /** Whether a variable's value comes from the secrets file. */
  readonly isSecret: (name: string) => boolean;
  /** False when a source of values could not be read: what seems unset may be in it, and is not told. */
  readonly areComplete: boolean;
}

/**
 * Puts the variables in every value (keys stay as they are), and notes the flaws. As in Compose, a variable that is not
 * set is the empty text, and a warning.
 */
export function interpolateTree(tree: Located, values: Values, problems: ProblemList): Located {
  // What an alias stands for stays one object, and is told of once.
  const done = new Map<Located, Located>();
  const put = (value: Located): Located => {
    const known = done.get(value);
    if (known !== undefined) return known;
    const result = putInto(value);
    done.set(value, result);
    return result;
  };
  const putInto = (value: Located): Located => {
    if (value.kind === "scalar") return interpolateScalar(value, values, problems);
    if (value.kind === "list") return { ...value, items: value.items.map(put) };
    const entries = new Map<string, Entry>();
    for (const [key, entry] of value.entries) entries.set(key, { key: entry.key, value: put(entry.value) });
    return { ...value, entries };
  };
  return put(tree);
}

/** One value of a file; see `interpolateTree`. */
export function interpolateScalar(scalar: LocatedScalar, values: Values, problems: ProblemList): LocatedScalar {
  if (typeof scalar.value !== "string" || !scalar.value.includes("$")) return scalar;
  const { text, flaws, used } = interpolate(scalar.value, values.lookup);
  reportFlaws(scalar, flaws, values, problems);
  const secrets = used.filter(values.isSecret);
  const unset = flaws.map(({ name }) => name).filter((name) => name !== undefined);
  return {
    ...scalar,
    value: text,
    ...(secrets.length > 0 && { secrets }),
    ...(unset.length > 0 && { unset }),
  };
}

/** Finds each flawed expression in the scalar's source, one after the other, so that its own place is reported. */
function reportFlaws(
  { place, end }: LocatedScalar,
  flaws: readonly Flaw[],
  { areComplete }: Values,
  problems: ProblemList,
): void {
  let from = place.offset;
  for (const { kind, expression, message, hint } of flaws) {
    const found = place.source.text.indexOf(expression, from);
    const isInside = found >= 0 && found < end;
    const where = isInside ? { ...place, offset: found } : place;
    if (isInside) from = found + expression.length;
    if (kind === "unset") {
      problems.because(place, message);
      if (areComplete) problems.warn(where, message, hint);
      continue;
    }
    problems.because(place, message);
    if (kind === "required" && !areComplete) continue;
    problems.atPlace(where, message, hint);
    // What is left of the value is not what was meant: no more about it.
    problems.silence(place);
  }
}
