import type { ObservedContainer } from "../model/container.ts";
import { userFailure } from "../model/failure.ts";
import { nearest } from "../model/nearest.ts";
import type { Profile, Service } from "../model/profile.ts";
import { containerNameOf } from "../plan/desired.ts";
import type { Cluster } from "./cluster.ts";
import { upCommand } from "./up-command.ts";

/** The services that a person named, all of them when none was. Nearest names are offered for an unknown one. */
export function namedServices(profile: Profile, names: readonly string[]): readonly Service[] {
  return names.length === 0 ? profile.services : names.map((name) => namedService(profile, name));
}

export function namedService(profile: Profile, name: string): Service {
  const service = profile.services.find((candidate) => candidate.name === name);
  if (service !== undefined) return service;
  const known = profile.services.map((candidate) => candidate.name as string);
  const close = nearest(name, known);
  throw userFailure(`profile ${profile.name} has no service ${name}`, {
    hint: close.length > 0 ? `Did you mean ${close.join(" or ")}?` : `It has ${known.join(", ")}.`,
  });
}

/** The running container of a service. @throws Failure when there is none. */
export async function runningContainer(
  profile: Profile,
  service: Service,
  cluster: Cluster,
): Promise<ObservedContainer> {
  const name = containerNameOf(cluster.name, service.name);
  const { containers } = await cluster.daemon.observe(cluster.name);
  const container = containers.find((candidate) => candidate.name === name);
  if (container?.state === "running") return container;
  const state = container === undefined ? "has no container" : `does not run: ${container.statusText}`;
  throw userFailure(`${service.name} ${state}`, {
    hint: `Bring it up with \`${upCommand(profile)}\`.`,
    exitCode: 1,
  });
}
