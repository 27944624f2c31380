import { stripVTControlCharacters } from "node:util";
import type { Move, PullOutcome, PullResult } from "../model/repository.ts";
import { isFailedFetch } from "../plan/pull.ts";
import { pullCounts } from "../plan/pull-counts.ts";
import { advice, reasonWords, visible } from "../plan/pull-words.ts";
import { inLines } from "./fold.ts";
import type { Paint } from "./paint.ts";

interface Look {
  readonly paint: Paint;
  /** Only what needs a person. */
  readonly quiet: boolean;
  /** Infinite where no terminal is written to: there a line stays one. */
  readonly columns: number;
}

/** Subjects of a repository that are shown; the rest is counted. */
const SUBJECTS = 3;

type Of<Kind extends PullOutcome["kind"]> = PullResult & { readonly outcome: Extract<PullOutcome, { kind: Kind }> };

const isOf =
  <Kind extends PullOutcome["kind"]>(kind: Kind) =>
  (result: PullResult): result is Of<Kind> =>
    result.outcome.kind === kind;

/** What moved, what needs a person with the command to run, and how many of each; always in the order of the names. */
export function pullSummary(results: readonly PullResult[], look: Look): string {
  const width = Math.min(40, Math.max(0, ...results.map(({ tree }) => tree.name.length)));
  const needing = results.filter(isOf("left"));
  const moved = results.flatMap((result) => movedLines(result, width, look));
  const blocks = [
    look.quiet ? [] : moved,
    needing.flatMap((result) => leftLines(result, width, look)),
    look.quiet ? [] : [pullCounts(results)],
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function movedLines(result: PullResult, width: number, look: Look): string[] {
  const { outcome, tree, branches, services } = result;
  const name = visible(tree.name).padEnd(width);
  const lines = headLines(outcome, name, look);
  const more = branches.map(({ branch, from, to }) => `  ${branch} ${from.slice(0, 8)} -> ${to.slice(0, 8)}`);
  if (lines.length === 0 && more.length > 0) lines.push(`${look.paint("green", "✔")} ${name}  other branches`);
  const code = services.length === 0 ? [] : [`  new code of ${services.join(", ")}`];
  return [...lines, ...more, ...code.map((line) => look.paint("cyan", line))];
}

function headLines(outcome: PullOutcome, name: string, look: Look): string[] {
  switch (outcome.kind) {
    case "moved":
      return [
        `${look.paint("green", "✔")} ${name}  ${wrapped(moveWords(outcome.move), name, look)}`,
        ...subjects(outcome.move, look),
        ...hooks(outcome.hooks, look),
      ];
    case "behind":
      return [
        `${look.paint("yellow", "↓")} ${name}  ${wrapped(`can move ${moveWords(outcome.move)}`, name, look)}`,
        ...subjects(outcome.move, look),
      ];
    case "cloned":
      return [`${look.paint("green", "✔")} ${name}  cloned`];
    default:
      return [];
  }
}

/** `3f9a12bc -> 77aa01de, 3 commits, 5 files, by Ada and Grace`. */
export function moveWords({ from, to, count, files, authors }: Move): string {
  const who = authors.length > 3 ? [...authors.slice(0, 3), `${authors.length - 3} more`] : authors;
  const last = who.at(-1) ?? "";
  const by = who.length < 2 ? last : `${who.slice(0, -1).join(", ")} and ${last}`;
  return `${from.slice(0, 8)} -> ${to.slice(0, 8)}, ${counted(count, "commit")}, ${counted(files, "file")}, by ${visible(by)}`;
}

function subjects({ commits, count }: Move, { paint, columns }: Look): string[] {
  const shown = commits.slice(0, SUBJECTS).map(({ subject }) => `    ${clip(visible(subject), columns - 4)}`);
  const more = count > SUBJECTS ? [`    and ${count - SUBJECTS} more`] : [];
  return [...shown, ...more].map((line) => paint("dim", line));
}

const hooks = (words: string, { paint }: Look): string[] =>
  words === ""
    ? []
    : words.split("\n").map((line) => paint("dim", `    hook: ${visible(stripVTControlCharacters(line))}`));

function leftLines({ tree, outcome: { reason } }: Of<"left">, width: number, look: Look): string[] {
  const mark = isFailedFetch(reason) ? look.paint("red", "✖") : look.paint("yellow", "!");
  const command = advice(reason, tree.path);
  const name = visible(tree.name).padEnd(width);
  const words = clip(reasonWords(reason), Math.max(60, look.columns * 3));
  const line = `${mark} ${name}  ${wrapped(words, name, look)}`;
  // In one piece, however long: it is to be copied.
  return command === undefined ? [line] : [line, `    ${look.paint("dim", command)}`];
}

/** Broken between words, each line below the first one's words. */
function wrapped(words: string, name: string, { columns }: Look): string {
  const indent = name.length + 4;
  return inLines(words, columns - indent).join(`\n${" ".repeat(indent)}`);
}

const counted = (number: number, one: string, many = `${one}s`): string => `${number} ${number === 1 ? one : many}`;

export const clip = (text: string, columns: number): string =>
  [...text].length <= columns ? text : `${[...text].slice(0, columns - 1).join("")}…`;

/** The same for a machine: one object, repositories by name. */
export function pullReport(results: readonly PullResult[]) {
  return {
    type: "pulled",
    repositories: results.map(({ tree, branch, outcome, branches, services, ms }) => ({
      name: tree.name,
      path: tree.path,
      kind: tree.kind,
      branch: branch ?? null,
      outcome: outcome.kind,
      ...("move" in outcome && { move: outcome.move }),
      ...("hooks" in outcome && outcome.hooks !== "" && { hooks: outcome.hooks }),
      ...("reason" in outcome && {
        reason: outcome.reason,
        words: reasonWords(outcome.reason),
        command: advice(outcome.reason, tree.path) ?? null,
      }),
      branches,
      services,
      ms: Math.round(ms),
    })),
  };
}
