import type { ObservedContainer } from "../model/container.ts";
import type { ObservedDelivery } from "../model/delivery.ts";
import { settlingRelease } from "../model/delivery.ts";
import type { ServiceName } from "../model/names.ts";

/** Of a program that was told to end: 0, and 128 + INT, KILL and TERM. */
const TOLD_ENDS: ReadonlySet<number> = new Set([0, 130, 137, 143]);

/**
 * What is delivered, as an `up` is to take it. A release that settled when its devenv was ended, and whose program has
 * crashed since, is no better than one that never answered: what was good before it is put back.
 * @param containers all of the cluster
 */
export function withoutCrashed(
  deliveries: ReadonlyMap<ServiceName, ObservedDelivery>,
  containers: readonly ObservedContainer[],
): Map<ServiceName, ObservedDelivery> {
  const crashed = new Set(containers.filter(hasCrashed).map(({ service }) => service));
  return new Map(
    [...deliveries].map(([name, delivery]) => [name, crashed.has(name) ? unanswered(delivery) : delivery]),
  );
}

function unanswered(delivery: ObservedDelivery): ObservedDelivery {
  const { record } = delivery;
  if (record?.trial === undefined || settlingRelease(record) === undefined) return delivery;
  return { ...delivery, record: { ...record, trial: { ...record.trial, answeredAt: undefined } } };
}

/** From the list's words: `Exited (2) 3 minutes ago`. */
function hasCrashed({ state, statusText, isForwarder }: ObservedContainer): boolean {
  if (isForwarder) return false;
  const [, code] = /^(?:Exited|Restarting) \((\d+)\)/.exec(statusText) ?? [];
  return (state === "exited" || state === "restarting") && code !== undefined && !TOLD_ENDS.has(Number(code));
}
