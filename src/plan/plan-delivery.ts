import { isSameRelease, type Release } from "../model/artifact.ts";
import { answeredRelease, isUnanswered, type ObservedDelivery } from "../model/delivery.ts";
import type { ServiceName } from "../model/names.ts";
import type { Action, Operation } from "../model/operation.ts";
import type { DesiredService } from "./desired.ts";
import type { Observed } from "./observed.ts";

/** Code that is to be put in place, and what to go back to. */
export interface Delivery {
  readonly service: ServiceName;
  readonly release: Release;
  /** The last release that settled, where it is another one; without it the new one counts as good at once. */
  readonly good: Release | undefined;
  readonly cause: string;
  /** Its config is another one than what lies there. */
  readonly isReconfigured: boolean;
}

/** What is to be delivered for a service; undefined when its code is in place, or is none of the plan's business. */
export function planDelivery({ service, release }: DesiredService, observed: Observed): Delivery | undefined {
  if (release === undefined) return undefined;
  const there = observed.deliveries.get(service.name);
  const cause = deliveryCause(there, release);
  if (cause === undefined) return undefined;
  const last = there?.record?.good;
  const good = isSameRelease(last, release) ? undefined : last;
  return { service: service.name, release, good, cause, isReconfigured: there?.config !== release.config };
}

function deliveryCause(there: ObservedDelivery | undefined, release: Release): string | undefined {
  const record = there?.record;
  if (there === undefined || record === undefined) return `${release.artifact.build} is not in place yet`;
  if (isUnanswered(record)) return "a swap was interrupted";
  const isCodeThere = there.artifact === release.artifact.digest;
  if (isCodeThere && there.config === release.config) return undefined;
  const last = answeredRelease(record);
  if (isSameRelease(last, release)) return "its code was moved away";
  // Where there is no code of ours, the config is all there is.
  return isCodeThere || release.artifact.digest === release.config
    ? "its configuration changed"
    : `${release.artifact.build} instead of ${last?.artifact.build}`;
}

/** Puts the code in place, as a trial where there is something to go back to. */
export const putInPlace = (delivery: Delivery | undefined): Action[] =>
  delivery === undefined ? [] : [{ do: deliver(delivery, delivery.release, delivery.good), undo: wayBack(delivery) }];

/** Puts the last good code back, and notes that the new one was rolled back; nothing where there is none. */
export const wayBack = (delivery: Delivery | undefined): Operation[] =>
  delivery?.good === undefined
    ? []
    : [{ ...deliver(delivery, delivery.good, undefined), rolledBack: delivery.release }];

/** Ends the trial well. */
export const commit = (delivery: Delivery | undefined): Action[] =>
  delivery?.good === undefined
    ? []
    : [{ do: { kind: "commit", service: delivery.service, release: delivery.release } }];

const deliver = ({ service }: Delivery, release: Release, good: Release | undefined) => ({
  kind: "deliver" as const,
  service,
  release,
  good,
});
