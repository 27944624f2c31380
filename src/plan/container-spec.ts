import { type ContainerNetwork, type ContainerSpec, LABEL, type NetworkEndpoint } from "../model/container.ts";
import type { ContainerSettings } from "../model/container-settings.ts";
import { DEBUGGER_PORT, isDebugged, portBindings } from "../model/debugger.ts";
import { serviceName } from "../model/names.ts";
import type { Attachment } from "../model/network.ts";
import { isSupervised, type Profile, type Service } from "../model/profile.ts";
import type { VolumeMount } from "../model/volume.ts";
import { canonical } from "./canonical.ts";
import { namedService } from "./dependencies.ts";
import type { Facts } from "./facts.ts";
import { firstStart } from "./first-start.ts";
import { containerNameOf, networkNameOf } from "./names.ts";
import { providedVolumes } from "./provided.ts";

/** Where the mount appears in every container. */
const MOUNT_POINT = "/devenv";

/** What the specs of all of a profile's containers have in common. */
export interface SpecContext {
  readonly profile: Profile;
  readonly facts: Facts;
  readonly clusterLabels: Readonly<Record<string, string>>;
  /** The image's name on the daemon. */
  readonly image: (service: Service) => string;
}

/** One container of a service, complete with its labels and its config hash. */
export function containerSpec(service: Service, number: number, context: SpecContext): ContainerSpec {
  const { profile, facts, clusterLabels } = context;
  const own = { [LABEL.service]: service.name, [LABEL.number]: String(number) };
  const spec: ContainerSpec = {
    service: service.name,
    image: context.image(service),
    ...program(service),
    before: service.preSetup ? firstStart(service) : undefined,
    environment: service.environment,
    labels: { ...service.labels, ...clusterLabels, ...own },
    user: service.user,
    workingDir: service.workingDir,
    hostname: service.hostname,
    stopSignal: service.stopSignal,
    stopGraceMs: service.stopGraceMs,
    mounts: mounts(service, profile, facts),
    tmpfs: Object.fromEntries(Object.entries(service.tmpfs).filter(([at]) => !providedVolumes(service).includes(at))),
    ports: portBindings(service),
    expose: service.expose,
    network: containerNetwork(service, profile),
    restart: service.restart,
    init: service.init,
    healthcheck: service.healthcheck,
    settings: { ...daemonSettings(service.settings, profile), ...input(service) },
  };
  const hash = facts.hash(canonical({ ...spec, ...contents(service, facts) }));
  return { ...spec, labels: { ...spec.labels, [LABEL.hash]: hash } };
}

/** A container whose files have other contents is another container. */
function contents(service: Service, { provided }: Facts): object {
  if (service.provided.length === 0) return {};
  const digests = provided.get(service.name);
  const files = service.provided.map(({ target, uid, gid, mode }) => {
    return { target, uid, gid, mode, digest: digests?.get(target) };
  });
  return { provided: files };
}

function mounts(service: Service, profile: Profile, facts: Facts): VolumeMount[] {
  const mount = mountOf(service, facts);
  const own = service.volumes.map((volume) =>
    volume.kind === "volume" ? { ...volume, source: volumeName(profile, volume.source) } : volume,
  );
  const forFiles = providedVolumes(service).map((target): VolumeMount => {
    return { kind: "volume", source: undefined, target, readOnly: false };
  });
  const isFree = ({ target }: VolumeMount) => !forFiles.some((other) => other.target === target);
  return [mount, ...own.filter(isFree), ...forFiles];
}

/** A forwarder hands its connections to a socket file of this machine, which no volume has. */
function mountOf({ labels }: Service, { mountFolder, mountVolume }: Facts): VolumeMount {
  const place = { target: MOUNT_POINT, readOnly: true };
  if (mountVolume === undefined || LABEL.forwarder in labels) return { kind: "bind", source: mountFolder, ...place };
  return { kind: "volume", source: mountVolume, noCopy: true, ...place };
}

const volumeName = ({ volumes }: Profile, key: string | undefined): string | undefined =>
  volumes.find((volume) => volume.key === key)?.name;

function containerNetwork({ attachments, ...service }: Service, profile: Profile): ContainerNetwork {
  switch (attachments.kind) {
    case "networks":
      return { kind: "networks", endpoints: attachments.networks.map((one) => endpoint(one, service, profile)) };
    case "service":
      return { kind: "container", container: containerOf(attachments.service, profile) };
    case "container":
      return { kind: "container", container: attachments.container };
    default:
      return { kind: attachments.kind };
  }
}

function endpoint(
  { serviceAlias = true, ...attachment }: Attachment,
  service: Named,
  profile: Profile,
): NetworkEndpoint {
  const { network: key, aliases } = attachment;
  const network = profile.networks.find((one) => one.key === key)?.name ?? networkNameOf(profile.name, key);
  return { ...attachment, network, aliases: [...new Set([...(serviceAlias ? [service.name] : []), ...aliases])] };
}

type Named = Pick<Service, "name">;

/** The first container of a service, which others may share something with. */
function containerOf(name: string, profile: Profile): string {
  const service = profile.services.find((one) => one.name === name);
  return containerNameOf(profile.name, service ?? { name: serviceName(name), containerName: undefined });
}

/** The settings with containers in place of the services that they name. */
function daemonSettings(settings: ContainerSettings, profile: Profile): ContainerSettings {
  const { ipc, pid, volumesFrom } = settings;
  const inContainer = (mode: string | undefined) => {
    const service = namedService(mode);
    return service === undefined ? mode : `container:${containerOf(service, profile)}`;
  };
  const source = (entry: string) => {
    if (entry.startsWith("container:")) return entry.slice("container:".length);
    const [name = "", ...options] = entry.split(":");
    return [containerOf(name, profile), ...options].join(":");
  };
  return {
    ...settings,
    ...(ipc !== undefined && { ipc: inContainer(ipc) }),
    ...(pid !== undefined && { pid: inContainer(pid) }),
    ...(volumesFrom !== undefined && { volumesFrom: volumesFrom.map(source) }),
  };
}

/**
 * A supervisor takes its orders on its standard input. Not from a terminal, which would show each of them in the log:
 * such a one has signals alone.
 */
const input = (service: Service): ContainerSettings =>
  isSupervised(service) && !service.settings.tty ? { stdinOpen: true } : {};

/**
 * A supervised service runs devenv's supervisor as process 1, with the profile's program as its child. It gets half
 * of the container's grace to end the child, so that a stop through Docker still finds time for its own.
 */
function program(service: Service): Pick<ContainerSpec, "entrypoint" | "command"> {
  if (!isSupervised(service)) return { entrypoint: service.entrypoint, command: service.command };
  const grace = String(Math.max(1, Math.floor(service.stopGraceMs / 2000)));
  const debug = isDebugged(service) ? ["--debug", String(DEBUGGER_PORT)] : [];
  return {
    entrypoint: ["/devenv/init/busybox", "sh", "/devenv/init/supervise", service.name, grace, ...debug, "--"],
    command: [...(service.entrypoint ?? []), ...(service.command ?? [])],
  };
}
