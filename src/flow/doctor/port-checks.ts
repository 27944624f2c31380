import type { Check } from "../../model/check.ts";
import type { Endpoint } from "../../model/endpoint.ts";
import type { Profile } from "../../model/profile.ts";
import type { Machine } from "../machine.ts";
import { fixedPorts, TAKEN_HINT, takenPorts } from "../ports.ts";

/** Whether the ports that the profile publishes on this machine can be had, or are the cluster's own already. */
export async function portChecks(profile: Profile, endpoint: Endpoint | undefined, machine: Machine): Promise<Check[]> {
  const wanted = fixedPorts(profile.services);
  if (wanted.length === 0 || (endpoint !== undefined && endpoint.publishedOn !== "127.0.0.1")) return [];
  const daemon = endpoint && (await machine.connect(endpoint.address));
  try {
    const { containers = [] } = (await daemon?.observe(profile.name)) ?? {};
    const ours = containers.filter(({ state }) => state === "running").flatMap(({ ports }) => ports);
    const taken = await takenPorts(wanted, ours, daemon);
    const why = "its service cannot be published there";
    if (taken.length > 0)
      return taken.map(({ message: what }) => ({ name: "ports", state: "bad", what, why, do: TAKEN_HINT }));
    const what = wanted.length === 1 ? "the port of the profile is" : `all ${wanted.length} ports of the profile are`;
    return [{ name: "ports", state: "ok", what: `${what} free, or the cluster's` }];
  } finally {
    daemon?.close();
  }
}
