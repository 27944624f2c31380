import type { ServiceName } from "../model/names.ts";
import type { LiveLine } from "../state/live.ts";
import { compare, type Direction, finder, type KeptLine, type Lens, type LogPlace } from "./log-lens.ts";
import { ServiceLog } from "./service-log.ts";

/** Which lines are asked for. */
export type Choice = Pick<Lens, "of" | "only">;

/** Characters of all lines that are kept, with what each costs beside its text: some 100,000 lines. */
const ROOM = 20_000_000;

/**
 * The newest lines of every service. When there is no more room, the service that takes most of it loses its oldest: a
 * noisy one has all the room that others leave it, and never pushes out a quiet one's.
 */
export class LogBuffer {
  readonly #room: number;
  readonly #logs = new Map<ServiceName, ServiceLog>();
  #size = 0;
  #next = 0;

  constructor(room: number = ROOM) {
    this.#room = room;
  }

  append(lines: readonly LiveLine[]): void {
    for (const { service, text, time } of lines) {
      const log = this.#logs.get(service) ?? new ServiceLog();
      this.#logs.set(service, log);
      const before = log.size;
      log.add({ service, text, time: time ?? log.newest?.time ?? "", number: this.#next++ });
      this.#size += log.size - before;
    }
    while (this.#size > this.#room) this.#forget();
  }

  /** The lines that are chosen, merged in their order, from a place on (with it) or from the newest or oldest on. */
  *walk(choice: Choice, direction: Direction, from?: LogPlace): Generator<KeptLine> {
    const isWanted = wantedBy(choice);
    const cursors = this.#logsOf(choice.of).map((log) => new Cursor(log, direction, from, isWanted));
    for (;;) {
      let next: Cursor | undefined;
      for (const cursor of cursors) if (cursor.isBefore(next)) next = cursor;
      if (next?.line === undefined) return;
      yield next.line;
      next.step();
    }
  }

  /** The nearest line with a text in it, from a place on without it; from an end of all where none is given. */
  find(text: string, choice: Choice, direction: Direction, from?: LogPlace): KeptLine | undefined {
    const has = finder(text);
    const isWanted = wantedBy(choice);
    let best: KeptLine | undefined;
    for (const log of this.#logsOf(choice.of)) {
      const passes = (line: KeptLine) =>
        (has(line.text) && isWanted(line) && (from === undefined || compare(line, from) !== 0)) ||
        // Beyond the best that another service has, there is nothing to look for.
        (best !== undefined && !isNearer(line, best, direction));
      const { line } = new Cursor(log, direction, from, passes);
      if (line !== undefined && (best === undefined || isNearer(line, best, direction))) best = line;
    }
    return best;
  }

  /** How many lines of the choice's services there are behind a place. */
  countAfter({ of }: Choice, place: LogPlace): number {
    return this.#logsOf(of).reduce((sum, log) => sum + log.count - log.countUntil(place), 0);
  }

  #logsOf(service: ServiceName | undefined): readonly ServiceLog[] {
    if (service === undefined) return [...this.#logs.values()];
    const log = this.#logs.get(service);
    return log === undefined ? [] : [log];
  }

  #forget(): void {
    let largest: ServiceLog | undefined;
    for (const log of this.#logs.values()) if (log.size > (largest?.size ?? 0)) largest = log;
    if (largest === undefined) return;
    this.#size -= largest.size;
    largest.forgetOldest();
    this.#size += largest.size;
  }
}

/** A reading of one service's log in one direction, over the lines that pass. */
class Cursor {
  readonly #log: ServiceLog;
  readonly #direction: Direction;
  readonly #passes: (line: KeptLine) => boolean;
  #index: number;
  line: KeptLine | undefined;

  constructor(log: ServiceLog, direction: Direction, from: LogPlace | undefined, passes: (line: KeptLine) => boolean) {
    this.#log = log;
    this.#direction = direction;
    this.#passes = passes;
    if (direction === "older") this.#index = from === undefined ? log.count : log.countUntil(from);
    else this.#index = from === undefined ? -1 : log.countUntil(from) - (isAt(log, from) ? 2 : 1);
    this.step();
  }

  step(): void {
    const by = this.#direction === "older" ? -1 : 1;
    do {
      this.#index += by;
      this.line = this.#log.at(this.#index);
    } while (this.line !== undefined && !this.#passes(this.line));
  }

  /** Whether its line comes earlier in the direction of the reading than another's. */
  isBefore(other: Cursor | undefined): boolean {
    if (this.line === undefined) return false;
    return other?.line === undefined || isNearer(this.line, other.line, this.#direction);
  }
}

const isAt = (log: ServiceLog, place: LogPlace): boolean => {
  const line = log.at(log.countUntil(place) - 1);
  return line !== undefined && compare(line, place) === 0;
};

const isNearer = (a: LogPlace, b: LogPlace, direction: Direction): boolean =>
  direction === "older" ? compare(a, b) > 0 : compare(a, b) < 0;

/** In the log of all, a service's name chooses its lines, too; in its own, where it stands beside none, it would choose all. */
function wantedBy({ of, only }: Choice): (line: KeptLine) => boolean {
  if (only === "") return () => true;
  const has = finder(only);
  return ({ text, service }) => has(text) || (of === undefined && has(service));
}
