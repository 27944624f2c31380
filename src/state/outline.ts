import type { ServiceName } from "../model/names.ts";
import type { Dependency, PortBinding, Profile, ReadyProbe, Service } from "../model/profile.ts";
import type { VolumeMount } from "../model/volume.ts";

/** What of a service a screen groups by: how its artifact is built, or that it runs its image's own program. */
export type ServiceKind = "go" | "cargo" | "node" | "command" | "image";

/** What the profile says of a service, in words for a person. */
export interface ServiceOutline {
  readonly name: ServiceName;
  readonly kind: ServiceKind;
  readonly image: string;
  /** Absolute path of the work tree that its code is built from. */
  readonly repo: string | undefined;
  /** `http :8080/healthz within 10 s`; undefined where running is enough. */
  readonly ready: string | undefined;
  /** `postgres (healthy)`. */
  readonly dependsOn: readonly string[];
  /** `127.0.0.1:8081 → 8080`. */
  readonly ports: readonly string[];
  /** `/srv/data → /data, read only`. */
  readonly mounts: readonly string[];
  /** Sorted by name. Values that are secret by their name are masked; those that are known to be are masked by whoever shows them. */
  readonly environment: readonly (readonly [name: string, value: string])[];
}

/** The outlines of all services, in the profile's order. Pure. */
export const outlinesOf = ({ services }: Pick<Profile, "services">): ServiceOutline[] => services.map(outlineOf);

const outlineOf = (service: Service): ServiceOutline => ({
  name: service.name,
  kind: service.build?.kind ?? "image",
  image: service.image,
  repo: service.repo,
  ready: service.ready && readyInWords(service.ready),
  dependsOn: service.dependsOn.map(dependencyInWords),
  ports: service.ports.map(portInWords),
  mounts: [
    ...service.volumes.map(mountInWords),
    ...Object.keys(service.tmpfs).map((target) => `memory → ${target}`),
    ...service.provided.map(({ kind, name, target }) => `${kind} ${name} → ${target}`),
  ],
  environment: Object.entries(service.environment)
    .map(([name, value]) => [name, masked(name, value)] as const)
    .toSorted(([one], [other]) => (one < other ? -1 : 1)),
});

/** Variables whose values are nobody's to read over a shoulder, whether or not the profile calls them secrets. */
const SECRET_NAME =
  /(^|_)(PASS|PASSWD|PASSWORD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?|PRIVATE_?KEY|API_?KEY|ACCESS_?KEY|AUTH)(_|$)/i;
/** `postgres://user:password@host`: the part between the colon and the at. */
const PASSWORD_IN_URL = /^([a-z][a-z0-9+.-]*:\/\/[^/@:\s]*):[^/@\s]+@/i;
const MASK = "••••••";

function masked(name: string, value: string): string {
  if (value === "") return value;
  // `PGPASSWORD` and its like have no underscore before the word.
  if (SECRET_NAME.test(name) || /(PASSWORD|SECRET|TOKEN)(_FILE)?$/i.test(name)) {
    return /_FILE$/i.test(name) ? value : MASK;
  }
  return value.replace(PASSWORD_IN_URL, `$1:${MASK}@`);
}

const CONDITIONS = {
  service_started: "",
  service_healthy: " (healthy)",
  service_completed_successfully: " (done)",
} as const satisfies Record<Dependency["condition"], string>;

const dependencyInWords = ({ service, condition, required }: Dependency): string =>
  `${service}${CONDITIONS[condition]}${required ? "" : ", if there"}`;

function portInWords({ hostAddress, hostPort, hostPortEnd, containerPort, protocol }: PortBinding): string {
  const host = hostPort === 0 ? "any" : `${hostPort}${hostPortEnd === undefined ? "" : `-${hostPortEnd}`}`;
  return `${hostAddress}:${host} → ${containerPort}${protocol === "tcp" ? "" : `/${protocol}`}`;
}

function mountInWords(mount: VolumeMount): string {
  const readOnly = mount.readOnly ? ", read only" : "";
  switch (mount.kind) {
    case "bind":
      return `${mount.source} → ${mount.target}${readOnly}`;
    case "volume":
      return `volume ${mount.source ?? "of its own"} → ${mount.target}${readOnly}`;
    case "tmpfs":
      return `memory → ${mount.target}`;
    default:
      return mount satisfies never;
  }
}

function readyInWords(probe: ReadyProbe): string {
  const within = `within ${probe.withinMs / 1000} s`;
  switch (probe.kind) {
    case "http":
      return `http :${probe.port}${probe.path} ${within}`;
    case "tcp":
      return `tcp :${probe.port} ${within}`;
    case "exec":
      return `${typeof probe.command === "string" ? probe.command : probe.command.join(" ")} ends with 0 ${within}`;
    case "log":
      return `logs /${probe.pattern}/ ${within}`;
    default:
      return probe satisfies never;
  }
}
