import { isScalar, type Scalar, visit } from "yaml";
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
      checkNumber(node, problems);
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

/** A number that different readers of YAML read differently; Compose's reader takes 0777 for 511. */
function checkNumber(node: Scalar, problems: ProblemList): void {
  if (typeof node.value !== "number" || node.source === undefined) return;
  const isOctal = /^[-+]?0[0-9]/.test(node.source);
  const isInexact = Number.isInteger(node.value) && !Number.isSafeInteger(node.value);
  if (!isOctal && !isInexact) return;
  const reason = isOctal
    ? "a number with a leading zero, which YAML 1.1 reads as octal"
    : "too large to be kept exactly";
  problems.atOffset(node.range?.[0] ?? 0, `${node.source} is ${reason}`, `write "${node.source}" in quotes`);
}

/** Finds each flawed expression in the scalar's source, one after the other, so that its own place is reported. */
function reportFlaws(source: YamlSource, node: Scalar, flaws: readonly Flaw[], problems: ProblemList): void {
  const [start, end] = node.range ?? [0, 0];
  let from = start;
  for (const flaw of flaws) {
    const found = source.text.indexOf(flaw.expression, from);
    const isInside = found >= 0 && found < end;
    problems.atOffset(isInside ? found : start, flaw.message, flaw.hint);
    if (isInside) from = found + flaw.expression.length;
  }
}

/** The text at a place of the document, before interpolation; undefined when there is none. */
export const scalarText = (node: unknown): string | undefined =>
  isScalar(node) && typeof node.value === "string" ? node.value : undefined;
