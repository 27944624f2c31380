import type { ServiceName } from "../model/names.ts";
import { serviceName } from "../model/names.ts";
import type { Dependency, Profile, Service } from "../model/profile.ts";

/** The service that `service:books` names, as `network_mode`, `ipc` and `pid` take it. */
export const namedService = (text: string | undefined): ServiceName | undefined =>
  text?.startsWith("service:") ? serviceName(text.slice("service:".length)) : undefined;

/** Another service's container whose network, processes or memory a service is in: it has to be there first. */
export function sharedWith({ attachments, settings }: Service): ServiceName[] {
  const network = attachments.kind === "service" ? attachments.service : undefined;
  return [network, namedService(settings.ipc), namedService(settings.pid)].filter((name) => name !== undefined);
}

/** The services among `volumes_from`, which may also name containers, each perhaps with `:ro`. */
export const volumeSources = (profile: Profile, { settings }: Service): ServiceName[] =>
  (settings.volumesFrom ?? []).flatMap((entry) => {
    const [name] = entry.split(":");
    return profile.services.flatMap((other) => (other.name === name ? other.name : []));
  });

/**
 * What a service waits for: `depends_on`, and the containers that it shares something with. Whose namespace it is in
 * takes it along when it goes, so such a service is restarted after it.
 */
export function dependenciesOf(profile: Profile, service: Service): Dependency[] {
  const implied = [
    ...volumeSources(profile, service).map(started),
    ...sharedWith(service).map((name): Dependency => ({ ...started(name), restart: true })),
  ];
  const said = service.dependsOn.map((dependency) => {
    const also = implied.findLast((other) => other.service === dependency.service);
    return also === undefined ? dependency : { ...dependency, required: true, ...(also.restart && { restart: true }) };
  });
  const others = implied.filter((one) => !service.dependsOn.some((other) => other.service === one.service));
  return [...said, ...new Map(others.map((one) => [one.service, one])).values()];
}

const started = (service: ServiceName): Dependency => ({ service, condition: "service_started", required: true });
