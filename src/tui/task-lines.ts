import { duration } from "../state/duration.ts";
import type { PlanView } from "../state/plan-view.ts";
import { failureLines } from "./failure-lines.ts";
import { paragraph } from "./paragraph.ts";
import { doingInWords, type Task } from "./tasks.ts";
import { bold, type Line, line, span } from "./text.ts";

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
      const more = [...notes, ...(text === undefined || text === words ? [] : [text])].flatMap((note) =>
        paragraph(note, width - 2),
      );
      return [line(span("✔ ", "green"), span(words)), ...more.map((note) => line(span(`  ${note}`)))].slice(0, height);
    }
    case "failed":
      return failureLines(outcome.failure, width, height);
    default:
      return outcome satisfies never;
  }
}

/** The same in one line, for a page that does not show whom it is about. A plan that is carried out says where it is. */
export function noticeLine(task: Task, plan: PlanView | undefined): Line {
  const { outcome } = task;
  switch (outcome.is) {
    case "running": {
      const step = plan === undefined ? undefined : stepInWords(plan);
      const said = outcome.heard ?? step;
      return line(span(` ◐ ${doingInWords(task)}`, "cyan"), span(said === undefined ? " …" : `: ${said}`));
    }
    case "done":
      return line(span(" ✔ ", "green"), span(outcome.done.words), ...rest(outcome.done.notes.length));
    case "failed":
      return line(span(" ✖ ", "red"), bold(outcome.failure.message), span("  ! says more", "dim"));
    default:
      return outcome satisfies never;
  }
}

const rest = (notes: number): Line => (notes === 0 ? [] : [span("  ! says more", "dim")]);

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
