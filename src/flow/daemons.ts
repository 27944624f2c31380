import { dockerHost, type Endpoint } from "../model/endpoint.ts";
import type { Profile } from "../model/profile.ts";
import { findEndpoints, reachProvider } from "../provider/choose.ts";
import type { Machine } from "./machine.ts";

/** A virtual machine has one cluster, and no other looks for itself there. */
const isFor =
  ({ name }: Profile) =>
  (endpoint: Endpoint): boolean =>
    endpoint.machine === undefined || endpoint.machine.cluster === name;

/** Whatever answers here is not the daemon of these. */
const ELSEWHERE: readonly Profile["provider"][] = ["ssh", "vm", "minikube"];

/**
 * Every daemon that may have a profile's cluster. Where the profile names a host, or the cluster has a machine of its
 * own, the way there is made anew if it is broken, and its daemon comes first: whatever answers here would be another one.
 * @throws Failure (environment) where the host cannot be reached, or the machine does not run
 */
export async function daemonsFor(profile: Profile, machine: Machine): Promise<readonly Endpoint[]> {
  const isElsewhere = ELSEWHERE.includes(profile.provider);
  const named = isElsewhere ? await reachProvider(profile, machine, machine.signal) : undefined;
  const found = (await findEndpoints(machine, machine.signal)).filter(isFor(profile));
  if (found.length === 0 && profile.provider === "auto") {
    const own = await reachProvider(profile, machine, machine.signal);
    return own === undefined ? [] : [own];
  }
  if (named === undefined) return found;
  return [named, ...found.filter(({ address }) => dockerHost(address) !== dockerHost(named.address))];
}
