import type { FailureReport } from "../model/failure.ts";
import { type Failure, report } from "../model/failure.ts";
import { explainPlace, explainProblems, hintLines } from "./explain-problems.ts";
import type { Paint } from "./paint.ts";

/** Lines of a program's output that are shown; the rest is in the log. */
const OUTPUT_LINES = 40;

/**
 * A failure as text: what happened, where, the program's own words, what to do. The one place that does this.
 * @param columns of the terminal that it is for, if it is for one; `folded` breaks its lines
 */
export function explain(failure: FailureReport, paint: Paint, columns?: number): string {
  const lines = [
    `${paint("red", "✖")} ${paint("bold", failure.message)}`,
    // Where problems have places, each is shown with its own.
    ...(failure.problems?.some(({ where }) => where !== undefined) ? [] : explainPlace(failure.where, paint, columns)),
    ...explainProblems(failure.problems ?? [], paint, columns),
    ...outputLines(failure.output, paint),
    ...(failure.hint === undefined ? [] : hintLines(failure.hint, paint)),
  ];
  return lines.join("\n");
}

/** For a bug of ours: what to report. */
export function explainBug(failure: Failure, version: string, paint: Paint): string {
  const cause = failure.cause instanceof Error ? failure.cause : failure;
  return [
    explain(report(failure), paint),
    "",
    paint(
      "dim",
      `This is a bug in devenv ${version} (Node ${process.version}, ${process.platform}). Please report it with:`,
    ),
    paint("dim", cause.stack ?? String(cause)),
  ].join("\n");
}

function outputLines(output: string | undefined, paint: Paint): string[] {
  if (output === undefined || output.trim() === "") return [];
  const lines = output.trimEnd().split("\n");
  const shown = lines.slice(-OUTPUT_LINES);
  const left = lines.length - shown.length;
  return [
    ...(left > 0 ? [paint("dim", `  … ${left} lines before`)] : []),
    ...shown.map((line) => `  ${paint("dim", "│")} ${line}`),
  ];
}
