import { type Scalar, visit } from "yaml";
import { type Flaw, interpolate, type Lookup } from "./interpolate.ts";
import type { ProblemList } from "./problem-list.ts";
import type { YamlSource } from "./yaml-source.ts";

/**
 * Replaces the variables in every value of the document (keys stay as they are), in place, and notes the flaws.
 * With `lenient`, variables that are not set go unreported: a file that may hold them could not be read.
 */
export function interpolateDocument(
  source: YamlSource,
  lookup: Lookup,
  problems: ProblemList,
  options: { readonly lenient: boolean },
): void {
  visit(source.document, {
    Scalar(key, node) {
      if (key === "key") return;
      checkWord(node, problems);
      if (typeof node.value !== "string" || !node.value.includes("$")) return;
      const { text, flaws } = interpolate(node.value, lookup);
      node.value = text;
      const shown = flaws.filter((flaw) => flaw.kind === "malformed" || !options.lenient);
      reportFlaws(source, node, shown, problems);
      // What is left of the value is not what was meant: no more about it.
      if (flaws.length > 0) problems.silence(node.range?.[0] ?? 0);
    },
  });
}

/** A word without quotes that readers of YAML take for different things; Compose's takes 0777 for 511. */
function checkWord(node: Scalar, problems: ProblemList): void {
  const { source = "", value } = node;
  // A tag says which it is: !!str 0777.
  if (node.type !== "PLAIN" || node.tag !== undefined) return;
  const isInexact = /^[-+]?[0-9]+$/.test(source) && typeof value === "number" && !Number.isSafeInteger(value);
  const ambiguous = AMBIGUOUS.find(([pattern]) => pattern.test(source));
  const reason = isInexact ? "a number too large to be kept exactly" : ambiguous?.[1];
  if (reason === undefined) return;
  problems.atOffset(node.range?.[0] ?? 0, `${source} is ${reason}`, `write "${source}" in quotes`);
}

const AMBIGUOUS = [
  [/^[-+]?0[0-9]+$/, "a number with a leading zero, which Compose reads as octal"],
  [/^[-+]?0b[01_]+$/, "a number to Compose, and a text to others"],
  [/^[-+]?[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?$/, "a number to Compose, and a text to others"],
  [/^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \t].*)?$/, "a date to Compose, which it refuses"],
] as const;

/** Finds each flawed expression in the scalar's source, one after the other, so that its own place is reported. */
export function reportFlaws(source: YamlSource, node: Scalar, flaws: readonly Flaw[], problems: ProblemList): void {
  const [start, end] = node.range ?? [0, 0];
  let from = start;
  for (const flaw of flaws) {
    const found = source.text.indexOf(flaw.expression, from);
    const isInside = found >= 0 && found < end;
    problems.atOffset(isInside ? found : start, flaw.message, flaw.hint);
    if (isInside) from = found + flaw.expression.length;
  }
}
