import type { Event } from "../model/event.ts";
import type { FailureReport } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { OfferAnswer } from "./offers.ts";
import type { View } from "./view.ts";

/**
 * What is said at the socket of the process that runs a cluster's save loop, a line of JSON each.
 *
 *   it says: snapshot -> (event | reply)*        and hears: order* and told*
 *
 * Raised whenever an older or newer devenv would misread a line: an event, or a part of the view, that means something
 * else than before.
 */
export const WIRE_VERSION = 1;

export type Said =
  /** First: all that was told so far. The events that follow lead on from it. */
  | { readonly is: "snapshot"; readonly version: number; readonly view: View }
  | { readonly is: "event"; readonly event: Event }
  /** To the order of that number: it is done, or why not. */
  | { readonly is: "reply"; readonly to: number; readonly failure?: FailureReport | undefined };

export type Heard =
  | { readonly is: "order"; readonly number: number; readonly order: Order }
  /** What another process of this person does to the cluster, for all to see. */
  | { readonly is: "told"; readonly event: Event };

/** What only the one that runs the save loop can do. */
export type Order =
  | { readonly to: "swap"; readonly service: ServiceName }
  | { readonly to: "answer"; readonly service: ServiceName; readonly answer: OfferAnswer };

/** Of a map, in JSON, its entries. */
const MAP = "$map";

/** As plain data: maps become objects of one key. */
export function packed(value: unknown): unknown {
  if (value instanceof Map) return { [MAP]: [...value].map(([key, inner]) => [key, packed(inner)]) };
  if (Array.isArray(value)) return value.map(packed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, packed(inner)]));
}

/** A line that was packed, and made JSON; undefined for what is none. */
export function unpacked<Line extends Said | Heard>(text: string): Line | undefined {
  try {
    const value: unknown = JSON.parse(text, (_key, inner: unknown) =>
      isPackedMap(inner) ? new Map(inner[MAP]) : inner,
    );
    return typeof value === "object" && value !== null && "is" in value ? (value as Line) : undefined;
  } catch {
    return undefined;
  }
}

const isPackedMap = (value: unknown): value is { [MAP]: [unknown, unknown][] } =>
  typeof value === "object" && value !== null && MAP in value && Array.isArray(value[MAP]);

/** As JSON for programs of others: maps become objects by their keys. */
export function plain(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, inner]) => [String(key), plain(inner)]));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

/** Steps of a plan and news of pulls: what others than the save loop do, and all may see. */
const TOLD: ReadonlySet<Event["type"]> = new Set<Event["type"]>([
  ...(["providerChosen", "planned", "stepStarted", "stepProgress", "stepDone", "stepFailed"] as const),
  ...(["pulled", "refreshed", "pullFailed", "offerGone"] as const),
]);

/** Whether an event of another process is one to be told on: the story of a swap is the save loop's alone. */
export const isToldOn = (event: Event): boolean => TOLD.has(event.type) && typeof event.at === "number";
