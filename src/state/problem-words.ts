import type { Problem } from "../model/failure.ts";

/** More titles than that say nothing that their number does not. */
const NAMED = 12;

/**
 * Problems as a person is told them: what befell several steps of one cause (a daemon that went away), once, with the titles
 * of those in the order in which they failed. Problems of no step stay as they are.
 */
export function together(problems: readonly Problem[]): readonly Problem[] {
  const causes = new Map<unknown, Problem[]>();
  for (const problem of problems) {
    const { step, message, hint } = problem;
    const cause = step === undefined ? problem : JSON.stringify([message, hint]);
    const same = causes.get(cause);
    if (same === undefined) causes.set(cause, [problem]);
    else same.push(problem);
  }
  return [...causes.values()].flatMap(asOne);
}

function asOne(same: readonly Problem[]): readonly Problem[] {
  const titles = same.flatMap(({ step }) => step ?? []);
  if (titles.length === 0) return same;
  return same
    .slice(0, 1)
    .map(({ step: _, ...first }) => ({ ...first, message: `${inWords(titles)}: ${first.message}` }));
}

const inWords = (titles: readonly string[]): string =>
  titles.length <= NAMED ? titles.join(", ") : `${titles.slice(0, NAMED).join(", ")} and ${titles.length - NAMED} more`;
