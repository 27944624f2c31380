import type { Endpoint, ProviderName } from "../model/endpoint.ts";

/** What is told beside the words. */
export interface Told {
  /** How much of it is done, from 0 to 1; the same words are told again as it grows. */
  readonly part?: number | undefined;
  /** What it is at, where that changes with the part. */
  readonly detail?: string | undefined;
  /** Something to know: nothing goes on under these words. */
  readonly isNote?: boolean | undefined;
}

/** Tells the screen what is done to bring a machine up; each goes on until the next is told. */
export type ProviderProgress = (words: string, told?: Told) => void;

/** What gives a Docker daemon. A provider never writes `process.env`: the endpoint travels as a value. */
export interface Provider {
  readonly name: ProviderName;
  /** The endpoint when the daemon answers now; undefined, quickly and without side effects, when it does not. */
  find(signal?: AbortSignal): Promise<Endpoint | undefined>;
  /**
   * Brings the daemon up where that is in the provider's power, and gives its endpoint.
   * @throws Failure (class environment) that says what was tried and what to do.
   */
  up(progress: ProviderProgress, signal?: AbortSignal): Promise<Endpoint>;
  /**
   * Has the way to a daemon again where that alone is broken, as after a reboot of this machine: for status, watch and
   * down. Starts no machine and no daemon. Absent where nothing can be mended.
   * @throws Failure (class environment) that says why there is none.
   */
  reach?(signal?: AbortSignal): Promise<Endpoint>;
}
