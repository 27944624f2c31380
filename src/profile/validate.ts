import { type ProfileData, profileShape } from "./compose-schema.ts";
import type { Path } from "./located.ts";
import type { ProblemList } from "./problem-list.ts";
import { reportWrong, valueAt, type Wrong, wrongs } from "./schema-problems.ts";

export interface Validated {
  /** What is right of the profile, without the entries that are wrong; undefined when too little is. */
  readonly data: ProfileData | undefined;
  /**
   * Whether a key that is absent from `data` may have been meant to be there: it, or something above or below it, was
   * wrong and is taken out, or a key beside it is not known and may be this one, misspelt.
   */
  readonly mayHave: (mapping: Path, key: string) => boolean;
}

/** Validates plain data against the schema, noting every problem, and goes on with what is right of it. */
export function validate(raw: unknown, problems: ProblemList): Validated {
  const first = profileShape.safeParse(raw);
  if (first.success) return { data: first.data, mayHave: () => false };
  const data = structuredClone(raw);
  const found = wrongs(first.error.issues, data);
  for (const wrong of found) reportWrong(wrong, data, problems);
  const mayHave = (mapping: Path, key: string) => found.some((wrong) => mayBeAbout(wrong, mapping, key));
  return { data: parseRest(data, found), mayHave };
}

function mayBeAbout({ issue, path }: Wrong, mapping: Path, key: string): boolean {
  const wanted = [...mapping, key];
  if (issue.code === "unrecognized_keys") return path.length === mapping.length && isPrefix(path, mapping);
  return isPrefix(path, wanted) || isPrefix(wanted, path);
}

const isPrefix = (short: Path, long: Path): boolean => short.every((part, index) => part === long[index]);

const MAX_ROUNDS = 8;

/** Takes the wrong entries out, then what lacks them, until the rest passes. */
function parseRest(data: unknown, found: readonly Wrong[]): ProfileData | undefined {
  let wrong = found;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    for (const path of wrong.flatMap((each) => removable(each, data))) remove(data, path);
    const next = profileShape.safeParse(data);
    if (next.success) return next.data;
    wrong = wrongs(next.error.issues, data);
  }
  return undefined;
}

/** What must go for one wrong thing: it; the mapping around it when it is missing; the keys that are not known. */
function removable({ issue, path }: Wrong, data: unknown): Path[] {
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => [...path, key]);
  return [valueAt(data, path) === undefined ? path.slice(0, -1) : path];
}

/** Removes an entry of a mapping; of a list the whole list, so that no index moves. */
function remove(data: unknown, path: Path): void {
  const index = path.findIndex((part) => typeof part === "number");
  const whole = index < 0 ? path : path.slice(0, index);
  const parent = valueAt(data, whole.slice(0, -1));
  const key = whole.at(-1);
  if (typeof parent === "object" && parent !== null && key !== undefined)
    delete (parent as Record<string, unknown>)[key];
}
