import { asFailure, type FailureReport, report } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { Done, Intent, Intents } from "../state/intents.ts";

/** Something that was asked for here, and how it went. */
export interface Task {
  readonly intent: Intent;
  /** Whom it was asked of; undefined for the whole cluster. */
  readonly service: ServiceName | undefined;
  readonly outcome: Outcome;
}

export type Outcome =
  /** `heard` says who is waited for. */
  | { readonly is: "running"; readonly heard: string | undefined }
  | { readonly is: "done"; readonly done: Done }
  | { readonly is: "failed"; readonly failure: FailureReport };

/** So many are told of by `!`. */
const KEPT = 10;

/** The tasks of this screen: those that run, and the last ones that ended. */
export class Tasks {
  readonly #intents: Intents;
  readonly #changed: () => void;
  /** The oldest first. */
  #all: readonly Task[] = [];
  readonly #away = new WeakSet<Task>();

  constructor(intents: Intents, changed: () => void) {
    this.#intents = intents;
    this.#changed = changed;
  }

  /** The oldest first. */
  get all(): readonly Task[] {
    return this.#all;
  }

  /** The last one of a service, unless it was put away. */
  of(service: ServiceName): Task | undefined {
    const last = this.#all.findLast((task) => task.service === service);
    return last === undefined || this.#away.has(last) ? undefined : last;
  }

  /** What the last one of a service came to was read; all of them have it still. */
  putAway(service: ServiceName): void {
    const last = this.of(service);
    if (last !== undefined && last.outcome.is !== "running") this.#away.add(last);
  }

  /** What became of it is old news: the service was saved since. */
  forget(service: ServiceName): void {
    this.#all = this.#all.filter((task) => task.service !== service || task.outcome.is === "running");
  }

  /** Carries it out, unless the very same is under way. Gives what it came to; undefined where it failed. */
  async perform(intent: Intent): Promise<Done | undefined> {
    const service = "service" in intent ? intent.service : undefined;
    const isSame = (task: Task) => task.intent.to === intent.to && task.service === service;
    if (this.#all.some((task) => isSame(task) && task.outcome.is === "running")) return undefined;
    let task: Task = { intent, service, outcome: { is: "running", heard: undefined } };
    const becomes = (outcome: Outcome): void => {
      const next = { ...task, outcome };
      this.#all = this.#all.map((one) => (one === task ? next : one));
      task = next;
      this.#changed();
    };
    this.#all = [...this.#all, task].slice(-KEPT);
    this.#changed();
    try {
      const done = await this.#intents.perform(intent, (heard) => becomes({ is: "running", heard }));
      becomes({ is: "done", done });
      return done;
    } catch (thrown) {
      becomes({ is: "failed", failure: report(asFailure(thrown)) });
      return undefined;
    }
  }
}

/** What a service is at, in the one word of its row. */
export function doingInRow(task: Task | undefined): string | undefined {
  return task?.outcome.is === "running" ? WORDS[task.intent.to]?.[0] : undefined;
}

/** `restarting books`. */
export function doingInWords({ intent, service }: Task): string {
  const [, words] = WORDS[intent.to];
  return service === undefined ? words : `${words} ${service}`;
}

/** In the service's row, where that shows it; and in a line of its own. */
const WORDS: Readonly<Record<Intent["to"], readonly [row: string | undefined, words: string]>> = {
  swap: ["building", "building and swapping in"],
  restart: ["restarting", "restarting"],
  stop: ["stopping", "stopping"],
  start: ["starting", "starting"],
  mode: ["changing", "changing the mode of"],
  pin: [undefined, "pinning"],
  unpin: [undefined, "unpinning"],
  rollback: ["going back", "rolling back"],
  fetch: [undefined, "fetching builds of CI"],
  pullAll: [undefined, "pulling all repositories"],
  answer: [undefined, "answering the offer for"],
  open: [undefined, "opening the address of"],
  dockerCommand: [undefined, "looking for the container of"],
  shell: [undefined, "in a shell of"],
  keepLog: [undefined, "writing the log to a file"],
  down: [undefined, "bringing the cluster down"],
  reset: [undefined, "resetting the cluster"],
};
