import type { Located, LocatedScalar, Path } from "./located.ts";
import { isDate } from "./plain-word.ts";
import type { ProblemList } from "./problem-list.ts";

/** Mappings whose values are texts, whatever they look like. */
const OF_TEXTS: ReadonlySet<string | number | undefined> = new Set([
  "annotations",
  "args",
  "driver_opts",
  "environment",
  "extra_hosts",
  "labels",
  "options",
  "storage_opt",
  "sysctls",
]);

/**
 * Tells of words without quotes that end up as another text than they are written: `VERSION: 1.10` is 1.1 in Compose,
 * `UMASK: 022` is 18. Compose's meaning is taken. Dates it takes nowhere.
 */
export function checkWords(tree: Located, problems: ProblemList): void {
  const visit = (value: Located, path: Path): void => {
    if (value.kind === "scalar") check(value, path, problems);
    else if (value.kind === "list") value.items.forEach((item, index) => void visit(item, [...path, index]));
    else for (const [key, entry] of value.entries) if (isJudged(path, key)) visit(entry.value, [...path, key]);
  };
  visit(tree, []);
}

/** What is in a fragment is judged where it ends. */
const isJudged = (path: Path, key: string): boolean =>
  !key.startsWith("x-") || key === "x-devenv" || OF_TEXTS.has(path.at(-1));

function check({ word, value, place }: LocatedScalar, path: Path, problems: ProblemList): void {
  if (word === undefined) return;
  const hint = `write "${word}" in quotes if that text is meant`;
  if (isDate(word))
    problems.atPlace(place, `${word} is a date to Compose, which it refuses`, `write "${word}" in quotes`);
  else if (OF_TEXTS.has(path.at(-2)))
    problems.warn(place, `${word} is a number without quotes, and becomes ${value}`, hint);
}
