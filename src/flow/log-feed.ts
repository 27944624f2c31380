import { stripVTControlCharacters } from "node:util";
import type { LogLine } from "../docker/daemon.ts";
import type { Profile } from "../model/profile.ts";
import type { LiveLine } from "../state/live.ts";
import { logs } from "./logs.ts";
import type { Machine } from "./machine.ts";

/** Lines are handed on at most this often: each time a frame is drawn, and between two of them keys have their turn. */
const BATCH_MS = 100;
/** Lines of each service to begin with. */
const FIRST_LINES = 200;
/** After the daemon went away. */
const RETRY_MS = 2000;

/** The log of a whole cluster in batches, each line once, however often the daemon goes away and comes back. */
export class LogFeed {
  readonly #profile: Profile;
  readonly #handOn: (lines: readonly LiveLine[]) => void;
  /** The time of the newest line. */
  #newest: string | undefined;
  #batch: LiveLine[] = [];

  constructor(profile: Profile, handOn: (lines: readonly LiveLine[]) => void) {
    this.#profile = profile;
    this.#handOn = handOn;
  }

  /** Until the machine's signal is aborted. */
  async follow(machine: Machine): Promise<void> {
    const { clock, signal } = machine;
    while (!signal.aborted) {
      // That the daemon went away is what the status says.
      await this.#read(machine).catch(() => undefined);
      await clock.sleep(RETRY_MS, signal).catch(() => undefined);
    }
  }

  async #read(machine: Machine): Promise<void> {
    const seen = this.#newest;
    const from = seen === undefined ? { tail: FIRST_LINES, since: undefined } : { tail: undefined, since: seen };
    for await (const line of logs(this.#profile, { services: [], follow: true, ...from }, machine)) {
      if (seen !== undefined && line.time !== undefined && line.time <= seen) continue;
      if (line.time !== undefined && line.time > (this.#newest ?? "")) this.#newest = line.time;
      this.#add(liveLine(line), machine);
    }
  }

  #add(line: LiveLine, { clock }: Machine): void {
    this.#batch.push(line);
    if (this.#batch.length > 1) return;
    void clock.sleep(BATCH_MS).then(() => {
      const lines = this.#batch;
      this.#batch = [];
      this.#handOn(lines);
    });
  }
}

/** What a terminal can show as one line: no escape codes, tabs or other control characters. */
function liveLine({ service, text, time }: LogLine): LiveLine {
  const plain = stripVTControlCharacters(text).replaceAll("\t", "    ");
  return { service, time, text: [...plain].filter((character) => character >= " ").join("") };
}
