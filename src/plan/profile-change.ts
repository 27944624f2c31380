import type { ServiceName } from "../model/names.ts";
import type { Profile, Service } from "../model/profile.ts";
import { canonical } from "./canonical.ts";
import { dependenciesOf, sharedWith } from "./dependencies.ts";

/** What an edit of a profile means for its cluster. */
export interface ProfileChange {
  /** Services that are new, or whose container, code or swap is described otherwise than before. */
  readonly changed: readonly ServiceName[];
  /** Services that the profile no longer has. */
  readonly gone: readonly ServiceName[];
  /** Of the changed: those whose code comes from elsewhere, or is built otherwise. */
  readonly recoded: readonly ServiceName[];
  /** The changed, and those that may have to follow them: because they share something, or asked to be restarted. */
  readonly affected: readonly ServiceName[];
}

/**
 * What to look at after an edit; all other services are left as they are.
 * @param unsettled services that the last edit could not bring to what it says
 */
export function profileChange(
  before: Profile,
  after: Profile,
  unsettled: ReadonlySet<ServiceName> = new Set(),
): ProfileChange {
  const known = new Map(before.services.map((service) => [service.name, service]));
  const isSameGround = canonical(groundOf(before)) === canonical(groundOf(after));
  const differs = (service: Service): boolean => {
    const was = known.get(service.name);
    if (was === undefined || !isSameGround || unsettled.has(service.name)) return true;
    return canonical([was, surroundings(was, before)]) !== canonical([service, surroundings(service, after)]);
  };
  const changed = after.services.filter(differs);
  const names = new Set(changed.map(({ name }) => name));
  return {
    changed: [...names],
    gone: before.services.map(({ name }) => name).filter((name) => !after.services.some((one) => one.name === name)),
    recoded: changed.flatMap((service) =>
      isRecoded(service, known.get(service.name), before, after) ? service.name : [],
    ),
    affected: [...withFollowers(after, names)],
  };
}

/** What is part of every container. */
const groundOf = ({ name, workspace, provider, environment, watch }: Profile) => ({
  ...{ name, workspace, provider, environment, watch },
});

/** What a service's container is on, and what it is made of besides its own description. */
function surroundings({ attachments, volumes, provided }: Service, { networks, volumes: all, secretSource }: Profile) {
  const on = attachments.kind === "networks" ? attachments.networks.map(({ network }) => network) : [];
  const named = volumes.flatMap((one) => (one.kind === "volume" && one.source !== undefined ? [one.source] : []));
  return {
    networks: networks.filter(({ key }) => on.includes(key)),
    volumes: all.filter(({ key }) => named.includes(key)),
    secretSource: provided.length > 0 ? secretSource : undefined,
  };
}

function isRecoded(service: Service, was: Service | undefined, before: Profile, after: Profile): boolean {
  const code = ({ repo, build, artifact, ci, mode }: Service, { artifacts }: Profile) => ({
    ...{ repo, build, artifact, mode },
    ci: ci ?? artifacts,
  });
  return was === undefined || canonical(code(service, after)) !== canonical(code(was, before));
}

/** The services, and whoever is drawn in when their containers are made anew, and who is drawn in by those. */
function withFollowers(profile: Profile, names: ReadonlySet<ServiceName>): Set<ServiceName> {
  const all = new Set(names);
  for (let size = -1; size !== all.size; ) {
    size = all.size;
    for (const service of profile.services) {
      const asked = dependenciesOf(profile, service).filter(({ restart }) => restart);
      const tied = [...sharedWith(service), ...asked.map((dependency) => dependency.service)];
      if (tied.some((name) => all.has(name))) all.add(service.name);
    }
  }
  return all;
}
