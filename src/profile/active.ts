import type { ProfileData, ServiceData } from "./compose-schema.ts";
import type { Lookup } from "./interpolate.ts";

/** The services of a profile that are there, and the names of those that Compose's `profiles` leave out. */
export interface Selection {
  readonly active: readonly (readonly [name: string, service: ServiceData])[];
  readonly disabled: readonly string[];
  readonly isActive: (name: string) => boolean;
  /** Who has a link to a service, and by which alias. */
  readonly linksTo: (name: string) => readonly { readonly alias: string; readonly from: ServiceData }[];
}

/**
 * A service is left out when it has `profiles` and none of them is on: neither in COMPOSE_PROFILES (of the environment
 * or `.env`, with commas between them) nor in `x-devenv.profiles`. `*` turns all on.
 */
export function selectServices(data: ProfileData, lookup: Lookup): Selection {
  const named = (lookup("COMPOSE_PROFILES") ?? "").split(",").map((name) => name.trim());
  const on = new Set([...named, ...(data["x-devenv"]?.profiles ?? [])]);
  const isOn = ({ profiles = [] }: ServiceData) =>
    profiles.length === 0 || on.has("*") || profiles.some((name) => on.has(name));
  const services = Object.entries(data.services);
  const active = services.filter(([, service]) => isOn(service));
  const names = new Set(active.map(([name]) => name));
  const links = linksOf(active);
  return {
    active,
    disabled: services.filter(([name]) => !names.has(name)).map(([name]) => name),
    isActive: (name) => names.has(name),
    linksTo: (name) => links.get(name) ?? [],
  };
}

function linksOf(active: Selection["active"]) {
  const links = new Map<string, { alias: string; from: ServiceData }[]>();
  for (const [, from] of active) {
    for (const { service, alias } of (from.links ?? []).map(linkParts)) {
      const others = links.get(service);
      if (others === undefined) links.set(service, [{ alias, from }]);
      else others.push({ alias, from });
    }
  }
  return links;
}

/** The other service in `service:books`, as `network_mode`, `ipc` and `pid` name it; undefined for anything else. */
export const sharedWith = (text: string | undefined): string | undefined =>
  text?.startsWith("service:") ? text.slice("service:".length) : undefined;

/** A link in parts: `books` or `books:library`. */
export function linkParts(link: string): { readonly service: string; readonly alias: string } {
  const [service = "", alias = service] = link.split(":");
  return { service, alias };
}
