import { createHash } from "node:crypto";
import type { Profile, Service } from "../model/profile.ts";
import { canonicalService } from "./canonical-service.ts";

/**
 * The SHA-256 of what the profile says of a service, in hexadecimal, as `docker compose config --hash` has it: it changes
 * with every change that may replace the container. A container's label covers in addition what only a daemon and the
 * mount know (the image's content, the secrets' contents), and so is another one.
 */
export const definitionHash = (service: Service): string =>
  createHash("sha256")
    .update(JSON.stringify(canonicalService(service), sortedKeys))
    .digest("hex");

/** The order of a mapping's keys has no meaning. */
const sortedKeys = (_key: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** The services so that each comes after those it depends on, otherwise in the order of the profile. */
export function dependenciesFirst({ services }: Profile): Service[] {
  const ordered = new Set<Service>();
  const take = (service: Service) => {
    if (ordered.has(service)) return;
    for (const { service: name } of service.dependsOn) {
      const needed = services.find((candidate) => candidate.name === name);
      if (needed !== undefined) take(needed);
    }
    ordered.add(service);
  };
  for (const service of services) take(service);
  return [...ordered];
}
