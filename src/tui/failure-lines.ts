import type { FailureReport, Position } from "../model/failure.ts";
import { together } from "../state/problem-words.ts";
import { paragraph } from "./paragraph.ts";
import { bold, type Line, line, plain, span } from "./text.ts";

/** A failure in at most `height` lines: what happened, where, the program's own words, what to do. */
export function failureLines(failure: FailureReport, width: number, height: number): Line[] {
  const message = paragraph(failure.message, width - 2);
  const head = [
    ...message.map((text, at) => line(span(at === 0 ? "✖ " : "  ", "red"), bold(text))),
    ...place(failure.where),
  ];
  const problems = together(failure.problems ?? []).flatMap((problem) => [
    ...paragraph(problem.message, width - 2).map((text, at) => line(span(at === 0 ? "• " : "  ", "red"), span(text))),
    ...place(problem.where),
  ]);
  const hint = (failure.hint ?? "").split("\n").filter((text) => text !== "");
  const hints = hint
    .flatMap((text) => paragraph(text, width - 2))
    .map((text, at) => line(span(at === 0 ? "→ " : "  ", "yellow"), span(text)));
  const room = height - head.length - problems.length - hints.length;
  return [...head, ...problems, ...outputLines(failure.output, room), ...hints].slice(0, Math.max(0, height));
}

const place = (where: Position | undefined): Line[] =>
  where === undefined ? [] : [line(span(`  ${where.file}:${where.line}:${where.column}`, "cyan"))];

/** In little room: from where the program says what broke it. The log lines before that tell less. */
function outputLines(output: string | undefined, room: number): Line[] {
  const lines = (output ?? "")
    .trimEnd()
    .split("\n")
    .map(plain)
    .filter((text) => text.trim() !== "");
  const first =
    lines.length <= room
      ? 0
      : Math.max(
          0,
          lines.findIndex((text) => /^(panic|fatal error):/.test(text)),
        );
  return lines.slice(first, first + Math.max(0, room)).map((text) => line(span("│ ", "dim"), span(text)));
}
