import { compare, type KeptLine, type LogPlace } from "./log-lens.ts";

/** The lines of one service in their order, the oldest of which can be forgotten. */
export class ServiceLog {
  /** Those before `#first` are forgotten: to shift an array at every line would cost more than the lines. */
  #lines: (KeptLine | undefined)[] = [];
  #first = 0;
  /** Characters of its lines, with what a line costs beside its text. */
  size = 0;

  get count(): number {
    return this.#lines.length - this.#first;
  }

  get newest(): KeptLine | undefined {
    return this.count === 0 ? undefined : this.#lines.at(-1);
  }

  /** By its place among those that are kept, from 0 for the oldest. */
  at(index: number): KeptLine | undefined {
    return index < 0 ? undefined : this.#lines[this.#first + index];
  }

  /** Nearly always at the end; else before those that are newer. */
  add(line: KeptLine): void {
    this.size += costOf(line);
    const newest = this.newest;
    if (newest === undefined || compare(newest, line) < 0) this.#lines.push(line);
    else this.#lines.splice(this.#first + this.countUntil(line), 0, line);
  }

  forgetOldest(): void {
    const oldest = this.at(0);
    if (oldest === undefined) return;
    this.size -= costOf(oldest);
    this.#lines[this.#first++] = undefined;
    if (this.#first * 2 < this.#lines.length) return;
    this.#lines = this.#lines.slice(this.#first);
    this.#first = 0;
  }

  /** How many lines stand at this place or before it. */
  countUntil(place: LogPlace): number {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >> 1;
      const line = this.at(middle);
      if (line !== undefined && compare(line, place) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** About what the place, the time and the object of a line take. */
const LINE_COST = 100;

const costOf = ({ text }: KeptLine): number => text.length + LINE_COST;
