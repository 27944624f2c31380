import type { Event } from "../model/event.ts";
import type { FailureReport } from "../model/failure.ts";
import type { ClusterName, ServiceName } from "../model/names.ts";
import type { ClusterStatus } from "../model/status.ts";
import type { OfferAnswer } from "./offers.ts";

/** Tells a listener every piece of news from now on; gives a function that ends it. */
export type Listen<News> = (listener: (news: News) => void) => () => void;

/** What the daemon said when it was last asked, or why it could not be. `at` is milliseconds since the epoch. */
export type StatusNews =
  | { readonly is: "known"; readonly at: number; readonly status: ClusterStatus }
  | { readonly is: "unknown"; readonly at: number; readonly failure: FailureReport };

/** One line that a service printed: plain text without escape codes, tabs or a newline. */
export interface LiveLine {
  readonly service: ServiceName;
  readonly text: string;
  /** RFC 3339 as the daemon wrote it, so that lines can be put in order. */
  readonly time: string | undefined;
}

/** What a person can ask a running screen for. Each is the flow of the command of that name, and fails as it does. */
export interface Intents {
  /** Gives the milliseconds from the order to the first answer. */
  restart(service: ServiceName): Promise<number>;
  /** Answers the offer of a newer build of CI. How it ends, the events tell. */
  answer(service: ServiceName, answer: OfferAnswer): Promise<void>;
}

/** A cluster as the terminal UI is handed it: news to draw, and intents to send. Made by flow/live. */
export interface Live {
  readonly cluster: ClusterName;
  /** In the order of the profile. */
  readonly services: readonly ServiceName[];
  /** At once when it is known already, then at every look, changed or not. */
  readonly status: Listen<StatusNews>;
  readonly events: Listen<Event>;
  /** Batches, so that a thousand lines a second are ten pieces of news. */
  readonly logs: Listen<readonly LiveLine[]>;
  readonly intents: Intents;
}
