import { readFileSync } from "node:fs";
import type { Clock } from "../host/clock.ts";

/** A storm that pauses for so long is taken to be over. */
const CALM_MS = 100;
/** One that does not is looked into all the same. */
const PATIENCE_MS = 1000;

/** The kernel's default. */
const USUAL_LIMIT = 16_384;

/**
 * Notices that the kernel may have thrown events away. It keeps `fs.inotify.max_queued_events` of them for a process
 * that does not come to reading; Node does not pass on its word that there were more (IN_Q_OVERFLOW has no watch). But
 * libuv reads the queue until it is empty before anything else has its turn (`uv__inotify_read`), so a queue that ran
 * over is seen as that many events within one turn of the event loop. Half of it is taken as enough: the events of
 * watches that have ended are not seen.
 */
export class EventQueue {
  readonly #suspicious: number;
  readonly #onOverflow: () => void;
  #inThisTurn = 0;
  #taken = 0;

  constructor(onOverflow: () => void, limit = queueLimit()) {
    this.#suspicious = limit / 2;
    this.#onOverflow = onOverflow;
  }

  /** An event was read. */
  took(): void {
    if (this.#inThisTurn === 0) setImmediate(() => this.#endTurn());
    this.#inThisTurn += 1;
    this.#taken += 1;
  }

  /** Resolves when no event has come for a while, or events did not cease for too long. */
  async calm(clock: Clock, signal: AbortSignal): Promise<void> {
    const begun = clock.monotonic();
    for (let before = -1; before !== this.#taken && clock.monotonic() - begun < PATIENCE_MS; ) {
      before = this.#taken;
      await clock.sleep(CALM_MS, signal);
    }
  }

  #endTurn(): void {
    const taken = this.#inThisTurn;
    this.#inThisTurn = 0;
    if (taken >= this.#suspicious) this.#onOverflow();
  }
}

/** How many events the kernel keeps of one inotify instance. */
export function queueLimit(): number {
  try {
    return Number(readFileSync("/proc/sys/fs/inotify/max_queued_events", "utf8"));
  } catch {
    return USUAL_LIMIT;
  }
}
