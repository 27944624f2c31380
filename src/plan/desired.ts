import type { Release } from "../model/artifact.ts";
import { type ContainerSpec, LABEL } from "../model/container.ts";
import type { Endpoint } from "../model/endpoint.ts";
import type { ClusterName, ServiceName } from "../model/names.ts";
import {
  type DependencyCondition,
  type ImageBuild,
  isSupervised,
  type Profile,
  type Service,
} from "../model/profile.ts";
import type { VolumeMount } from "../model/volume.ts";

/** Which image a service runs, and how it comes to be on the daemon. */
export type DesiredImage =
  | { readonly kind: "empty"; readonly name: string }
  | { readonly kind: "pull"; readonly name: string }
  | { readonly kind: "build"; readonly name: string; readonly build: ImageBuild; readonly context: string };

export interface DesiredService {
  readonly service: Service;
  readonly containerName: string;
  /** Complete, with the labels and the config hash in them. */
  readonly spec: ContainerSpec;
  readonly image: DesiredImage;
  /** What it shall run; undefined where the image brings its own program, or its code shall be left alone. */
  readonly release: Release | undefined;
  /** Another service waits for it to complete: it runs once, to its end. */
  readonly oneShot: boolean;
  /** When it counts as up: completed, healthy where its health can be told, else running. */
  readonly readyWhen: DependencyCondition;
}

export interface Desired {
  readonly cluster: ClusterName;
  readonly network: string;
  readonly volumes: readonly string[];
  /** On the network, the volumes and every container. */
  readonly labels: Readonly<Record<string, string>>;
  readonly services: readonly DesiredService[];
}

/** What the plan must know of the world besides the profile; gathered by the flow, so that this room stays pure. */
export interface Facts {
  readonly endpoint: Endpoint;
  /** The cluster's mount on the daemon's machine; bound read-only as /devenv. */
  readonly mountFolder: string;
  /** The name under which the empty image is imported (`image: scratch`). */
  readonly emptyImage: string;
  /** Without a service whose swap another devenv has under way: its code is that one's business. */
  readonly releases: ReadonlyMap<ServiceName, Release>;
  /** Digest of each build context, by image name. */
  readonly contexts: ReadonlyMap<string, string>;
  /** SHA-256 in hexadecimal. */
  readonly hash: (text: string) => string;
}

/** Where the mount appears in every container. */
const MOUNT_POINT = "/devenv";

/** `books-books-1`, as Compose names them, so that people find them where they look. */
export const containerNameOf = (cluster: string, service: string): string => `${cluster}-${service}-1`;
export const networkNameOf = (cluster: string): string => `${cluster}_default`;

/** What the profile wants to be there: every container complete with its labels and its config hash. */
export function desire(profile: Profile, facts: Facts): Desired {
  const labels = {
    [LABEL.cluster]: profile.name,
    [LABEL.workspace]: profile.workspace,
    [LABEL.provider]: facts.endpoint.provider,
    [LABEL.environment]: profile.environment,
  };
  return {
    cluster: profile.name,
    network: networkNameOf(profile.name),
    volumes: profile.volumes.map(({ name }) => name),
    labels,
    services: profile.services.map((service) => ({
      service,
      containerName: containerNameOf(profile.name, service.name),
      spec: containerSpec(profile, service, labels, facts),
      image: desiredImage(profile, service, facts),
      release: facts.releases.get(service.name),
      oneShot: readyWhen(service, profile) === "service_completed_successfully",
      readyWhen: readyWhen(service, profile),
    })),
  };
}

function readyWhen(service: Service, profile: Profile): DependencyCondition {
  const awaited = profile.services.flatMap(({ dependsOn }) =>
    dependsOn.filter((dependency) => dependency.service === service.name).map(({ condition }) => condition),
  );
  if (awaited.includes("service_completed_successfully")) return "service_completed_successfully";
  const { ready, healthcheck } = service;
  const tellsHealth = ready !== undefined || (healthcheck !== undefined && healthcheck.test[0] !== "NONE");
  // A dependent may also count on a health check that only the image knows of.
  return tellsHealth || awaited.includes("service_healthy") ? "service_healthy" : "service_started";
}

const nameOnDaemon = ({ volumes }: Profile, key: string | undefined): string | undefined =>
  volumes.find((volume) => volume.key === key)?.name;

/** Of services that share an image, one may say how it is built: then none of them pulls it. */
function desiredImage(profile: Profile, { image: name }: Service, facts: Facts): DesiredImage {
  if (name === "scratch") return { kind: "empty", name: facts.emptyImage };
  const build = profile.services.find(({ image, imageBuild }) => image === name && imageBuild)?.imageBuild;
  if (build === undefined) return { kind: "pull", name };
  const context = facts.contexts.get(name);
  if (context === undefined) throw new Error(`no digest was taken of the build context of ${name}`);
  return { kind: "build", name, build, context };
}

function containerSpec(
  profile: Profile,
  service: Service,
  clusterLabels: Readonly<Record<string, string>>,
  facts: Facts,
): ContainerSpec {
  const mount: VolumeMount = { kind: "bind", source: facts.mountFolder, target: MOUNT_POINT, readOnly: true };
  const volumes = service.volumes.map((volume) =>
    volume.kind === "volume" ? { ...volume, source: nameOnDaemon(profile, volume.source) } : volume,
  );
  const spec: ContainerSpec = {
    service: service.name,
    image: desiredImage(profile, service, facts).name,
    ...program(service),
    environment: service.environment,
    labels: { ...service.labels, ...clusterLabels, [LABEL.service]: service.name },
    user: service.user,
    workingDir: service.workingDir,
    hostname: service.hostname,
    stopSignal: service.stopSignal,
    stopGraceMs: service.stopGraceMs,
    mounts: [mount, ...volumes],
    tmpfs: service.tmpfs,
    ports: service.ports,
    expose: service.expose,
    network: networkNameOf(profile.name),
    aliases: [service.name],
    restart: service.restart,
    init: service.init,
    healthcheck: service.healthcheck,
  };
  const hash = facts.hash(canonical(spec));
  return { ...spec, labels: { ...spec.labels, [LABEL.hash]: hash } };
}

/**
 * A supervised service runs devenv's supervisor as process 1, with the profile's program as its child. It gets half
 * of the container's grace to end the child, so that a stop through Docker still finds time for its own.
 */
function program(service: Service): Pick<ContainerSpec, "entrypoint" | "command"> {
  if (!isSupervised(service)) return { entrypoint: service.entrypoint, command: service.command };
  const grace = String(Math.max(1, Math.floor(service.stopGraceMs / 2000)));
  return {
    entrypoint: ["/devenv/init/busybox", "sh", "/devenv/init/supervise", service.name, grace, "--"],
    command: [...(service.entrypoint ?? []), ...(service.command ?? [])],
  };
}

/** JSON with its keys sorted at every depth: equal values give equal text, whatever order they were written in. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
