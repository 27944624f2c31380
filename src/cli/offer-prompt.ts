import { isInForeground } from "../host/liveness.ts";
import type { Event } from "../model/event.ts";
import type { ServiceName } from "../model/names.ts";
import { OFFER_KEYS, type OfferAnswer, offerInWords } from "../state/offers.ts";
import { emptyView, nextView, type View } from "../state/view.ts";
import { painter } from "./paint.ts";
import { type Session, say } from "./session.ts";

/** Control characters that a terminal makes signals of, as long as it is not in raw mode. */
const SIGNALS: Readonly<Record<string, NodeJS.Signals>> = { "\x03": "SIGINT", "\x1c": "SIGQUIT" };
const CTRL_Z = "\x1a";

/**
 * Asks about CI's newer builds below what is printed, and takes single keys for an answer: the first of several is
 * asked about. The terminal is in raw mode while a question is open and at no other time; however this process ends,
 * it is given back.
 */
export class OfferPrompt {
  readonly #session: Session;
  readonly #answer: (service: ServiceName, answer: OfferAnswer) => void;
  #view: View = emptyView;
  #asked: string | undefined;
  #isRaw = false;

  constructor(session: Session, answer: (service: ServiceName, answer: OfferAnswer) => void) {
    this.#session = session;
    this.#answer = answer;
  }

  /** To be called with each event, after what is printed for it. */
  hear(event: Event): void {
    this.#view = nextView(this.#view, event);
    const { offers } = this.#view;
    const [first] = offers;
    const asked = first && `${first.service} ${first.build}`;
    if (asked === this.#asked) return;
    this.#asked = asked;
    const question = offerInWords(offers);
    if (question === undefined) this.#giveBack();
    else {
      // First: who reads the question may answer at once.
      this.#takeKeys();
      say(this.#session, painter(this.#session.color)("bold", question));
    }
  }

  /** Gives the terminal back. */
  close(): void {
    this.#asked = undefined;
    this.#giveBack();
  }

  #takeKeys(): void {
    const { stdin } = this.#session;
    // A shell may have put us into the background; then the question is only shown.
    if (this.#isRaw || !isInForeground()) return;
    this.#isRaw = true;
    process.once("exit", this.#giveBack);
    stdin.setRawMode(true);
    stdin.on("data", this.#hearKeys);
    stdin.resume();
  }

  readonly #giveBack = (): void => {
    if (!this.#isRaw) return;
    this.#isRaw = false;
    const { stdin } = this.#session;
    process.off("exit", this.#giveBack);
    stdin.off("data", this.#hearKeys);
    stdin.pause();
    stdin.setRawMode(false);
  };

  readonly #hearKeys = (keys: Buffer | string): void => {
    for (const key of String(keys)) {
      const signal = SIGNALS[key];
      if (signal !== undefined) process.kill(process.pid, signal);
      else if (key === CTRL_Z) this.#suspend();
      else this.#hearAnswer(key);
    }
  };

  #hearAnswer(key: string): void {
    const answer = OFFER_KEYS[key.toLowerCase()];
    const [first] = this.#view.offers;
    if (answer !== undefined && first !== undefined) this.#answer(first.service, answer);
  }

  /** Gives the terminal back until the shell continues us (Ctrl-Z, `fg`). */
  #suspend(): void {
    this.#giveBack();
    process.once("SIGCONT", () => {
      if (this.#asked !== undefined) this.#takeKeys();
    });
    process.kill(0, "SIGTSTP");
  }
}
