import type { DeliveryRecord } from "../model/delivery.ts";
import type { Event, SwapEvent } from "../model/event.ts";
import type { FailureReport } from "../model/failure.ts";
import { type Generation, generation, type ServiceName } from "../model/names.ts";
import type { StageTimes } from "../model/stage-times.ts";
import { isOver, type SwapFailure, type SwapOutcome, type SwapRecord, type SwapStage } from "../model/swap-record.ts";

/** The records of swaps that are not over, by service; of each the stage that its next failure would be of. */
export type OpenRecords = ReadonlyMap<ServiceName, ReadonlyMap<Generation, OpenRecord>>;

export interface OpenRecord {
  readonly record: SwapRecord;
  readonly stage: SwapStage;
}

export interface NextRecords {
  readonly open: OpenRecords;
  /** To be written, each over what was written of it before. */
  readonly written: readonly SwapRecord[];
}

type At<E> = E & { readonly at: number };

/** Of the paths of a save, so many are kept. */
const KEPT_PATHS = 5;

/** What an earlier devenv left behind is told as this generation's. */
const EARLIER = generation(0);

/**
 * (open records, event) -> next open records + what is to be written. Pure. Each swap is over once, whatever comes
 * after it and in whatever order: an event of a swap that is not open changes nothing.
 */
export function nextRecords(open: OpenRecords, event: Event): NextRecords {
  if (!("generation" in event) || event.type === "hookSaid" || event.type === "hookEnded") return stay(open);
  if (event.type === "saved") return saved(open, event);
  const known = open.get(event.service)?.get(event.generation) ?? leftBehind(event);
  return known === undefined ? stay(open) : put(open, after(known, event));
}

/** All that is still under way, as devenv's own end leaves it. What is committed goes on by itself. */
export const interruptedRecords = (open: OpenRecords): SwapRecord[] =>
  [...open.values()]
    .flatMap((swaps) => [...swaps.values()])
    .filter(({ record }) => record.outcome === "underWay")
    .map(({ record }) => ({ ...record, outcome: "interrupted" }));

/**
 * What an earlier devenv left unfinished. The swap that the journal has on trial is open: what becomes of it is told as
 * generation 0. The others are over, and written as such.
 * @param records the oldest first
 */
export function leftOpen(
  records: readonly SwapRecord[],
  journalOf: (service: ServiceName) => DeliveryRecord | undefined,
): NextRecords {
  const open = new Map<ServiceName, ReadonlyMap<Generation, OpenRecord>>();
  const written: SwapRecord[] = [];
  for (const record of records.filter((one) => !isOver(one)).reverse()) {
    const { service, digest } = record;
    const journal = journalOf(service);
    const isOnTrial = digest !== undefined && journal?.trial?.release.artifact.digest === digest;
    if (isOnTrial && !open.has(service)) open.set(service, new Map([[EARLIER, { record, stage: "settle" }]]));
    else written.unshift({ ...record, outcome: outcomeUnseen(record, journal) });
  }
  return { open, written };
}

/** Of a swap whose end nobody wrote down. */
function outcomeUnseen({ outcome, digest }: SwapRecord, journal: DeliveryRecord | undefined): SwapOutcome {
  if (outcome === "underWay") return "interrupted";
  return journal?.good.artifact.digest === digest ? "settled" : "replaced";
}

/** Of two lines of one record the one that knows more; of two that know as much, the second. */
export const laterRecord = (one: SwapRecord, other: SwapRecord): SwapRecord => (rank(one) > rank(other) ? one : other);

const rank = (record: SwapRecord): number => (isOver(record) ? 2 : record.outcome === "committed" ? 1 : 0);

const stay = (open: OpenRecords): NextRecords => ({ open, written: [] });

/** A generation that is counted anew belongs to a runner that was made anew: the old one's swap ended with it. */
function saved(open: OpenRecords, event: At<Extract<SwapEvent, { type: "saved" }>>): NextRecords {
  const { service, generation, at, paths, detectMs } = event;
  const before = open.get(service)?.get(generation)?.record;
  const record: SwapRecord = {
    id: `${service}-${at.toString(36)}-${generation}`,
    at: new Date(at).toISOString(),
    service,
    generation,
    paths: paths.slice(0, KEPT_PATHS),
    pathCount: paths.length,
    outcome: "underWay",
    times: { ...NO_TIMES, detect: detectMs },
  };
  const { open: next } = put(open, { record, stage: "build" });
  return {
    open: next,
    written: before?.outcome === "underWay" ? [{ ...before, outcome: "interrupted" }, record] : [record],
  };
}

const NO_TIMES: StageTimes = { detect: 0, wait: 0, build: 0, deliver: 0, restart: 0, ready: 0, check: 0, total: 0 };

/** What an earlier devenv left behind and wrote nothing of: all that is known is what becomes of it. */
function leftBehind({ service, generation, at, type }: At<SwapEvent>): OpenRecord | undefined {
  if (generation !== EARLIER || (type !== "rolledBack" && type !== "rollbackFailed")) return undefined;
  const id = `${service}-${at.toString(36)}-${generation}`;
  const fixed = { id, at: new Date(at).toISOString(), service, generation, paths: [], pathCount: 0 };
  return { record: { ...fixed, outcome: "underWay", times: NO_TIMES }, stage: "settle" };
}

function put(open: OpenRecords, next: OpenRecord & { readonly isQuiet?: boolean }): NextRecords {
  const { record, stage, isQuiet } = next;
  const swaps = new Map(open.get(record.service));
  if (isOver(record)) swaps.delete(record.generation);
  else swaps.set(record.generation, { record, stage });
  return { open: new Map(open).set(record.service, swaps), written: isQuiet ? [] : [record] };
}

/** What an event of its own makes of an open record. `isQuiet`: not worth a line of the file. */
function after(
  known: OpenRecord,
  event: At<Exclude<SwapEvent, { type: "saved" }>>,
): OpenRecord & { isQuiet?: boolean } {
  switch (event.type) {
    case "built": {
      const { artifact } = event.release;
      const told = { to: artifact.build, digest: artifact.digest, ...(event.isReused && { isReused: event.isReused }) };
      const built = timed(known, { build: event.ms, wait: event.waitMs }, "deliver");
      return { ...built, record: { ...built.record, ...told } };
    }
    case "delivered": {
      const { record, stage } = timed(known, { deliver: event.ms }, "restart");
      // Worth a line: from here on a kill leaves something behind, which is known by its digest.
      return { record: { ...record, from: event.from }, stage };
    }
    case "restarted":
      return timed(known, { restart: event.ms }, "ready");
    case "ready":
      return timed(known, { ready: event.ms }, "check");
    case "checked":
      return timed(known, { check: event.ms }, "settle");
    case "committed": {
      const { times, build, digest } = event;
      return { record: { ...known.record, times, to: build, digest, outcome: "committed" }, stage: "settle" };
    }
    case "unchanged":
      return ended(known, event, "unchanged");
    case "buildFailed":
      return ended(timed(known, { build: event.ms }, "build"), event, "buildFailed", event.failure);
    case "notReady":
    case "died":
      return failed(known, event);
    case "settled":
    case "superseded":
    case "replaced":
    case "rolledBack":
      return ended(known, event, event.type);
    case "rollbackFailed":
      return ended(known, event, event.type, known.record.failure ? undefined : event.failure);
    default:
      return event satisfies never;
  }
}

const timed = ({ record }: OpenRecord, ms: Partial<StageTimes>, stage: SwapStage) => ({
  record: { ...record, times: { ...record.times, ...ms } },
  stage,
  isQuiet: true,
});

/** It ends with that, where there is nothing to go back to. */
function failed(known: OpenRecord, event: At<Extract<SwapEvent, { type: "notReady" | "died" }>>) {
  const { record, stage } = known;
  if (!event.goesBack) return ended(known, event, "notReady", event.failure);
  return { record: { ...record, failure: failureOf(event.failure, stage) }, stage, isQuiet: true };
}

function ended(known: OpenRecord, event: At<SwapEvent>, outcome: SwapOutcome, failure?: FailureReport): OpenRecord {
  const { record, stage } = known;
  const total = record.times.total || Math.max(0, event.at - Date.parse(record.at));
  const why = failure === undefined ? record.failure : failureOf(failure, stage);
  return { record: { ...record, outcome, times: { ...record.times, total }, ...(why && { failure: why }) }, stage };
}

const failureOf = ({ message, where }: FailureReport, stage: SwapStage): SwapFailure => ({
  stage,
  message,
  ...(where && { where }),
});
