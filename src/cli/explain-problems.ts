import type { Position, Problem } from "../model/failure.ts";
import { together } from "../state/problem-words.ts";
import type { Paint } from "./paint.ts";

/** So many are shown in full: who has a hundred mends the first ones and looks again. */
const SHOWN = 20;

/** A longer line (a file that a program made) is shown around the column only. */
const LONGEST_LINE = 160;

/**
 * Problems with their places, by file; of many the first ones, and how many more each file has.
 * @param columns of the terminal, where there is one
 */
export function explainProblems(problems: readonly Problem[], paint: Paint, columns?: number): string[] {
  const groups = byFile(together(problems));
  const shown = new Set(firstOfEach([...groups.values()]));
  const lines = [...groups].flatMap(([file, group]) => {
    const inFull = group.filter((problem) => shown.has(problem));
    if (inFull.length === 0) return [];
    const heading = groups.size > 1 && file !== "" ? [`  ${paint("bold", file)}${times(group.length)}`] : [];
    return [...heading, ...inFull.flatMap((problem) => explainProblem(problem, paint, columns))];
  });
  return [...lines, ...rest(groups, shown, paint)];
}

const times = (count: number) => (count === 1 ? "" : ` has ${count}:`);

/** In the order in which the files come first; those without a place under "". */
function byFile(problems: readonly Problem[]): Map<string, Problem[]> {
  const groups = new Map<string, Problem[]>();
  for (const problem of problems) {
    const file = problem.where?.file ?? "";
    const group = groups.get(file);
    if (group === undefined) groups.set(file, [problem]);
    else group.push(problem);
  }
  return groups;
}

/** So many in all, of every file its first ones: what is wrong in the second file is not hidden behind the first. */
function firstOfEach(groups: readonly (readonly Problem[])[]): Problem[] {
  const share = Math.max(1, Math.floor(SHOWN / groups.length));
  const first = groups.flatMap((group) => group.slice(0, share));
  const more = groups.flatMap((group) => group.slice(share));
  return [...first.slice(0, SHOWN), ...more.slice(0, Math.max(0, SHOWN - first.length))];
}

function rest(groups: Map<string, Problem[]>, shown: ReadonlySet<Problem>, paint: Paint): string[] {
  const left = [...groups].map(([file, group]) => ({ file, count: group.filter((each) => !shown.has(each)).length }));
  const files = left.filter(({ count }) => count > 0);
  if (files.length === 0) return [];
  const total = files.reduce((sum, { count }) => sum + count, 0);
  const where = groups.size > 1 ? `: ${files.map(({ file, count }) => `${count} in ${file}`).join(", ")}` : "";
  return [paint("dim", `  … and ${total} more${where} (--json tells all)`)];
}

function explainProblem({ message, where, hint }: Problem, paint: Paint, columns: number | undefined): string[] {
  return [
    `  ${paint("red", "•")} ${message}`,
    ...explainPlace(where, paint, columns && columns - 2).map((line) => `  ${line}`),
    ...(hint === undefined ? [] : hintLines(hint, paint).map((line) => `  ${line}`)),
  ];
}

/**
 * `file:line:column`, which terminals and editors open, and the line itself with a caret under the column.
 * @param columns of the terminal, where there is one: a line that went on below would part the two
 */
export function explainPlace(where: Position | undefined, paint: Paint, columns = Number.POSITIVE_INFINITY): string[] {
  if (where === undefined) return [];
  const place = `  ${paint("cyan", placeOf(where))}`;
  if (where.text === undefined) return [place];
  const number = String(where.line);
  const margin = " ".repeat(number.length);
  const room = columns - "   | ".length - number.length;
  const { text, column } = around(printable(where.text), where.column, Math.min(LONGEST_LINE, room));
  // Tabs stay, so that the caret is under the character however wide the terminal draws them.
  const indent = text
    .slice(0, Math.max(0, column - 1))
    .replace(/[^\t]/g, " ")
    .padEnd(column - 1);
  return [
    place,
    `  ${paint("dim", `${number} |`)} ${text}`,
    `  ${paint("dim", `${margin} |`)} ${indent}${paint("red", "^")}`,
  ];
}

export const placeOf = ({ file, line, column }: Position): string => `${file}:${line}:${column}`;

/** Whatever a file holds, it does not drive the terminal: no escape codes, no bells. */
const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that are meant
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "\ufffd");

/** So much of a line as fits into `longest` characters, and where its column is in that. */
function around(text: string, column: number, longest: number): { text: string; column: number } {
  if (text.length <= longest) return { text, column };
  const length = Math.max(1, longest - "……".length);
  const from = Math.max(0, Math.min(column - 1 - Math.floor(length / 2), text.length - length));
  const before = from > 0 ? "…" : "";
  const after = from + length < text.length ? "…" : "";
  const part = text.slice(from, from + length);
  return { text: `${before}${part}${after}`, column: column - from + before.length };
}

/** A hint that lists sixty services says no more than one that lists some. */
const LONGEST_LIST = 20;

export const hintLines = (hint: string, paint: Paint): string[] =>
  hint
    .split("\n")
    .map(shortened)
    .map((line, index) => `  ${index === 0 ? paint("yellow", "→") : " "} ${line}`);

function shortened(line: string): string {
  const items = line.split(", ");
  return items.length > LONGEST_LIST ? `${items.slice(0, LONGEST_LIST).join(", ")}, …` : line;
}
