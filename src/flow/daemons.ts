import { dockerHost, type Endpoint } from "../model/endpoint.ts";
import type { Profile } from "../model/profile.ts";
import { findEndpoints, reachProvider } from "../provider/choose.ts";
import type { Machine } from "./machine.ts";

/**
 * Every daemon that may have a profile's cluster. Where the profile names a host, the way there is made anew if it is
 * broken, and its daemon comes first: whatever answers here would be another one.
 * @throws Failure (environment) where the host cannot be reached
 */
export async function daemonsFor(profile: Profile, machine: Machine): Promise<readonly Endpoint[]> {
  if (profile.provider !== "ssh") return findEndpoints(machine, machine.signal);
  const named = await reachProvider(profile, machine, machine.signal);
  const found = await findEndpoints(machine, machine.signal);
  if (named === undefined) return found;
  return [named, ...found.filter(({ address }) => dockerHost(address) !== dockerHost(named.address))];
}
