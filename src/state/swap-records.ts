import type { DeliveryRecord } from "../model/delivery.ts";
import type { Event, SwapEvent } from "../model/event.ts";
import type { FailureReport } from "../model/failure.ts";
import { type Generation, generation, type ServiceName } from "../model/names.ts";
import type { StageTimes, SwapStage } from "../model/stage-times.ts";
import { isOver, type SwapFailure, type SwapOutcome, type SwapRecord } from "../model/swap-record.ts";

/** The records of swaps that are not over, by service. */
export type OpenRecords = ReadonlyMap<ServiceName, ReadonlyMap<Generation, SwapRecord>>;

export interface NextRecords {
  readonly open: OpenRecords;
  /** To be written, each over what was written of it before. */
  readonly written: readonly SwapRecord[];
}

type At<E> = E & { readonly at: number };
type EventOf<T extends SwapEvent["type"]> = At<Extract<SwapEvent, { type: T }>>;

/** Of the paths of a save, so many are kept. */
const KEPT_PATHS = 5;

/** What an earlier devenv left behind is told as this generation's. */
const EARLIER = generation(0);

/** Worth a line of the file: the beginning, what a kill would leave behind, and the ends. */
const WRITTEN: ReadonlySet<Event["type"]> = new Set(["saved", "delivered", "committed"]);

/**
 * (open records, event) -> next open records + what is to be written. Pure. Each swap is over once, whatever comes
 * after it and in whatever order: an event of a swap that is not open changes nothing.
 */
export function nextRecords(open: OpenRecords, event: Event): NextRecords {
  if (!("generation" in event) || "hook" in event) return stay(open);
  if (event.type === "saved") return saved(open, event);
  const known = open.get(event.service)?.get(event.generation) ?? leftBehind(event);
  if (known === undefined) return stay(open);
  const record = after(known, event);
  return {
    open: withRecord(open, record, event.generation),
    written: isOver(record) || WRITTEN.has(event.type) ? [record] : [],
  };
}

/** All that is still under way, as devenv's own end leaves it. What is committed goes on by itself. */
export const interruptedRecords = (open: OpenRecords): SwapRecord[] =>
  [...open.values()]
    .flatMap((swaps) => [...swaps.values()])
    .filter(({ outcome }) => outcome === "underWay")
    .map(interrupted);

const interrupted = (record: SwapRecord): SwapRecord => ({ ...record, outcome: "interrupted" });

/**
 * What an earlier devenv left unfinished. The swap that the journal has on trial is open: what becomes of it is told as
 * generation 0. The others are over, and written as such.
 * @param records the oldest first
 */
export function leftOpen(
  records: readonly SwapRecord[],
  journalOf: (service: ServiceName) => DeliveryRecord | undefined,
): NextRecords {
  const open = new Map<ServiceName, ReadonlyMap<Generation, SwapRecord>>();
  const written: SwapRecord[] = [];
  for (const record of records.filter((one) => !isOver(one)).reverse()) {
    const { service, digest } = record;
    const journal = journalOf(service);
    const isOnTrial = digest !== undefined && journal?.trial?.release.artifact.digest === digest;
    if (isOnTrial && !open.has(service)) open.set(service, new Map([[EARLIER, record]]));
    else written.unshift({ ...record, outcome: outcomeUnseen(record, journal) });
  }
  return { open, written };
}

/** Of a swap whose end nobody wrote down. */
function outcomeUnseen({ outcome, digest }: SwapRecord, journal: DeliveryRecord | undefined): SwapOutcome {
  if (outcome === "underWay") return "interrupted";
  return journal?.good?.artifact.digest === digest ? "settled" : "replaced";
}

/** Of two lines of one record the one that knows more; of two that know as much, the second. */
export const laterRecord = (one: SwapRecord, other: SwapRecord): SwapRecord => (rank(one) > rank(other) ? one : other);

const rank = (record: SwapRecord): number => (isOver(record) ? 2 : record.outcome === "committed" ? 1 : 0);

const stay = (open: OpenRecords): NextRecords => ({ open, written: [] });

function withRecord(open: OpenRecords, record: SwapRecord, generation: Generation): OpenRecords {
  const swaps = new Map(open.get(record.service));
  if (isOver(record)) swaps.delete(generation);
  else swaps.set(generation, record);
  return new Map(open).set(record.service, swaps);
}

/** A generation that is counted anew belongs to a runner that was made anew: the old one's swap ended with it. */
function saved(open: OpenRecords, event: EventOf<"saved">): NextRecords {
  const { service, generation, paths, detectMs } = event;
  const before = open.get(service)?.get(generation);
  const record: SwapRecord = {
    ...begun(event),
    paths: paths.slice(0, KEPT_PATHS),
    pathCount: paths.length,
    times: { ...NO_TIMES, detect: detectMs },
  };
  const ended = before?.outcome === "underWay" ? [interrupted(before)] : [];
  return { open: withRecord(open, record, generation), written: [...ended, record] };
}

const NO_TIMES: StageTimes = { detect: 0, wait: 0, build: 0, deliver: 0, restart: 0, ready: 0, check: 0, total: 0 };

const begun = ({ service, generation, at }: At<SwapEvent>): SwapRecord => ({
  id: `${service}-${at.toString(36)}-${generation}`,
  at: new Date(at).toISOString(),
  service,
  generation,
  paths: [],
  pathCount: 0,
  outcome: "underWay",
  times: NO_TIMES,
});

/** What an earlier devenv left behind and wrote nothing of: all that is known is what becomes of it. */
function leftBehind(event: At<SwapEvent>): SwapRecord | undefined {
  const isEnd = event.type === "rolledBack" || event.type === "rollbackFailed";
  return event.generation === EARLIER && isEnd ? begun(event) : undefined;
}

/** What an event of its own makes of an open record. */
function after(record: SwapRecord, event: At<Exclude<SwapEvent, { type: "saved" }>>): SwapRecord {
  switch (event.type) {
    case "built": {
      const { build: to, digest } = event.release.artifact;
      const known = { ...record, to, digest, ...(event.isReused && { isReused: event.isReused }) };
      return timed(known, { build: event.ms, wait: event.waitMs });
    }
    case "delivered":
      return { ...timed(record, { deliver: event.ms }), from: event.from };
    case "restarted":
      return timed(record, { restart: event.ms });
    case "ready":
      return timed(record, { ready: event.ms });
    case "checked":
      return timed(record, { check: event.ms });
    case "committed":
      return { ...record, times: event.times, to: event.build, digest: event.digest, outcome: "committed" };
    case "buildFailed":
      return ended(timed(because(record, "build", event.failure), { build: event.ms }), event, "buildFailed");
    case "notReady":
      return failed(because(record, event.stage, event.failure), event);
    case "died":
      return failed(because(record, "settle", event.failure), event);
    case "settled":
    case "unchanged":
    case "replaced":
    case "rolledBack":
      return ended(record, event, event.type);
    case "superseded":
      return cutShort(ended(record, event, event.type));
    case "rollbackFailed":
      return ended(record.failure ? record : because(record, "restart", event.failure), event, event.type);
    default:
      return event satisfies never;
  }
}

const timed = (record: SwapRecord, ms: Partial<StageTimes>): SwapRecord => ({
  ...record,
  times: { ...record.times, ...ms },
});

const because = (record: SwapRecord, stage: SwapStage, failure: FailureReport): SwapRecord => ({
  ...record,
  failure: failureOf(stage, failure),
});

const failureOf = (stage: SwapStage, { message, where, end }: FailureReport): SwapFailure => ({
  stage,
  message,
  ...(where && { where }),
  ...(end && { end }),
});

/** It ends with that, where there is nothing to go back to. */
const failed = (record: SwapRecord, event: EventOf<"notReady" | "died">): SwapRecord =>
  event.goesBack ? record : ended(record, event, "notReady");

function ended(record: SwapRecord, { at }: At<SwapEvent>, outcome: SwapOutcome): SwapRecord {
  const total = record.times.total || Math.max(0, at - Date.parse(record.at));
  return { ...record, outcome, times: { ...record.times, total } };
}

/** Of what told no more of its times, all that passed went to the stage that it had come to; waiting is part of a build. */
function cutShort(record: SwapRecord): SwapRecord {
  const { total, ...stages } = record.times;
  const told = Object.values(stages).reduce((sum, ms) => sum + ms, 0);
  const at = (["build", "deliver", "restart"] as const).find((stage) => stages[stage] === 0) ?? "ready";
  return timed(record, { [at]: stages[at] + Math.max(0, total - told) });
}
