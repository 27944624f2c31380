import type { ObservedContainer } from "../model/container.ts";
import { userFailure } from "../model/failure.ts";
import { nearest } from "../model/nearest.ts";
import type { Profile, Service } from "../model/profile.ts";
import { containerNamesOf } from "../plan/names.ts";
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

/** A service's containers, in order, without those of a replacement under way. */
export function containersOf(
  { name }: Pick<Cluster, "name">,
  service: Service,
  containers: readonly ObservedContainer[],
): ObservedContainer[] {
  const names = containerNamesOf(name, service);
  return names.flatMap((wanted) => containers.find((candidate) => candidate.name === wanted) ?? []);
}

/**
 * A running container of a service.
 * @param number which of several, from 1 on; the first that runs when undefined
 * @throws Failure when there is none.
 */
export async function runningContainer(
  profile: Profile,
  service: Service,
  cluster: Cluster,
  number: number | undefined,
): Promise<ObservedContainer> {
  const all = containersOf(cluster, service, (await cluster.daemon.observe(cluster.name)).containers);
  const meant = number === undefined ? all : all.filter((container) => container.number === number);
  const container = meant.find(({ state }) => state === "running");
  if (container !== undefined) return container;
  const [first] = meant;
  const state = first === undefined ? "has no container" : `does not run: ${first.statusText}`;
  const which = number === undefined ? service.name : `${service.name} ${number}`;
  throw userFailure(`${which} ${state}`, {
    hint: `Bring it up with \`${upCommand(profile)}\`.`,
    exitCode: 1,
  });
}
