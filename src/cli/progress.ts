import type { Event } from "../model/event.ts";
import { clusterName } from "../model/names.ts";
import type { Step, StepId } from "../model/operation.ts";
import type { ProviderProgress } from "../provider/provider.ts";
import { duration } from "../state/duration.ts";
import { LiveRows } from "./live-rows.ts";
import { painter } from "./paint.ts";
import { note, printJson, type Session, say } from "./session.ts";
import { liveStages, plainStages } from "./stages.ts";

/** Draws what a plan does while it is carried out. */
export interface Progress {
  /** Told what is done before there is a plan. */
  readonly stage: ProviderProgress;
  /** To be awaited when the flow has ended, well or not: the last frame is drawn and the screen let go. */
  finish(): Promise<void>;
}

/** Live rows on a terminal (listr2), plain lines elsewhere, one event a line with `--json`. */
export function showProgress(session: Session): Progress {
  session.goOnUnread();
  if (session.json)
    return { ...follow(session, (event) => printJson(session, event)), stage: plainStages(session).tell };
  if (!session.isLive) return { ...plainLines(session), stage: plainStages(session).tell };
  const rows = new LiveRows(painter(session.color));
  const stages = liveStages(session, rows);
  const take = (event: Event) => {
    // The daemon answers, or what was waited for is over.
    if (event.type === "providerChosen" || event.type === "planned") stages.end();
    rows.take(event);
  };
  return { ...follow(session, take, () => stages.finish()), stage: stages.tell };
}

/** How far one thing is that is no plan. */
export interface Bar {
  update(note: string, done: number, total: number): void;
  /** To be awaited when it has ended, well or not. */
  finish(): Promise<void>;
}

/** A live row on a terminal, nothing elsewhere: there, only what comes of it counts. */
export function showBar(session: Session, title: string): Bar {
  if (!session.isLive) return { update: () => {}, finish: async () => {} };
  const rows = new LiveRows(painter(session.color));
  const { clock } = session.machine;
  const [step, begun] = [title, clock.monotonic()];
  const steps = [{ id: step, title, cause: "", after: [], actions: [] }];
  rows.take({ type: "planned", at: clock.now(), cluster: clusterName(title), steps });
  rows.take({ type: "stepStarted", at: clock.now(), step, title, cause: "" });
  return {
    update: (note, done, total) => rows.take({ type: "stepProgress", at: clock.now(), step, note, done, total }),
    finish() {
      rows.take({ type: "stepDone", at: clock.now(), step, ms: clock.monotonic() - begun });
      return rows.finish();
    },
  };
}

type Following = Pick<Progress, "finish">;

function follow(session: Session, listener: (event: Event) => void, finish = async () => {}): Following {
  const unsubscribe = session.machine.bus.subscribe(listener);
  const isOver = new AbortController();
  if (!session.isLive) tellWhenSlow(session, isOver.signal);
  return {
    async finish() {
      isOver.abort();
      unsubscribe();
      await finish();
    },
  };
}

/** After this, one who pressed Ctrl-C is told what is waited for. */
const PATIENCE_MS = 1000;

function tellWhenSlow(session: Session, over: AbortSignal): void {
  const { machine } = session;
  const tell = async () => {
    await machine.clock.sleep(PATIENCE_MS, over);
    note(session, "Interrupted: what has begun comes to its end, or is taken back. Ctrl-C again ends at once.");
  };
  machine.signal.addEventListener("abort", () => void tell().catch(() => undefined), { once: true, signal: over });
}

function plainLines(session: Session): Following {
  const paint = painter(session.color);
  const titles = new Map<StepId, string>();
  let planned: readonly Step[] = [];
  let hasFailed = false;
  const tellLeftOut = async () => {
    const names = planned.filter(({ id }) => !titles.has(id)).map(({ service, title }) => service ?? title);
    if (!hasFailed || names.length === 0) return;
    say(
      session,
      `${paint("yellow", "–")} left out, as what they wait for did not come up: ${[...new Set(names)].join(", ")}`,
    );
  };
  const listener = (event: Event) => {
    if (event.type === "planned") planned = event.steps;
    if (event.type === "stepStarted") titles.set(event.step, `${event.title} (${event.cause})`);
    if (event.type === "stepDone") {
      say(session, `${paint("green", "✔")} ${titles.get(event.step)} ${paint("dim", duration(event.ms))}`);
    }
    if (event.type === "stepFailed") {
      hasFailed = true;
      say(session, `${paint("red", "✖")} ${titles.get(event.step)}: ${event.failure.message}`);
    }
  };
  return follow(session, listener, tellLeftOut);
}
