import { type Failure, report } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import { Downloads } from "./downloads.ts";
import { fetchMissing } from "./fetch-downloads.ts";
import { leavingOf, whyLeft } from "./fetch-place.ts";
import type { FetchContext, FetchEnd, FetchRow } from "./fetch-result.ts";
import { swapIn } from "./fetch-swap.ts";
import { type FetchTarget, sizeOf } from "./fetch-target.ts";

/** What `fetchTargets` would do. */
export function dryRows(targets: readonly FetchTarget[], context: FetchContext): FetchRow[] {
  const leaving = leavingOf(context.profile, context.place, context.machine);
  return targets.map((target): FetchRow => {
    const left = whyLeft(target.service, leaving);
    const isNew = target.missing.length > 0 || (!target.isInPlace && left === undefined);
    const end: FetchEnd =
      isNew && target.failure === undefined ? { outcome: "new", reason: left } : endOf(target, left);
    return rowOf(target, end, sizeOf(target.missing) ?? null);
  });
}

/** Brings what is missing into the store, then swaps in what is not in place: of a cluster that runs. */
export async function fetchTargets(targets: readonly FetchTarget[], context: FetchContext): Promise<FetchRow[]> {
  const { profile, place, machine } = context;
  const missing = targets.filter((target) => target.missing.length > 0);
  const fetched = await fetchMissing(profile, missing, new Downloads(profile, machine), machine);
  const leaving = leavingOf(profile, place, machine);
  const isFine = ({ service, failure }: FetchTarget) => (failure ?? fetched.failures.get(service.name)) === undefined;
  const due = targets.filter(
    (target) => isFine(target) && !target.isInPlace && whyLeft(target.service, leaving) === undefined,
  );
  const ends = due.length === 0 ? new Map<ServiceName, FetchEnd>() : await swapIn(due, context);
  return targets.map((target) => {
    const { name } = target.service;
    const failure = fetched.failures.get(name);
    const end = ends.get(name) ?? (failure ? failedBy(failure) : endOf(target, whyLeft(target.service, leaving)));
    return rowOf(target, end, fetched.bytes.get(name) ?? 0);
  });
}

const failedBy = (failure: Failure): FetchEnd => ({
  outcome: "failed",
  reason: failure.message,
  failure: report(failure),
});

/** Of a service that was not swapped in. */
function endOf({ failure, missing, pin, isInPlace }: FetchTarget, left: string | undefined): FetchEnd {
  if (failure !== undefined) return failedBy(failure);
  if (missing.length > 0) return { outcome: "fetched", reason: left };
  const reason = isInPlace ? undefined : left;
  return pin === undefined ? { outcome: "unchanged", reason } : { outcome: "pinned", reason: reason ?? pin.reason };
}

const rowOf = ({ service, inPlace, build }: FetchTarget, end: FetchEnd, size: number | null): FetchRow => ({
  service: service.name,
  from: inPlace?.artifact.build ?? null,
  to: build ?? null,
  size,
  ...end,
});
