import { asFailure, EXIT } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import { bringNamed, NotBrought } from "./bring-named.ts";
import { type Cluster, withSwapLocks } from "./cluster.ts";
import { deliveriesOf, leavingOf, whyLeft } from "./fetch-place.ts";
import type { FetchContext, FetchEnd } from "./fetch-result.ts";
import { type FetchTarget, isTakenBack } from "./fetch-target.ts";
import { tellHolder } from "./up.ts";
import { wantedOf } from "./wanted.ts";

/**
 * Swaps what is in the store into a running cluster, under its lock and the swap locks of these services. Gives what
 * became of each.
 * @throws Failure only when it was interrupted, or by a bug.
 */
export async function swapIn(
  targets: readonly FetchTarget[],
  context: FetchContext,
): Promise<Map<ServiceName, FetchEnd>> {
  const { profile, place, options, machine } = context;
  const names = targets.map(({ service }) => service.name);
  const { cluster } = place;
  if (cluster === undefined) throw new Error("nothing runs that could be swapped");
  const lock = {
    wait: true,
    command: `devenv fetch ${names.join(" ")}`,
    signal: machine.signal,
    onWaiting: tellHolder(options.note),
  };
  return withSwapLocks(cluster, names, lock, async () => {
    // While the others were waited for, a service may have been given another mode, or other code.
    const leaving = leavingOf(profile, place, machine);
    const left = new Map(targets.map(({ service }) => [service.name, whyLeft(service, leaving)]));
    const due = targets.filter(({ service }) => left.get(service.name) === undefined);
    const ends = due.length === 0 ? new Map<ServiceName, FetchEnd>() : await swapLocked(due, cluster, context);
    return new Map(names.map((name) => [name, ends.get(name) ?? { outcome: "fetched", reason: left.get(name) }]));
  });
}

async function swapLocked(
  targets: readonly FetchTarget[],
  cluster: Cluster,
  { profile, ci, options, machine }: FetchContext,
): Promise<Map<ServiceName, FetchEnd>> {
  const only = new Set(targets.map(({ service }) => service.name));
  try {
    const wanted = wantedOf(profile, machine);
    const { plan } = await bringNamed(wanted, cluster, { only, ci, note: options.note }, machine);
    const touched = new Set(plan.steps.map(({ service }) => service));
    // Another devenv may have been there first.
    return new Map([...only].map((name) => [name, { outcome: touched.has(name) ? "swapped" : "unchanged" }]));
  } catch (thrown) {
    if (!(thrown instanceof NotBrought)) throw thrown;
    const cause = asFailure(thrown.cause);
    if (cause.class === "bug" || cause.exitCode === EXIT.interrupted) throw cause;
    const now = deliveriesOf(profile, machine);
    const endOf = ({ service: { name }, build }: FetchTarget): FetchEnd => {
      const failure = thrown.services.get(name);
      if (failure === undefined) return { outcome: "swapped" };
      const isBack = isTakenBack(now.get(name)?.record, build);
      return { outcome: isBack ? "rolledBack" : "failed", reason: failure.message, failure };
    };
    return new Map(targets.map((target) => [target.service.name, endOf(target)]));
  }
}
