import pLimit from "p-limit";
import { type Receiver, ReceiverLost } from "./receiver.ts";

/** So many at once: what travels for one service does not wait for another's. */
const AT_ONCE = 4;

/** Open lines to the receiver of a cluster. Each stays open until the end, as opening one takes longer than a delivery. */
export class Receivers {
  readonly #open: () => Promise<Receiver>;
  readonly #limit = pLimit(AT_ONCE);
  #idle: Receiver[] = [];

  constructor(open: () => Promise<Receiver>) {
    this.#open = open;
  }

  /**
   * Does work with a line of its own. Where that is lost, it is done once more with a new one, so it must do no harm twice.
   * @throws what the work throws; of a line that is lost again, why.
   */
  use<T>(work: (receiver: Receiver) => Promise<T>): Promise<T> {
    return this.#limit(async () => {
      try {
        return await this.#once(work);
      } catch (thrown) {
        if (!(thrown instanceof ReceiverLost)) throw thrown;
      }
      return this.#once(work).catch((thrown: unknown) => {
        throw thrown instanceof ReceiverLost ? thrown.cause : thrown;
      });
    });
  }

  close(): void {
    for (const receiver of this.#idle.splice(0)) receiver.close();
  }

  async #once<T>(work: (receiver: Receiver) => Promise<T>): Promise<T> {
    this.#idle = this.#idle.filter(({ isOpen }) => isOpen);
    const receiver = this.#idle.pop() ?? (await this.#open());
    try {
      return await work(receiver);
    } finally {
      if (receiver.isOpen) this.#idle.push(receiver);
    }
  }
}
