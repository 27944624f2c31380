import { stripVTControlCharacters } from "node:util";
import type { LogLine } from "../docker/daemon.ts";
import type { Profile } from "../model/profile.ts";
import type { LiveLine } from "../state/live.ts";
import { LogPlaces } from "./log-places.ts";
import { logs } from "./logs.ts";
import type { Machine } from "./machine.ts";

/** Lines are handed on at most this often: each time a frame is drawn, and between two of them keys have their turn. */
const BATCH_MS = 100;
/** As many lines are as much as a screen is worth at once. */
const FULL = 2000;
/** Lines of each service to begin with. */
const FIRST_LINES = 200;
/** After the daemon went away. */
const RETRY_MS = 2000;

/** The log of a whole cluster in batches, each line once, however often the daemon goes away and comes back. */
export class LogFeed {
  #profile: Profile;
  /** Aborted when the profile was edited: there may be other services to read. */
  #round = new AbortController();
  readonly #handOn: (lines: readonly LiveLine[]) => void;
  readonly #places = new LogPlaces();
  #isFirst = true;
  #batch: LiveLine[] = [];
  /** Of the batch that is being made: resolves when it was handed on. */
  #handedOn: Promise<void> = Promise.resolve();

  constructor(profile: Profile, handOn: (lines: readonly LiveLine[]) => void) {
    this.#profile = profile;
    this.#handOn = handOn;
  }

  /** Until the machine's signal is aborted. */
  async follow(machine: Machine): Promise<void> {
    const { clock, signal } = machine;
    while (!signal.aborted) {
      this.#round = new AbortController();
      const untilEdited = AbortSignal.any([signal, this.#round.signal]);
      // That the daemon went away is what the status says.
      await this.#read({ ...machine, signal: untilEdited }).catch(() => undefined);
      await clock.sleep(RETRY_MS, untilEdited).catch(() => undefined);
    }
  }

  /** Goes by an edited profile from now on. */
  goBy(profile: Profile): void {
    this.#profile = profile;
    this.#round.abort();
  }

  async #read(machine: Machine): Promise<void> {
    // All that was said while the daemon, or the way to it, was away.
    const tail = this.#isFirst ? FIRST_LINES : undefined;
    const options = { services: [], follow: true, tail, since: undefined, places: this.#places };
    for await (const line of logs(this.#profile, options, machine)) {
      this.#isFirst = false;
      await this.#add(liveLine(line), machine);
    }
  }

  /** Resolves when there is room again: a service that floods its log waits for the screen, and not in the memory. */
  #add(line: LiveLine, { clock }: Machine): Promise<void> {
    this.#batch.push(line);
    if (this.#batch.length === 1) this.#handedOn = clock.sleep(BATCH_MS).then(() => this.#flush());
    return this.#batch.length < FULL ? Promise.resolve() : this.#handedOn;
  }

  #flush(): void {
    const lines = this.#batch;
    this.#batch = [];
    this.#handOn(lines);
  }
}

/** Escape codes of both kinds, tabs, and other control characters. */
const CONTROL = /\p{Cc}/u;

/** What a terminal can show as one line: no escape codes, tabs or other control characters. */
function liveLine({ service, text, time }: LogLine): LiveLine {
  if (!CONTROL.test(text)) return { service, time, text };
  const plain = stripVTControlCharacters(text).replaceAll("\t", "    ");
  return { service, time, text: [...plain].filter((character) => character >= " ").join("") };
}
