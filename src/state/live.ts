import type { Event } from "../model/event.ts";
import type { FailureReport } from "../model/failure.ts";
import type { ClusterName, ServiceName } from "../model/names.ts";
import type { RepositoryNow } from "../model/repository.ts";
import type { ClusterStatus } from "../model/status.ts";
import type { SwapRecord } from "../model/swap-record.ts";
import type { Usage } from "../model/usage.ts";
import type { Intents } from "./intents.ts";
import type { ServiceOutline } from "./outline.ts";
import type { View } from "./view.ts";

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

/** Who builds and swaps what is saved. */
export type LoopNews =
  /** Nobody, yet: nothing of the cluster runs, or it is only just beginning. */
  | { readonly is: "none" }
  /** This process. */
  | { readonly is: "here" }
  /** Another one, whose events are shown here: `devenv watch books (pid 123, since 14:03:07)`, and its parts. */
  | { readonly is: "elsewhere"; readonly holder: string; readonly command: string; readonly pid: number }
  /** Another one, which does not share what it knows; `why` says what keeps it. */
  | { readonly is: "unheard"; readonly holder: string; readonly why: string };

/** A cluster as the terminal UI is handed it: news to draw, and intents to send. Made by flow/live. */
export interface Live {
  readonly cluster: ClusterName;
  /** In the order of the profile. */
  readonly services: readonly ServiceName[];
  /** At once when it is known already, then at every look, changed or not. */
  readonly status: Listen<StatusNews>;
  /**
   * All that the events so far say, at once and after each event: of the one that runs the save loop, also from before
   * this screen was opened, so that all screens show the same. When that is another one than before, it begins anew.
   */
  readonly view: Listen<View>;
  /** From now on; the view that comes with an event is told before it. */
  readonly events: Listen<Event>;
  /** At once, then whenever it is somebody else. */
  readonly loop: Listen<LoopNews>;
  /** Batches, so that a thousand lines a second are ten pieces of news. */
  readonly logs: Listen<readonly LiveLine[]>;
  /**
   * Every repository of the workspace, by name: at once when they are known, then whenever anything of one is another.
   * They are looked at only as long as somebody listens.
   */
  readonly repositories: Listen<readonly RepositoryNow[]>;
  /** What the profile says of each service, in its order: at once, then whenever it was edited. */
  readonly outlines: Listen<readonly ServiceOutline[]>;
  /** What those services use that `measure` named last, as far as it is known. */
  readonly usage: Listen<ReadonlyMap<ServiceName, Usage>>;
  /** Names the services whose usage is on the screen: the daemon is asked about no others. */
  measure(services: readonly ServiceName[]): void;
  /** The last swaps of a service, the newest first, also from before this screen was opened. Never fails. */
  swapsOf(service: ServiceName): Promise<readonly SwapRecord[]>;
  /** The last swap of each service that had one, in one reading of the history. Never fails. */
  lastSwaps(): Promise<readonly SwapRecord[]>;
  readonly intents: Intents;
}
