import type { ServiceName } from "../model/names.ts";
import type { SwapRecord } from "../model/swap-record.ts";
import { type LastRecords, withRecords } from "../state/last-swap.ts";
import type { Live } from "../state/live.ts";

/** What is known of the swaps of a cluster, also of those before this screen was opened. */
export interface Swaps {
  /** Of services whose detail was looked at, the newest first. */
  readonly of: ReadonlyMap<ServiceName, readonly SwapRecord[]>;
  /** Of every service that has one. */
  readonly last: LastRecords;
}

export const NO_SWAPS: Swaps = { of: new Map(), last: new Map() };

/** Puts together what the history has and what is told meanwhile, in whatever order they come. */
export class SwapMemory {
  readonly #live: Pick<Live, "swapsOf" | "lastSwaps">;
  readonly #onSwaps: (swaps: Swaps) => void;
  #swaps = NO_SWAPS;

  /** @param onSwaps hears all that is known, whenever it is another */
  constructor(live: Pick<Live, "swapsOf" | "lastSwaps">, onSwaps: (swaps: Swaps) => void) {
    this.#live = live;
    this.#onSwaps = onSwaps;
  }

  /** A swap is over. */
  hear(record: SwapRecord): void {
    const { of, last } = this.#swaps;
    const before = of.get(record.service);
    const others = before?.filter(({ id }) => id !== record.id) ?? [];
    this.#know({
      of: before === undefined ? of : new Map(of).set(record.service, [record, ...others]),
      last: withRecords(last, [record]),
    });
  }

  /** Reads the last swap of every service: at first, and whenever another one wrote what nobody told here. */
  async readLast(): Promise<void> {
    const read = withRecords(new Map(), await this.#live.lastSwaps());
    // What was told meanwhile is not older than what was read.
    this.#know({ ...this.#swaps, last: withRecords(read, this.#swaps.last.values()) });
  }

  /** Reads the last swaps of a service, once. */
  async readOf(service: ServiceName): Promise<void> {
    if (this.#swaps.of.has(service)) return;
    const swaps = await this.#live.swapsOf(service);
    this.#know({ ...this.#swaps, of: new Map(this.#swaps.of).set(service, swaps) });
  }

  #know(swaps: Swaps): void {
    this.#swaps = swaps;
    this.#onSwaps(swaps);
  }
}
