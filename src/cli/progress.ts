import type { ListrGetRendererClassFromValue, ListrTaskWrapper } from "listr2";
import type { Event } from "../model/event.ts";
import type { Step, StepId } from "../model/operation.ts";
import { duration } from "../state/duration.ts";
import { type Paint, painter } from "./paint.ts";
import { printJson, type Session } from "./session.ts";

/** Draws what a plan does while it is carried out. */
export interface Progress {
  /** To be awaited when the flow has ended, well or not: the last frame is drawn and the screen let go. */
  finish(): Promise<void>;
}

type RowTask = ListrTaskWrapper<
  unknown,
  ListrGetRendererClassFromValue<"default">,
  ListrGetRendererClassFromValue<"simple">
>;

/** Live rows on a terminal (listr2), plain lines elsewhere, one event a line with `--json`. */
export function showProgress(session: Session): Progress {
  if (session.json) return follow(session, (event) => printJson(session, event));
  return session.isLive ? liveRows(session) : plainLines(session);
}

function follow(session: Session, listener: (event: Event) => void, finish = async () => {}): Progress {
  const unsubscribe = session.machine.bus.subscribe(listener);
  return {
    async finish() {
      unsubscribe();
      await finish();
    },
  };
}

function plainLines(session: Session): Progress {
  const paint = painter(session.color);
  const titles = new Map<StepId, string>();
  return follow(session, (event) => {
    if (event.type === "stepStarted") titles.set(event.step, `${event.title} (${event.cause})`);
    if (event.type === "stepDone") {
      session.stdout.write(`${paint("green", "✔")} ${titles.get(event.step)} ${paint("dim", duration(event.ms))}\n`);
    }
    if (event.type === "stepFailed") {
      session.stdout.write(`${paint("red", "✖")} ${titles.get(event.step)}: ${event.failure.message}\n`);
    }
  });
}

/** A row a service (or image, network, volume): its steps follow each other on the same line. */
interface Row {
  readonly name: string;
  left: number;
  ms: number;
  title: string;
  task: RowTask | undefined;
  readonly end: { resolve: () => void; reject: (error: Error) => void };
  readonly ended: Promise<void>;
}

function liveRows(session: Session): Progress {
  const paint = painter(session.color);
  const rowOfStep = new Map<StepId, Row>();
  let drawn: Promise<unknown> = Promise.resolve();
  const listener = (event: Event): void => {
    if (event.type === "planned" && event.steps.length > 0) {
      const rows = rowsOf(event.steps, rowOfStep);
      drawn = draw(rows, session);
      return;
    }
    if (!("step" in event)) return;
    const row = rowOfStep.get(event.step);
    if (row !== undefined) update(row, event, paint);
  };
  return follow(session, listener, async () => {
    for (const row of new Set(rowOfStep.values())) if (row.left > 0) leaveOut(row, paint);
    await drawn;
  });
}

function rowsOf(steps: readonly Step[], rowOfStep: Map<StepId, Row>): Row[] {
  const rows = new Map<string, Row>();
  for (const step of steps) {
    const name = step.service ?? step.title;
    const row = rows.get(name) ?? newRow(name);
    row.left += 1;
    rows.set(name, row);
    rowOfStep.set(step.id, row);
  }
  const width = Math.max(...[...rows.keys()].map((name) => Math.min(name.length, 40)));
  return [...rows.values()].map((row) => Object.assign(row, { name: row.name.padEnd(width), title: row.name }));
}

function newRow(name: string): Row {
  let end: Row["end"] = { resolve: () => {}, reject: () => {} };
  const ended = new Promise<void>((resolve, reject) => {
    end = { resolve, reject };
  });
  ended.catch(() => {}); // a row may fail before listr2 looks at it
  return { name, left: 0, ms: 0, title: name, task: undefined, end, ended };
}

async function draw(rows: readonly Row[], session: Session): Promise<void> {
  const { Listr } = await import("listr2");
  const list = new Listr<unknown, "default", "simple">(
    rows.map((row) => ({
      title: row.title,
      task: (_context: unknown, task: RowTask) => {
        row.task = task;
        task.title = row.title;
        return row.ended;
      },
    })),
    {
      concurrent: true,
      exitOnError: false,
      registerSignalListeners: false,
      rendererOptions: { collapseErrors: false, showErrorMessage: false },
      forceTTY: session.isLive,
    },
  );
  await list.run();
}

type StepEvent = Extract<Event, { step: StepId }>;

function update(row: Row, event: StepEvent, paint: Paint): void {
  switch (event.type) {
    case "stepStarted":
      retitle(row, `${row.name}  ${event.title} ${paint("dim", event.cause)}`);
      break;
    case "stepProgress":
      retitle(row, `${row.name}  ${progressText(event)}`);
      break;
    case "stepFailed":
      row.left = 0;
      retitle(row, `${row.name}  ${event.failure.message}`);
      row.end.reject(new Error(event.failure.message));
      break;
    case "stepDone":
      row.left -= 1;
      row.ms += event.ms;
      if (row.left > 0) break;
      retitle(row, `${row.name}  ${paint("dim", duration(row.ms))}`);
      row.end.resolve();
      break;
  }
}

function retitle(row: Row, title: string): void {
  row.title = title;
  if (row.task !== undefined) row.task.title = title;
}

/** What waited for a step that failed. */
function leaveOut(row: Row, paint: Paint): void {
  retitle(row, `${row.name}  ${paint("yellow", "left out: what it waits for did not come up")}`);
  row.end.resolve();
}

const BAR_CELLS = 16;

/** `pulling ████████░░░░░░░░ 50 %` where an end is known, else the note alone. */
export function progressText({ note, done, total }: { note: string; done?: number; total?: number }): string {
  if (done === undefined || total === undefined || total <= 0) return note;
  const part = Math.min(1, done / total);
  const cells = Math.round(part * BAR_CELLS);
  return `${"█".repeat(cells)}${"░".repeat(BAR_CELLS - cells)} ${Math.round(part * 100)} % ${note}`;
}
