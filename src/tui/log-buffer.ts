import type { ServiceName } from "../model/names.ts";
import type { LiveLine } from "../state/live.ts";

/** A line with its place in the order of arrival, which stays the same while older lines are forgotten. */
export interface NumberedLine extends LiveLine {
  readonly number: number;
}

/** Which lines are looked at. */
export interface Lens {
  /** One service; all when undefined. */
  readonly of: ServiceName | undefined;
  /** Text that a line must contain, in any case. */
  readonly find: string;
  /** The number of the last line to show; undefined follows the newest. */
  readonly until: number | undefined;
}

/** Lines that are kept of each service, and of all together: a noisy service does not push out a quiet one's. */
const KEPT = 5000;

export class LogBuffer {
  #next = 0;
  readonly #all: NumberedLine[] = [];
  readonly #byService = new Map<ServiceName, NumberedLine[]>();

  /** Lines come nearly in order: each is put before those that are newer by the daemon's clock. */
  append(lines: readonly LiveLine[]): void {
    for (const line of inOrder(lines)) {
      const numbered = { ...line, number: this.#next++ };
      this.#all.push(numbered);
      const own = this.#byService.get(line.service) ?? [];
      own.push(numbered);
      this.#byService.set(line.service, own);
      forgetOldest(own);
    }
    forgetOldest(this.#all);
  }

  /** The last `height` lines that the lens shows. */
  window(lens: Lens, height: number): NumberedLine[] {
    const shown: NumberedLine[] = [];
    for (const line of this.#backwards(lens)) {
      if (shown.length >= height) break;
      shown.push(line);
    }
    return shown.reverse();
  }

  /** The lens moved by lines, back for a negative number; at the newest line it follows again. */
  scrolled(lens: Lens, by: number, height: number): Lens {
    const matching = [...this.#backwards({ ...lens, until: undefined })];
    const at = lens.until === undefined ? 0 : matching.findIndex(({ number }) => number <= (lens.until ?? 0));
    const oldest = Math.max(0, matching.length - height);
    const next = Math.min(oldest, Math.max(0, at) - by);
    return { ...lens, until: next <= 0 ? undefined : matching[next]?.number };
  }

  *#backwards({ of, find, until }: Lens): Generator<NumberedLine> {
    const lines = of === undefined ? this.#all : (this.#byService.get(of) ?? []);
    const wanted = find.toLowerCase();
    for (let at = lines.length - 1; at >= 0; at--) {
      const line = lines[at];
      if (line === undefined || (until !== undefined && line.number > until)) continue;
      if (wanted === "" || line.text.toLowerCase().includes(wanted) || line.service.includes(wanted)) yield line;
    }
  }
}

function inOrder(lines: readonly LiveLine[]): readonly LiveLine[] {
  const isInOrder = lines.every(({ time }, at) => (lines[at - 1]?.time ?? "") <= (time ?? "￿"));
  if (isInOrder) return lines;
  return [...lines].sort((a, b) => compare(a.time ?? "", b.time ?? ""));
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** In large steps: shifting an array at every line would cost more than the lines. */
function forgetOldest(lines: NumberedLine[]): void {
  if (lines.length > KEPT * 1.5) lines.splice(0, lines.length - KEPT);
}
