import type { ServiceName } from "../model/names.ts";
import type { Area } from "./layout.ts";
import type { LogBuffer } from "./log-buffer.ts";
import { type Bottom, compare, type Direction, type KeptLine, type Lens, type LogPlace } from "./log-lens.ts";
import { type LogStyle, logRows, rowCount } from "./log-lines.ts";
import type { Line } from "./text.ts";

/** Lines from the oldest to the newest, and how many rows they take. */
interface Window {
  readonly lines: readonly KeptLine[];
  readonly rows: number;
  /** Rows at their end that are not shown. */
  readonly below: number;
}

/** A log in the room that it has on the screen: what is shown, and where a key leads to. */
export class LogPane {
  readonly #log: LogBuffer;
  readonly #area: Area;
  readonly #services: readonly ServiceName[];

  constructor(log: LogBuffer, area: Area, services: readonly ServiceName[]) {
    this.#log = log;
    this.#area = area;
    this.#services = services;
  }

  /** The rows that are shown, no more than there is room for. */
  rows(lens: Lens): Line[] {
    const { lines, below } = this.#window(lens);
    const style = this.#style(lens);
    const rows = lines.flatMap((line) => logRows(line, style, isSame(lens.found, line)));
    const end = rows.length - below;
    return rows.slice(Math.max(0, end - this.#area.height), end);
  }

  /** How many lines are newer than what is shown. */
  newer(lens: Lens): number {
    return lens.bottom === undefined ? 0 : this.#log.countAfter(lens, lens.bottom);
  }

  /** All that can be scrolled to, for a file: time, service and text, from the oldest on. */
  *lines(lens: Lens): Generator<string> {
    for (const { time, service, text } of this.#log.walk(lens, "newer")) yield `${time} ${service} ${text}`.trimStart();
  }

  /** Moved by rows, back for a negative number; behind the newest line it follows again. */
  scrolled(lens: Lens, by: number): Lens {
    const moved = by < 0 ? this.#back(lens, -by) : this.#forth(lens, by);
    return { ...lens, bottom: moved };
  }

  /**
   * At the nearest line that has what is searched, beside the one that the search is at, or from the end of what is
   * shown. `stays`: that line itself may be it, as while the text is being typed.
   */
  searched(lens: Lens, direction: Direction, stays = false): Lens {
    const from = lens.found ?? this.#window(lens).lines.at(-1);
    const isIncluded = stays || lens.found === undefined;
    const start = from !== undefined && isIncluded ? beside(from, direction) : from;
    const found = lens.find === "" ? undefined : this.#log.find(lens.find, lens, direction, start);
    if (found === undefined) return { ...lens, missed: lens.find === "" ? undefined : direction };
    const at = { ...lens, found: { time: found.time, number: found.number }, missed: undefined };
    return this.#isShown(at, found) ? { ...at, bottom: this.#bottom(at) } : this.#centered(at, found);
  }

  #style({ of, wraps, find }: Lens): LogStyle {
    return { width: this.#area.width, names: of === undefined ? this.#services : undefined, wraps, find };
  }

  /** What is shown; where too few lines are left before its end, because older ones are forgotten, the oldest. */
  #window(lens: Lens): Window {
    const { bottom } = lens;
    const below = bottom?.below ?? 0;
    const shown = this.#take(lens, "older", bottom, this.#area.height + below);
    if (bottom === undefined || shown.rows >= this.#area.height + below) return { ...shown, below };
    return this.#oldest(lens);
  }

  #oldest(lens: Lens): Window {
    const first = this.#take(lens, "newer", undefined, this.#area.height);
    return { ...first, below: Math.max(0, first.rows - this.#area.height) };
  }

  /** As many lines as fill so many rows, or all that there are. */
  #take(lens: Lens, direction: Direction, from: LogPlace | undefined, height: number): Omit<Window, "below"> {
    const style = this.#style(lens);
    const lines: KeptLine[] = [];
    let rows = 0;
    if (height > 0) {
      for (const line of this.#log.walk(lens, direction, from)) {
        lines.push(line);
        rows += rowCount(line, style);
        if (rows >= height) break;
      }
    }
    return { lines: direction === "older" ? lines.reverse() : lines, rows };
  }

  #back(lens: Lens, by: number): Bottom | undefined {
    const { height } = this.#area;
    if (by === Number.POSITIVE_INFINITY) return this.#endOf(lens, this.#oldest(lens));
    const below = lens.bottom?.below ?? 0;
    const { lines, rows } = this.#take(lens, "older", lens.bottom, height + below + by);
    const left = Math.min(below + by, Math.max(0, rows - height));
    return left < below ? this.#endOf(lens, this.#oldest(lens)) : this.#upTo(lens, lines, left);
  }

  #forth(lens: Lens, by: number): Bottom | undefined {
    if (lens.bottom === undefined || by === Number.POSITIVE_INFINITY) return undefined;
    return this.#ahead(lens, this.#endOf(lens, this.#window(lens)) ?? lens.bottom, by);
  }

  /** So many rows behind an end; undefined where there are not as many. */
  #ahead(lens: Lens, start: Bottom, by: number): Bottom | undefined {
    const style = this.#style(lens);
    // From the rows of the end's own line that are not shown.
    let ahead = by - start.below;
    let end: Bottom | undefined;
    for (const line of this.#log.walk(lens, "newer", start)) {
      // The newest line whole is followed, any other one has a line behind it.
      if (end !== undefined) return end;
      const rows = compare(line, start) === 0 ? 0 : rowCount(line, style);
      if (ahead <= rows) end = { time: line.time, number: line.number, below: rows - ahead };
      else ahead -= rows;
      if (end !== undefined && end.below > 0) return end;
    }
    return undefined;
  }

  /** The end of the lines without their last `below` rows; undefined where that is the newest line whole. */
  #upTo(lens: Lens, lines: readonly KeptLine[], below: number): Bottom | undefined {
    const style = this.#style(lens);
    let left = below;
    for (const line of [...lines].reverse()) {
      const rows = rowCount(line, style);
      const isNewest = lens.bottom === undefined && line === lines.at(-1);
      if (left < rows)
        return isNewest && left === 0 ? undefined : { time: line.time, number: line.number, below: left };
      left -= rows;
    }
    return lens.bottom;
  }

  #endOf(lens: Lens, { lines, below }: Window): Bottom | undefined {
    const last = lines.at(-1);
    return last === undefined ? lens.bottom : { time: last.time, number: last.number, below };
  }

  #bottom(lens: Lens): Bottom | undefined {
    return this.#endOf(lens, this.#window(lens));
  }

  #isShown(lens: Lens, line: KeptLine): boolean {
    const { lines } = this.#window(lens);
    const [first] = lines;
    const last = lines.at(-1);
    return first !== undefined && last !== undefined && compare(first, line) <= 0 && compare(line, last) <= 0;
  }

  /** With the line in the middle of the room, as far as there are lines behind it. */
  #centered(lens: Lens, { time, number }: KeptLine): Lens {
    const half = Math.floor(this.#area.height / 2);
    const bottom = this.#ahead(lens, { time, number, below: 0 }, half) ?? this.#bottom({ ...lens, bottom: undefined });
    return { ...lens, bottom };
  }
}

/** The place from which on a line is the first in a direction. */
const beside = ({ time, number }: LogPlace, direction: Direction): LogPlace => ({
  time,
  number: number + (direction === "older" ? 0.5 : -0.5),
});

const isSame = (place: LogPlace | undefined, line: KeptLine): boolean =>
  place !== undefined && compare(place, line) === 0;
