import type { BuildName } from "../model/artifact.ts";
import type { OfferEvent } from "../model/event.ts";
import type { FailureReport } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";

/** A build of CI that a person has not decided about yet. */
export interface Offer {
  readonly service: ServiceName;
  readonly build: BuildName;
  /** What runs. */
  readonly from: BuildName;
}

/** Take it; stay on what runs, whatever comes; decide when there is a newer one. */
export type OfferAnswer = "take" | "pin" | "later";

/** The keys that answer an offer, wherever it is shown. */
export const OFFER_KEYS: Readonly<Record<string, OfferAnswer>> = { t: "take", p: "pin", n: "later" };

/** What became of the last build of a service that a person took. */
export type Taking = { readonly build: BuildName } & (
  | { readonly is: "running" }
  | { readonly is: "done"; readonly ms: number }
  | { readonly is: "failed"; readonly failure: FailureReport }
);

/** What an event says of a taking; undefined when there is none (any more). */
export function takingOf(event: OfferEvent): Taking | undefined {
  const { build } = event;
  switch (event.type) {
    case "buildWanted":
      return { build, is: "running" };
    case "buildTaken":
      return { build, is: "done", ms: event.ms };
    case "buildNotTaken":
      return { build, is: "failed", failure: event.failure };
    default:
      return undefined;
  }
}

/** (open offers, event) -> open offers, the oldest first: one of a service at most. Pure. */
export function nextOffers(offers: readonly Offer[], event: OfferEvent): readonly Offer[] {
  const others = offers.filter(({ service }) => service !== event.service);
  if (event.type !== "buildOffered") return others;
  const { service, build, from } = event;
  const offer = { service, build, from };
  // A newer build takes the older one's place in the row, too.
  return others.length < offers.length
    ? offers.map((open) => (open.service === service ? offer : open))
    : [...offers, offer];
}

/** `books 125 is green: [t]ake it, [p]in 124, [n]ot now`; the first of several, and how many wait behind it. */
export function offerInWords(offers: readonly Offer[]): string | undefined {
  const [first] = offers;
  if (first === undefined) return undefined;
  const more = offers.length === 1 ? "" : ` (${offers.length - 1} more)`;
  return `${first.service} ${number(first.build)} is green: [t]ake it, [p]in ${number(first.from)}, [n]ot now${more}`;
}

const number = (build: BuildName): string => build.replace(/^ci:/, "");
