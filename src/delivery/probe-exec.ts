import type { Clock } from "../host/clock.ts";
import { runningDeadline } from "../host/running-time.ts";
import type { InnerCommand, ReadyProbe } from "../model/profile.ts";
import { askInside, type Patience } from "./ask-inside.ts";
import type { Outcome } from "./inner-line.ts";
import { codeText, nameOf, wordsOf } from "./inside.ts";
import { never, type ReadyTarget, type Verdict, within } from "./ready-target.ts";

export type ExecProbe = Extract<ReadyProbe, { kind: "exec" }>;

/** How long one look at a service that runs may take. */
const LOOK_MS = 3000;
/** Where the loop in the container was ended with it: a restart policy brings it up again. */
const PAUSE_MS = 50;

/** Resolves when the program has ended with 0, or its time is over: with how it ended last, and what it printed. */
export async function awaitExec(
  { command, withinMs }: ExecProbe,
  target: ReadyTarget,
  clock: Clock,
  signal: AbortSignal,
): Promise<Verdict> {
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  void clock.sleep(withinMs, until).then(
    () => over.abort(),
    () => undefined,
  );
  try {
    let last: Outcome | undefined;
    while (!until.aborted) {
      const patience = { often: "until", ms: withinMs, signal: until } as const;
      const answered = await ask(command, target, patience);
      if (answered?.ready) return { ready: true, reason: `passed ${nameOf(command)}` };
      last = answered ?? last;
      if (!until.aborted) await clock.sleep(PAUSE_MS, until).catch(() => undefined);
    }
    if (signal.aborted) return never();
    return failedBy(command, withinMs, last);
  } finally {
    over.abort();
  }
}

/** Whether it ends with 0 at this moment: one attempt, no longer than three seconds. */
export async function execOnce({ command }: ExecProbe, target: ReadyTarget): Promise<boolean> {
  const deadline = runningDeadline(LOOK_MS);
  try {
    return (await ask(command, target, { often: "once", ms: LOOK_MS, signal: deadline.signal }))?.ready === true;
  } finally {
    deadline.stop();
  }
}

const ask = (command: InnerCommand, target: ReadyTarget, patience: Patience): Promise<Outcome | undefined> =>
  askInside(["exec", ...wordsOf(command)], target, patience);

function failedBy(command: InnerCommand, withinMs: number, last: Outcome | undefined): Verdict {
  const code = Number(last?.word || Number.NaN);
  const how = Number.isNaN(code) ? `${nameOf(command)} did not end` : codeText(code, command);
  const reason = `did not pass its ready command ${within(withinMs)}: ${how}`;
  return { ready: false, reason, output: last?.output || undefined };
}
