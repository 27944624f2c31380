import type { ServiceName } from "../model/names.ts";
import type { StageTimes } from "../model/stage-times.ts";
import type { SwapOutcome, SwapRecord } from "../model/swap-record.ts";
import type { ServiceView } from "./service-view.ts";
import { laterRecord } from "./swap-records.ts";

/** How a service's last swap ended, whoever ran it. */
export interface EndedSwap {
  readonly outcome: SwapOutcome;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Of one that was committed. */
  readonly times: StageTimes | undefined;
}

/** The last record of each service that says how a swap ended. */
export type LastRecords = ReadonlyMap<ServiceName, SwapRecord>;

/** What came of these swaps is told by others: the one itself goes on, or the one that took its place does. */
const TELLS_NOTHING: ReadonlySet<SwapOutcome> = new Set(["underWay", "superseded"]);

/** (last records, records in any order) -> last records. Pure. Of two that tell as much of one swap, the second. */
export function withRecords(known: LastRecords, records: Iterable<SwapRecord>): LastRecords {
  const last = new Map(known);
  for (const record of records) {
    if (TELLS_NOTHING.has(record.outcome)) continue;
    const before = last.get(record.service);
    last.set(record.service, before === undefined ? record : newer(before, record));
  }
  return last;
}

function newer(one: SwapRecord, other: SwapRecord): SwapRecord {
  if (one.id === other.id) return laterRecord(one, other);
  return Date.parse(one.at) > Date.parse(other.at) ? one : other;
}

/**
 * The last swap of a service: the one that the save loop tells, else what was recorded of earlier ones. What a loop tells
 * as generation 0 is the end of an earlier one's swap, of which the record knows more.
 */
export function lastSwapOf(view: ServiceView | undefined, record: SwapRecord | undefined): EndedSwap | undefined {
  const told = view?.last;
  if (record === undefined || (told !== undefined && told.generation > 0)) return told;
  const { at, outcome, times } = record;
  return { outcome, at: Date.parse(at) + times.total, times: COMMITTED.has(outcome) ? times : undefined };
}

const COMMITTED: ReadonlySet<SwapOutcome> = new Set(["committed", "settled", "replaced"]);
