import { duration } from "../state/duration.ts";
import type { PlanView } from "../state/plan-view.ts";
import { failureLines } from "./failure-lines.ts";
import { paragraph } from "./paragraph.ts";
import { doingInWords, type Task } from "./tasks.ts";
import { bold, cellsOfLine, cut, type Line, line, span } from "./text.ts";

/** How a task goes or went, in at most `height` lines: what is waited for, what a person should know, why it failed. */
export function taskLines(task: Task | undefined, width: number, height: number): Line[] {
  if (task === undefined || task.intent.to === "answer") return [];
  const { outcome } = task;
  switch (outcome.is) {
    case "running": {
      const heard = outcome.heard === undefined ? [] : [line(span(`  ${outcome.heard}`, "dim"))];
      return [line(span(`◐ ${doingInWords(task)}`, "cyan")), ...heard].slice(0, height);
    }
    case "done": {
      const { words, notes, text } = outcome.done;
      const said = [words, ...notes, ...(text === undefined || text === words ? [] : [text])];
      return said
        .flatMap((each) => paragraph(each, width - 2))
        .map((part, at) => line(at === 0 ? span("✔ ", "green") : span("  "), span(part)))
        .slice(0, height);
    }
    case "failed":
      return failureLines(outcome.failure, width, height);
    default:
      return outcome satisfies never;
  }
}

/**
 * The same in one line of at most `width` cells, for a page that does not show whom it is about. A plan that is carried
 * out says where it is.
 */
export function noticeLine(task: Task, plan: PlanView | undefined, width: number): Line {
  const { outcome } = task;
  switch (outcome.is) {
    case "running": {
      const step = plan === undefined ? undefined : stepInWords(plan);
      const said = outcome.heard ?? step;
      return line(span(` ◐ ${doingInWords(task)}`, "cyan"), span(said === undefined ? " …" : `: ${said}`));
    }
    case "done":
      return withMore(line(span(" ✔ ", "green"), span(outcome.done.words)), outcome.done.notes.length > 0, width);
    case "failed":
      return withMore(line(span(" ✖ ", "red"), bold(outcome.failure.message)), true, width);
    default:
      return outcome satisfies never;
  }
}

/** With the key that shows the rest, where there is some or the line itself is cut. */
function withMore(said: Line, hasMore: boolean, width: number): Line {
  if (!hasMore && cellsOfLine(said) <= width) return said;
  const key = line(span("  ! says more", "dim"));
  return [...cut(said, width - cellsOfLine(key)), ...key];
}

/** `remove container books-books-1 (3 of 12)`; undefined where nothing of the plan is under way. */
function stepInWords({ steps }: PlanView): string | undefined {
  const running = steps.filter(({ status }) => status === "running");
  const [step] = running;
  if (step === undefined) return undefined;
  const ended = steps.filter(({ status }) => status === "done" || status === "failed").length;
  const note = step.progress === undefined ? "" : `, ${step.progress.note}`;
  return `${step.title}${note} (${ended + 1} of ${steps.length})`;
}

/** All that the last actions came to, the newest first. */
export function saidLines(tasks: readonly Task[], width: number): Line[] {
  const told = tasks.filter(({ intent }) => intent.to !== "answer");
  if (told.length === 0) return [line(span("  no action was asked for here yet", "dim"))];
  return told.toReversed().flatMap((task, at) => {
    const took = task.outcome.is === "done" ? ` · ${duration(task.outcome.done.ms)}` : "";
    const head = line(bold(doingInWords(task)), span(took, "dim"));
    return [...(at === 0 ? [] : [line()]), head, ...taskLines(task, width, Number.POSITIVE_INFINITY)];
  });
}
