import * as z from "zod";
import { commandWords } from "./command-words.ts";
import { clusterExtension, serviceExtension } from "./devenv-schema.ts";
import { deviceOf, parseDevice } from "./device-syntax.ts";
import { type Parsed, wrong } from "./parsed.ts";
import { bindPort, parseExpose, parsePort } from "./port-syntax.ts";
import { blockIo, hosts, imageBuild, ulimits } from "./schema-build.ts";
import { deploy, gpus } from "./schema-deploy.ts";
import { configs, fileUse, mount, secrets, tmpfs } from "./schema-files.ts";
import { attachments, networks, volumes } from "./schema-networks.ts";
import * as part from "./schema-parts.ts";

const {
  closedMapping,
  count,
  decimal,
  duration,
  filledTextMap,
  flag,
  mapping,
  maybe,
  maybeText,
  parsing,
  record,
  text,
  textMap,
  texts,
} = part;

/** A command as a list of words, or as one text that is split like a shell does; null means the image's own. */
const command = z.union([z.string().transform(parsing(commandWords)), texts, z.null()]);

const dependency = mapping({
  condition: z.enum(["service_started", "service_healthy", "service_completed_successfully"]),
  required: maybe(flag, "False: its absence or failure is no obstacle"),
  restart: maybe(flag, "Restart this service after the other was replaced or restarted"),
});

const dependsOn = z.union([texts, record(dependency)]);

const healthcheckTest = z.union([
  z.string().transform((shell): readonly string[] => ["CMD-SHELL", shell]),
  texts.transform(
    parsing((words: string[]): Parsed<readonly string[]> => {
      const kinds = ["CMD", "CMD-SHELL", "NONE"];
      const isTest = words.length === 0 || kinds.includes(words[0] ?? "");
      return isTest ? { value: words } : wrong(`must begin with ${kinds.join(", ")}`);
    }),
  ),
]);

const healthcheck = mapping({
  test: maybe(healthcheckTest, "[CMD, …], [CMD-SHELL, …] or one text for a shell; the image's by default"),
  interval: maybe(duration),
  timeout: maybe(duration),
  retries: maybe(count),
  start_period: maybe(duration),
  start_interval: maybe(duration, "From Docker 25 on; older ones take no notice"),
  disable: maybe(flag),
});

/** `no`, `always`, `unless-stopped`, `on-failure` or `on-failure:3`. */
const restart = z.string().regex(/^(|no|always|unless-stopped|on-failure(:[0-9]+)?)$/, {
  message: "must be no, always, unless-stopped, on-failure or on-failure:3",
});

const portText = z.union([z.string(), z.number()]).transform(String);

/** The words of a port that only Swarm and people tell apart are let in, and mean nothing here. */
const longPort = mapping({
  target: portText,
  published: maybe(portText, "A port or a range of this machine; one that is free by default"),
  host_ip: maybe(maybeText, "The address of this machine; 127.0.0.1 by default"),
  protocol: maybe(maybeText),
  mode: maybe(z.enum(["host", "ingress"]), "Without effect: there is one machine"),
  name: maybe(z.string(), "Without effect: a word for people"),
  app_protocol: maybe(z.string(), "Without effect: a word for people"),
}).transform(
  parsing(({ target, published, host_ip: address, protocol }) => {
    if (target.includes("-")) return wrong(`${target} is a range; target is one port`, 'write "8000-8001:80-81"');
    return bindPort({ address, host: published, container: target, protocol });
  }),
);

const device = z.union([
  z.string().transform(parsing(parseDevice)),
  mapping({ source: text, target: text, permissions: maybe(maybeText) }).transform(
    parsing(({ source, target, permissions = "rwm" }) => deviceOf(source, target, permissions)),
  ),
]);

const envFile = closedMapping({
  path: text,
  required: maybe(flag),
  format: maybe(z.literal("raw"), "Values as they stand, without quotes and variables"),
});

/** Merged in before a profile is validated; here for editors. */
const extended = z.union([text, closedMapping({ service: text, file: maybe(text) })]);

/** Merged in before a profile is validated; here for editors. */
const included = z.union([
  text,
  closedMapping({
    path: part.oneOrMore,
    project_directory: maybe(text),
    env_file: maybe(part.oneOrMore),
  }),
]);

const logging = mapping({ driver: maybe(maybeText), options: maybe(part.options) });

const service = mapping({
  image: maybe(maybeText, "The image; scratch means the empty one"),
  build: maybe(imageBuild, "How its image is built"),
  command: maybe(command),
  entrypoint: maybe(command),
  environment: maybe(textMap, "Variables; one without a value takes it from the environment"),
  env_file: maybe(
    z.union([z.string().transform((path) => [path]), z.array(z.union([z.string(), envFile]))]),
    "Files of KEY=VALUE lines",
  ),
  ports: maybe(
    z.array(z.union([portText.transform(parsing(parsePort)), longPort])),
    '"8081:8080": port 8081 of this machine, on 127.0.0.1 unless it names an address',
  ),
  expose: maybe(z.array(portText.transform(parsing(parseExpose))), "Ports for the other services"),
  volumes: maybe(z.array(mount)),
  tmpfs: maybe(tmpfs),
  secrets: maybe(z.array(fileUse), "Files under /run/secrets"),
  configs: maybe(z.array(fileUse)),
  depends_on: maybe(dependsOn, "Services that start before this one"),
  healthcheck: maybe(healthcheck),
  networks: maybe(attachments, "Networks that it is on; default by default"),
  network_mode: maybe(maybeText, "none, host, bridge, service:<name> or container:<name>"),
  links: maybe(texts, "Partly: the alias in service:alias is a name of that service for everyone on its networks"),
  container_name: maybe(z.string().regex(/^([a-zA-Z0-9][a-zA-Z0-9_.-]+)$/, "is no name of a container")),
  scale: maybe(count, "How many containers; 1 by default"),
  deploy: maybe(deploy),
  profiles: maybe(texts, "Only there while one of these is among x-devenv.profiles or COMPOSE_PROFILES"),
  pull_policy: maybe(
    z.enum(["always", "missing", "if_not_present", "never", "build"]),
    "Partly: always, missing, never or build; devenv keeps no clock of pulls",
  ),
  platform: maybe(maybeText, "linux/arm64; the daemon's own by default"),
  extends: maybe(extended, "Partly: a service of this file or of another one here; no address"),
  working_dir: maybe(maybeText),
  user: maybe(maybeText),
  group_add: maybe(z.array(portText)),
  hostname: maybe(maybeText),
  domainname: maybe(maybeText),
  mac_address: maybe(maybeText),
  extra_hosts: maybe(hosts),
  dns: maybe(part.oneOrMore),
  dns_opt: maybe(texts),
  dns_search: maybe(part.oneOrMore),
  labels: maybe(filledTextMap),
  label_file: maybe(part.oneOrMore, "Files of KEY=VALUE lines"),
  annotations: maybe(filledTextMap, "From Docker 24 on"),
  restart: maybe(restart),
  init: maybe(flag),
  tty: maybe(flag),
  stdin_open: maybe(flag),
  attach: maybe(flag, "Without effect: up shows no output of services; devenv logs does"),
  stop_signal: maybe(
    z.string().regex(/^([0-9]*|(SIG)?[A-Z][A-Z0-9+-]*)$/i, "must be a signal's name, SIGHUP for example"),
  ),
  stop_grace_period: maybe(duration),
  privileged: maybe(flag),
  read_only: maybe(flag),
  cap_add: maybe(texts),
  cap_drop: maybe(texts),
  security_opt: maybe(texts),
  devices: maybe(z.array(device)),
  device_cgroup_rules: maybe(texts),
  gpus: maybe(gpus),
  ulimits: maybe(ulimits),
  sysctls: maybe(filledTextMap),
  shm_size: maybe(part.bytes),
  storage_opt: maybe(part.options),
  volumes_from: maybe(texts),
  ipc: maybe(maybeText),
  pid: maybe(z.union([maybeText, z.null().transform(() => undefined)])),
  uts: maybe(maybeText),
  userns_mode: maybe(maybeText),
  cgroup: maybe(z.enum(["host", "private"])),
  cgroup_parent: maybe(maybeText),
  runtime: maybe(maybeText),
  isolation: maybe(maybeText),
  mem_limit: maybe(part.bytes),
  mem_reservation: maybe(part.bytes),
  memswap_limit: maybe(part.bytesOrUnlimited),
  mem_swappiness: maybe(part.whole(-1, 100)),
  cpus: maybe(decimal),
  cpu_shares: maybe(count),
  cpu_period: maybe(count),
  cpu_quota: maybe(count),
  cpu_rt_period: maybe(part.micros, "Microseconds, or a duration"),
  cpu_rt_runtime: maybe(part.micros, "Microseconds, or a duration"),
  cpu_count: maybe(count, "Of a daemon on Windows"),
  cpu_percent: maybe(decimal, "Of a daemon on Windows"),
  cpuset: maybe(maybeText),
  pids_limit: maybe(part.countOrUnlimited),
  oom_kill_disable: maybe(flag),
  oom_score_adj: maybe(part.whole(-1000, 1000)),
  blkio_config: maybe(blockIo),
  logging: maybe(logging),
  "x-devenv": maybe(serviceExtension),
});

/** Compose's own rule: the name goes into the names of containers, networks and volumes. */
export const CLUSTER_NAME = /^[a-z0-9][a-z0-9_-]*$/;

/** A whole profile, after merging, interpolation, `include` and `extends`. */
export const profileShape = mapping({
  name: maybe(
    z.string().regex(CLUSTER_NAME, "must be small letters, digits, _ and -, the first a letter or a digit"),
    "The cluster's name; the file's name by default",
  ),
  version: maybe(z.union([z.string(), z.number()]), "Obsolete; without effect"),
  include: maybe(z.array(included), "Partly: further Compose files; no address"),
  services: record(service, part.name("a service")),
  networks: maybe(networks),
  volumes: maybe(volumes),
  secrets: maybe(secrets),
  configs: maybe(configs),
  "x-devenv": maybe(clusterExtension),
});

export type ProfileData = z.output<typeof profileShape>;
export type ServiceData = z.output<typeof service>;
export type ExtensionData = z.output<typeof clusterExtension>;
