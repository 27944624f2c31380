import type { Surroundings } from "../surroundings.ts";
import { GuestAgent } from "./agent.ts";
import { clusterMachine } from "./layout.ts";
import { readRecord } from "./record.ts";

/** Between two looks at a guest's clock; a sleep of this machine is noticed at once. */
const LOOKS_EVERY_MS = 10_000;
/** This machine's clock moved by more against the one that never jumps: it slept, or was set. */
const JUMP_MS = 1000;
/** A guest's clock that is off by more is set: builds and certificates go wrong by it. */
const MAY_BE_OFF_MS = 1000;
const ANSWERS_WITHIN_MS = 1500;

/** Sees to it that somebody looks at a guest's clock now and then, and as soon as this machine has slept. */
export class GuestTime {
  readonly #clock: Surroundings["clock"];
  readonly #look: () => Promise<void>;
  #last: { readonly at: number; readonly ahead: number };
  #isLooking = false;

  /** @param look looks at the clock; what it throws is nobody's concern, as it is called again */
  constructor(clock: Surroundings["clock"], look: () => Promise<void>) {
    this.#clock = clock;
    this.#look = look;
    this.#last = this.#now();
  }

  /** To be called often; returns at once. */
  pass(): void {
    const now = this.#now();
    const hasJumped = Math.abs(now.ahead - this.#last.ahead) > JUMP_MS;
    if (this.#isLooking || (!hasJumped && now.at - this.#last.at < LOOKS_EVERY_MS)) return;
    this.#last = now;
    this.#isLooking = true;
    const done = () => {
      this.#isLooking = false;
    };
    this.#look().then(done, done);
  }

  #now() {
    const at = this.#clock.monotonic();
    return { at, ahead: this.#clock.now() - at };
  }
}

/**
 * Sets the clock of a cluster's machine where it is off: it stood still while this machine slept.
 * @returns by how many milliseconds it was ahead, where it was set
 * @throws Failure where its agent does not answer
 */
export async function setTime(cluster: string, surroundings: Surroundings): Promise<number | undefined> {
  const files = clusterMachine(cluster, surroundings);
  // One that is being started or saved has its time set by whoever does so.
  if ((await readRecord(files))?.phase !== "running") return undefined;
  const limits = { timeoutMs: ANSWERS_WITHIN_MS };
  const agent = await GuestAgent.open(files.agent, limits);
  try {
    const guestMs = Number(await agent.ask("guest-get-time", {}, limits)) / 1e6;
    const aheadMs = Math.round(guestMs - surroundings.clock.now());
    if (Math.abs(aheadMs) <= MAY_BE_OFF_MS) return undefined;
    await agent.setTime(surroundings.clock.now());
    return aheadMs;
  } finally {
    agent.close();
  }
}
