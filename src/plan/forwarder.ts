import { LABEL } from "../model/container.ts";
import { effectiveMode, type ForwardedMode, isForwarded, type ModeChoices } from "../model/mode.ts";
import type { ServiceName } from "../model/names.ts";
import { type Dependency, type Profile, probedPort, type Service } from "../model/profile.ts";
import type { RelayRoute, RelayTarget } from "../model/relay.ts";
import type { VolumeMount } from "../model/volume.ts";

/** The JavaScript runtime of this machine, as it is mounted into a forwarder's empty container. */
export interface Runtime {
  /** Absolute path of the program. */
  readonly program: string;
  /** Absolute paths of the libraries that it was linked to, and of their loader. */
  readonly libraries: readonly string[];
}

/** Where a forwarder finds its program and its script. */
const PROGRAM = "/bin/node";
const SCRIPT = "/devenv/init/forward.mjs";

/**
 * The profile as its modes make it: in the place of a service in `host` or `remote` mode stands a forwarder, one that is
 * `off` is gone, and nobody waits for it. Every other service is what it was, so that its container is, too.
 */
export function withModes(profile: Profile, choices: ModeChoices, runtime: Runtime): Profile {
  const modes = new Map(profile.services.map((service) => [service.name, effectiveMode(service, choices).mode]));
  const off = profile.services.flatMap(({ name }) => (modes.get(name)?.kind === "off" ? [name] : []));
  const isGone = (name: ServiceName) => off.includes(name);
  const services = profile.services
    .filter(({ name }) => !isGone(name))
    .map((service): Service => {
      if (isForwarded(modes.get(service.name))) return forwarder(service, runtime);
      const dependsOn = service.dependsOn
        .filter((dependency) => !isGone(dependency.service))
        .map((dependency) => (isForwarded(modes.get(dependency.service)) ? startedOnly(dependency) : dependency));
      return { ...service, imageBuild: imageBuildOf(service, profile), dependsOn, mode: modes.get(service.name) };
    });
  return { ...profile, services, disabled: [...profile.disabled, ...off] };
}

/** How a debugger that is started later answers is no condition for the others. */
const startedOnly = (dependency: Dependency): Dependency => ({ ...dependency, condition: "service_started" });

/** Of services that share an image, the one that says how it is built may be away. */
const imageBuildOf = ({ image, imageBuild }: Service, { services }: Profile): Service["imageBuild"] =>
  imageBuild ?? services.find((other) => other.image === image && other.imageBuild !== undefined)?.imageBuild;

/**
 * The container that has a forwarded service's place: its name, networks and published ports, an empty image, and a
 * process that hands each connection on to the relay's socket in the mount. Where that leads is the relay's business:
 * another target is no other container.
 *
 * Why this machine's own Node in an empty image, by mounting the files that it is made of, and a socket file: the
 * busybox of the mount has only `nc -ll`, whose queue of two lets one of five simultaneous connections wait for a second
 * and fails half of a hundred; an address of the host would need a way through its firewall; and no registry is asked.
 */
function forwarder(service: Service, runtime: Runtime): Service {
  const { name, ports, expose, attachments, containerName, hostname, labels, restart, stopGraceMs, artifact } = service;
  return {
    ...{ name, ports, expose, attachments, containerName, hostname, restart, stopGraceMs, artifact },
    labels: { ...labels, [LABEL.forwarder]: "true" },
    image: "scratch",
    imageBuild: undefined,
    entrypoint: [PROGRAM, SCRIPT],
    command: [name, ...portsOf(service).map(String)],
    environment: {},
    volumes: [runtimeMount(runtime.program, PROGRAM), ...runtime.libraries.map((path) => runtimeMount(path, path))],
    provided: [],
    replicas: 1,
    pullPolicy: "missing",
    // The socket is this person's alone: whoever root is in the container has to be let through to it.
    settings: {
      capDrop: ["ALL"],
      capAdd: ["DAC_OVERRIDE", "NET_BIND_SERVICE"],
      readOnly: true,
      securityOpt: ["no-new-privileges"],
    },
    tmpfs: {},
    dependsOn: [],
    healthcheck: undefined,
    workingDir: undefined,
    user: undefined,
    init: false,
    stopSignal: undefined,
    repo: undefined,
    build: undefined,
    ready: undefined,
    swapRestart: { kind: "none" },
    settleMs: 0,
    mode: undefined,
  };
}

const runtimeMount = (source: string, target: string): VolumeMount => ({
  kind: "bind",
  source,
  target,
  readOnly: true,
  createHostPath: false,
});

/** The ports at which others find a service: the one that is probed first, then what is published and exposed. */
export function portsOf({ ready, ports, expose }: Pick<Service, "ready" | "ports" | "expose">): number[] {
  const tcp = (port: { readonly protocol: string }) => port.protocol === "tcp";
  const named = [
    ...ports.filter(tcp).map(({ containerPort }) => containerPort),
    ...expose.filter(tcp).map(({ port }) => port),
  ];
  const probed = probedPort(ready);
  return [...new Set([...(probed === undefined ? [] : [probed]), ...named])];
}

/** Where every port of the profile's forwarded services leads. */
export function routesOf(profile: Profile, choices: ModeChoices): RelayRoute[] {
  return profile.services.flatMap((service) => {
    const { mode } = effectiveMode(service, choices);
    return isForwarded(mode) ? serviceRoutes(service, mode) : [];
  });
}

/** The first port leads to the one that was named; further ones to the same number there. */
function serviceRoutes(service: Service, mode: ForwardedMode): RelayRoute[] {
  const first = mode.kind === "host" ? hostTarget(mode.port) : remoteTarget(mode.url);
  const host = mode.kind === "host" ? HOST : bare(new URL(mode.url).hostname);
  return portsOf(service).map((port, index) => {
    const target: RelayTarget = index === 0 ? first : { kind: "tcp", host, port };
    return { service: service.name, port, target };
  });
}

/** Programs under a debugger listen here as a rule, and not for others. */
const HOST = "127.0.0.1";

const hostTarget = (port: number): RelayTarget => ({ kind: "tcp", host: HOST, port });

function remoteTarget(text: string): RelayTarget {
  const url = new URL(text);
  if (url.protocol === "http:" || url.protocol === "https:") return { kind: "http", url: text };
  return { kind: url.protocol === "tls:" ? "tls" : "tcp", host: bare(url.hostname), port: Number(url.port) };
}

/** An IPv6 address without the brackets that a URL gives it. */
const bare = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, "$1");
