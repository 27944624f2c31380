/** Between two frames that only news asks for: 25 a second are as many as an eye needs. */
const LEAST_MS = 40;

/** Says when a frame is drawn: for a key at once, for news soon, so that a flood of it is a few frames a second. */
export class Pace {
  readonly #draw: () => void;
  #timer: NodeJS.Timeout | undefined;
  #last = Number.NEGATIVE_INFINITY;

  constructor(draw: () => void) {
    this.#draw = draw;
  }

  readonly now = (): void => {
    this.end();
    this.#last = performance.now();
    this.#draw();
  };

  readonly soon = (): void => {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(this.now, Math.max(0, this.#last + LEAST_MS - performance.now()));
  };

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
