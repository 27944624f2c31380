import { clusterName } from "../model/names.ts";
import type { StepId } from "../model/operation.ts";
import type { ProviderProgress, Told } from "../provider/provider.ts";
import { duration } from "../state/duration.ts";
import { LiveRows } from "./live-rows.ts";
import { painter } from "./paint.ts";
import { note, type Session } from "./session.ts";

/** What is over sooner is not worth a row. */
const SHOWN_AFTER_MS = 150;
/** On no terminal, of the same stage no more than one line in this time. */
const TELLS_EVERY_MS = 10_000;

/** Shows what is done until a machine or a daemon runs. */
export interface Stages {
  readonly tell: ProviderProgress;
  /** The last that was told has come to its end. */
  end(): void;
  /** To be awaited when nothing more will be told: one that goes on has failed, and what there is to know is said. */
  finish(): Promise<void>;
}

/** Runs work that tells its stages: a live row each on a terminal (listr2), with what it took; plain lines elsewhere. */
export async function withStages<T>(session: Session, work: (tell: ProviderProgress) => Promise<T>): Promise<T> {
  const stages = session.isLive ? liveStages(session, new LiveRows(painter(session.color))) : plainStages(session);
  try {
    const result = await work(stages.tell);
    stages.end();
    return result;
  } finally {
    await stages.finish();
  }
}

interface Stage {
  readonly words: string;
  readonly begun: number;
  readonly timer: NodeJS.Timeout;
  /** Undefined until it has a row. */
  step: StepId | undefined;
  told: Told;
}

/** @param rows where they are drawn, and after them perhaps a plan's */
export function liveStages(session: Session, rows: LiveRows): Stages {
  const { clock } = session.machine;
  const notes: string[] = [];
  let count = 0;
  let current: Stage | undefined;
  const draw = (stage: Stage) => {
    const { part, detail = "" } = stage.told;
    if (stage.step === undefined || (part === undefined && detail === "")) return;
    const progress = part === undefined ? {} : { done: part, total: 1 };
    rows.take({ type: "stepProgress", at: clock.now(), step: stage.step, note: detail, ...progress });
  };
  const show = (stage: Stage) => {
    const title = fitting(stage.words, session.stdout.columns ?? 80);
    stage.step = `stage ${++count}`;
    const steps = [{ id: stage.step, title, cause: "", after: [], actions: [] }];
    rows.take({ type: "planned", at: clock.now(), cluster: clusterName("stages"), steps });
    draw(stage);
  };
  const close = (): Stage | undefined => {
    clearTimeout(current?.timer);
    const closed = current;
    current = undefined;
    return closed;
  };
  const end = () => {
    const closed = close();
    if (closed?.step === undefined) return;
    rows.take({ type: "stepDone", at: clock.now(), step: closed.step, ms: clock.monotonic() - closed.begun });
  };
  const begin = (words: string, told: Told) => {
    end();
    const timer = setTimeout(() => current && show(current), SHOWN_AFTER_MS);
    current = { words, begun: clock.monotonic(), timer, step: undefined, told };
  };
  return {
    tell(said, told = {}) {
      const words = session.secrets.text(said);
      if (told.isNote) notes.push(words);
      else if (current?.words !== words) begin(words, told);
      else {
        current.told = told;
        draw(current);
      }
    },
    end,
    async finish() {
      const failed = close();
      if (failed?.step !== undefined) {
        const ms = clock.monotonic() - failed.begun;
        const failure = { class: "environment", message: `failed after ${duration(ms)}` } as const;
        rows.take({ type: "stepFailed", at: clock.now(), step: failed.step, ms, failure });
      }
      await rows.finish();
      for (const words of notes.splice(0)) note(session, painter(session.color)("dim", words));
    },
  };
}

/** Of a row's width, for its mark and its time. */
const BESIDE = 20;

/** Words that leave the time of a row its place. */
function fitting(words: string, columns: number): string {
  const room = Math.max(20, columns - BESIDE);
  return words.length <= room ? words : `${words.slice(0, room - 1)}…`;
}

/** A line each, on standard error. */
export function plainStages(session: Session): Stages {
  const { clock } = session.machine;
  let last = { words: "", at: Number.NEGATIVE_INFINITY };
  return {
    tell(words, { part, detail } = {}) {
      const isSame = words === last.words;
      if (isSame && (part === undefined || clock.monotonic() - last.at < TELLS_EVERY_MS)) return;
      last = { words, at: clock.monotonic() };
      const far = part === undefined ? [] : [`${Math.round(part * 100)} %`];
      const where = [...far, ...(detail === undefined ? [] : [detail])].join(", ");
      note(session, where === "" ? words : `${words}: ${where}`);
    },
    end() {},
    async finish() {},
  };
}
