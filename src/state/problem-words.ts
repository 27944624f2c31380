import type { Problem } from "../model/failure.ts";

/** More titles than that say nothing that their number does not. */
const NAMED = 12;

/**
 * Problems as a person is told them: what befell several steps of one cause (a daemon that went away) once, with their titles,
 * and advice that is the same for several behind the last of those. Problems of no step stay as they are.
 */
export function together(problems: readonly Problem[]): readonly Problem[] {
  const byAdvice = grouped(problems, (problem) => (problem.step === undefined ? problem : adviceOf(problem)));
  return byAdvice.flatMap((group) => {
    const byMessage = grouped(group, (problem) => (problem.step === undefined ? problem : problem.message));
    return byMessage.map((same, at) => asOne(same, at === byMessage.length - 1));
  });
}

/** What problems have to share to stand together. */
const adviceOf = ({ hint, message }: Problem): string => (hint === undefined ? `: ${message}` : `→ ${hint}`);

function asOne(same: readonly Problem[], isLast: boolean): Problem {
  const { step: _, hint, ...first } = same[0] as Problem;
  const titles = same.flatMap(({ step }) => step ?? []);
  const message = titles.length === 0 ? first.message : `${inWords(titles)}: ${first.message}`;
  return { ...first, message, ...(isLast && hint !== undefined && { hint }) };
}

const inWords = (titles: readonly string[]): string =>
  titles.length <= NAMED ? titles.join(", ") : `${titles.slice(0, NAMED).join(", ")} and ${titles.length - NAMED} more`;

/** In the order in which the first of each comes. */
function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => unknown): (readonly Item[])[] {
  const groups = new Map<unknown, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
