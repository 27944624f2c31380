import type { Keyboard } from "./keyboard.ts";
import type { Screen } from "./screen.ts";

/** After it was asked to stop, a process that still runs will not be stopped any more. */
const STOPPED_WITHIN_MS = 100;

/** Screen and keyboard together: taken, given back, and taken again, whoever has them meanwhile. */
export class LentTerminal {
  readonly #screen: Screen;
  readonly #keyboard: Keyboard;
  /** Called when it was taken again: the size may be another one. */
  readonly #taken: () => void;
  #isLent = false;
  #stopping: NodeJS.Timeout | undefined;

  constructor(screen: Screen, keyboard: Keyboard, taken: () => void) {
    this.#screen = screen;
    this.#keyboard = keyboard;
    this.#taken = taken;
  }

  /** From now on it is ours. Ends with `close`. */
  open(): void {
    // `kill -TSTP`, where no key says so; and CONT also comes after a STOP, of which a program is not told.
    process.on("SIGTSTP", this.suspend).on("SIGCONT", this.#continued);
    this.#take();
  }

  /** Gives it back as it was; a second call does nothing. */
  close(): void {
    clearTimeout(this.#stopping);
    process.off("SIGTSTP", this.suspend).off("SIGCONT", this.#continued);
    this.#give();
  }

  /** Until the shell continues us (Ctrl-Z, `fg`); at once again where nobody stops us, without a shell above us. */
  readonly suspend = (): void => {
    process.off("SIGTSTP", this.suspend);
    this.#give();
    // Its whole group, as the terminal would: it may have been started by another program.
    process.kill(0, "SIGTSTP");
    this.#stopping = setTimeout(this.#continued, STOPPED_WITHIN_MS);
  };

  /** For as long as `body` runs, a program has it. */
  async lend<T>(body: () => Promise<T>): Promise<T> {
    this.#isLent = true;
    this.#give();
    try {
      return await body();
    } finally {
      this.#isLent = false;
      this.#take();
    }
  }

  readonly #continued = (): void => {
    clearTimeout(this.#stopping);
    if (this.#isLent) return;
    process.off("SIGTSTP", this.suspend).on("SIGTSTP", this.suspend);
    this.#take();
  };

  #give(): void {
    this.#screen.leave();
    this.#keyboard.release();
  }

  #take(): void {
    this.#keyboard.take();
    this.#screen.leave();
    this.#screen.enter();
    this.#taken();
  }
}
