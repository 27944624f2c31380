import type { ServiceView, View } from "./view.ts";

/** A project as compose-go prints it: its JSON, in which every long form is spelled out. */
// biome-ignore lint/suspicious/noExplicitAny: the shape is compose-go's, and one that differs fails the comparison.
export type ComposeProject = Record<string, any>;

type Mapping = ComposeProject;

/** What Compose made of the same file. Published ports without an address are on 127.0.0.1, which is devenv's rule. */
export function viewOfCompose(project: ComposeProject): View {
  const { name, networks = {}, volumes = {} } = project;
  const services = linked(project.services ?? {});
  const all: Mapping[] = Object.values(services);
  const attached = all.flatMap((service) => Object.keys(service.networks ?? {}));
  const mounted = all.flatMap((service) => (service.volumes ?? []).map(({ source }: Mapping) => source));
  return {
    services: mapped(services, (service, key) => viewOfService(service, `${name}-${key}`)),
    networks: mapped(used(networks, attached), viewOfNetwork),
    volumes: mapped(used(volumes, mounted), viewOfVolume),
  };
}

/** Compose makes only those that a service uses. */
const used = (entries: Mapping, names: readonly string[]): Mapping =>
  Object.fromEntries(Object.entries(entries).filter(([name]) => names.includes(name)));

const mapped = (entries: Mapping, view: (value: Mapping, name: string) => ServiceView) =>
  Object.fromEntries(Object.entries(entries).map(([name, value]) => [name, view(value ?? {}, name)]));

/** A link's name is one more alias of the service that it leads to; Compose makes it one when the container starts. */
function linked(services: Mapping): Mapping {
  const links: string[][] = Object.values(services).flatMap(({ links = [] }: Mapping) =>
    links.map((link: string) => link.split(":")),
  );
  const attached = (networks: Mapping | undefined, names: readonly string[]) =>
    networks && mapped(networks, (network) => ({ ...network, aliases: [...(network.aliases ?? []), ...names] }));
  return mapped(services, (service, name) => {
    const names = links.flatMap(([target, alias]) => (target === name && alias !== undefined ? [alias] : []));
    return { ...service, networks: attached(service.networks, names) };
  });
}

/** Keys that mean the same to both, and are spelled the same. */
const SAME = [
  "container_name working_dir user hostname domainname labels init stop_signal mac_address dns dns_search dns_opt",
  "tty stdin_open cap_add cap_drop privileged security_opt group_add sysctls read_only ipc pid uts userns_mode cgroup",
  "cgroup_parent runtime volumes_from cpu_shares cpu_quota cpuset oom_kill_disable oom_score_adj platform tmpfs",
]
  .join(" ")
  .split(" ");

/** @param defaultImage how the image is called that is built for the service, unless it has a name. */
function viewOfService(service: Mapping, defaultImage: string): ServiceView {
  const scale = service.scale ?? service.deploy?.replicas;
  return {
    ...Object.fromEntries(SAME.map((key) => [key, service[key]])),
    image: service.image === defaultImage ? undefined : service.image,
    build: service.build && viewOfBuild(service.build),
    command: listed(service.command),
    entrypoint: listed(service.entrypoint),
    environment: Object.fromEntries(Object.entries(service.environment ?? {}).filter(([, value]) => value !== null)),
    ports: (service.ports ?? []).map(portText).toSorted(),
    expose: (service.expose ?? []).flatMap(exposed).toSorted(),
    volumes: (service.volumes ?? []).map(mount).toSorted(byTarget),
    secrets: provided(service.secrets, (name) => `/run/secrets/${name}`),
    configs: provided(service.configs, (name) => `/${name}`),
    networks: service.networks && mapped(service.networks, attachment),
    network_mode: service.network_mode,
    replicas: scale === undefined || scale === 1 ? undefined : String(scale),
    pull_policy: PULLED_WHEN_MISSING.includes(service.pull_policy) ? undefined : service.pull_policy,
    depends_on: mapped(service.depends_on ?? {}, ({ condition, required, restart }) => ({
      condition,
      optional: !required,
      restart,
    })),
    healthcheck: healthcheck(service.healthcheck),
    restart: restart(service),
    stop_grace_period: service.stop_grace_period === "10s" ? undefined : milliseconds(service.stop_grace_period),
    extra_hosts: service.extra_hosts?.toSorted(),
    devices: service.devices?.map((device: Mapping) => `${device.source}:${device.target}:${device.permissions}`),
    ulimits: mapped(service.ulimits ?? {}, ulimit as never),
    shm_size: bytes(service.shm_size),
    logging: service.logging,
    ...resources(service),
  };
}

/** Limits are written at the service or, and that wins, under `deploy`. */
function resources({ deploy, ...service }: Mapping): ServiceView {
  const { limits = {}, reservations = {} } = deploy?.resources ?? {};
  return {
    mem_limit: bytes(limits.memory ?? service.mem_limit),
    mem_reservation: bytes(reservations.memory ?? service.mem_reservation),
    memswap_limit: bytes(service.memswap_limit),
    cpus: Math.round(1e9 * Number(limits.cpus ?? service.cpus ?? 0)),
    pids_limit: limits.pids ?? service.pids_limit,
  };
}

/** `8080`, `53/udp` or `5000-5002`, each port by itself. */
function exposed(text: string): string[] {
  const [ports = "", protocol = "tcp"] = text.split("/");
  const [first = 0, last = first] = ports.split("-").map(Number);
  return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${protocol}`);
}

const PULLED_WHEN_MISSING = ["missing", "if_not_present"];

const listed = (words: string[] | null | undefined) => (words?.length === 0 ? "cleared" : words);

const byTarget = (a: { target: string }, b: { target: string }) => (a.target < b.target ? -1 : 1);

const portText = ({ host_ip = "127.0.0.1", published = "", target, protocol = "tcp" }: Mapping): string =>
  `${host_ip}:${published === "0" ? "" : published}:${target}/${protocol.toLowerCase()}`;

function viewOfBuild(build: Mapping): ServiceView {
  const { context, dockerfile, dockerfile_inline, target, args, labels, network, tags, no_cache, pull, shm_size } =
    build;
  return {
    ...{ context, dockerfile, dockerfile_inline, target, labels, network, tags, no_cache, pull },
    args: Object.fromEntries(Object.entries(args ?? {}).filter(([, value]) => value !== null)),
    shm_size: bytes(shm_size),
  };
}

function mount({ type, source, target, read_only, bind, volume, tmpfs }: Mapping) {
  const place = { type, target: target.replace(/(.)\/+$/, "$1"), read_only };
  if (type === "tmpfs") return { ...place, size: bytes(tmpfs?.size), mode: tmpfs?.mode };
  if (type === "volume") return { ...place, source, nocopy: volume?.nocopy, subpath: volume?.subpath };
  return { ...place, source: source.replace(/(.)\/+$/, "$1"), propagation: bind?.propagation, selinux: bind?.selinux };
}

const provided = (files: Mapping[] | undefined, place: (name: string) => string) =>
  (files ?? [])
    .map(({ source, target = place(source), uid = "0", gid = "0", mode = "0444" }) => ({
      source,
      target: target.startsWith("/") ? target : place(target),
      uid: Number(uid),
      gid: Number(gid),
      mode: Number.parseInt(mode, 8),
    }))
    .toSorted(byTarget);

const attachment = ({ aliases = [], ipv4_address, ipv6_address, mac_address }: Mapping) => ({
  on: true,
  aliases: [...new Set<string>(aliases)].toSorted(),
  ipv4_address,
  ipv6_address,
  mac_address,
});

function healthcheck(written: Mapping | undefined) {
  if (written === undefined) return undefined;
  const { test, interval, timeout, start_period, start_interval, retries, disable } = written;
  if (disable || test?.[0] === "NONE") return { test: ["NONE"] };
  return {
    test,
    interval: milliseconds(interval),
    timeout: milliseconds(timeout),
    start_period: milliseconds(start_period),
    start_interval: milliseconds(start_interval),
    retries,
  };
}

/** As Compose itself makes Docker's policy of the two places where one can be written. */
function restart({ restart: written, deploy }: Mapping): string | undefined {
  const policy = deploy?.restart_policy;
  const kind = policy === undefined ? written : (POLICIES[policy.condition ?? ""] ?? policy.condition);
  if (kind === "no") return undefined;
  return kind === "on-failure" && policy?.max_attempts ? `${kind}:${policy.max_attempts}` : kind;
}

const POLICIES: Readonly<Record<string, string>> = { "": "always", any: "always", none: "no" };

/** A limit of 0 is printed as an empty mapping. */
const ulimit = (limit: number | Mapping): string =>
  typeof limit === "number" ? `${limit}:${limit}` : `${limit.soft ?? 0}:${limit.hard ?? 0}`;

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, µs: 1e-3, ns: 1e-6 };

/** Go's spelling of a duration: `1m30s`, `500ms`. */
function milliseconds(duration: string | undefined): number | undefined {
  if (duration === undefined) return undefined;
  const parts = [...duration.matchAll(/([0-9.]+)(h|ms|m|s|µs|ns)/g)];
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ""] ?? Number.NaN), 0);
}

const bytes = (size: string | number | undefined): number | undefined =>
  size === undefined ? undefined : Number(size);

const viewOfNetwork = (network: Mapping): ServiceView => ({
  name: network.name,
  external: network.external,
  driver: network.driver,
  driver_opts: network.driver_opts,
  labels: network.labels,
  internal: network.internal,
  attachable: network.attachable,
  enable_ipv6: network.enable_ipv6,
  subnets: network.ipam?.config?.map(({ subnet }: Mapping) => subnet),
});

const viewOfVolume = (volume: Mapping): ServiceView => ({
  name: volume.name,
  external: volume.external,
  driver: volume.driver,
  driver_opts: volume.driver_opts,
  labels: volume.labels,
});
