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
  required: flag.optional().describe("False: its absence or failure is no obstacle"),
  restart: flag.optional().describe("Restart this service after the other was replaced or restarted"),
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
  test: healthcheckTest.optional().describe("[CMD, …], [CMD-SHELL, …] or one text for a shell; the image's by default"),
  interval: duration.optional(),
  timeout: duration.optional(),
  retries: count.optional(),
  start_period: duration.optional(),
  start_interval: duration.optional().describe("From Docker 25 on"),
  disable: flag.optional(),
});

/** `no`, `always`, `unless-stopped`, `on-failure` or `on-failure:3`. */
const restart = z.string().regex(/^(|no|always|unless-stopped|on-failure(:[0-9]+)?)$/, {
  message: "must be no, always, unless-stopped, on-failure or on-failure:3",
});

const portText = z.union([z.string(), z.number()]).transform(String);

/** The words of a port that only Swarm and people tell apart are let in, and mean nothing here. */
const longPort = mapping({
  target: portText,
  published: portText.optional().describe("A port or a range of this machine; one that is free by default"),
  host_ip: maybeText.optional().describe("The address of this machine; 127.0.0.1 by default"),
  protocol: maybeText.optional(),
  mode: z.enum(["host", "ingress"]).optional().describe("Without effect: there is one machine"),
  name: z.string().optional().describe("Without effect: a word for people"),
  app_protocol: z.string().optional().describe("Without effect: a word for people"),
}).transform(
  parsing(({ target, published, host_ip: address, protocol }) => {
    if (target.includes("-")) return wrong(`${target} is a range; target is one port`, 'write "8000-8001:80-81"');
    return bindPort({ address, host: published, container: target, protocol });
  }),
);

const device = z.union([
  z.string().transform(parsing(parseDevice)),
  mapping({ source: text, target: maybeText.optional(), permissions: maybeText.optional() }).transform(
    parsing(({ source, target = source, permissions = "rwm" }) => deviceOf(source, target, permissions)),
  ),
]);

const envFile = closedMapping({
  path: text,
  required: flag.optional(),
  format: z.literal("raw").optional().describe("Values as they stand, without quotes and variables"),
});

/** Merged in before a profile is validated; here for editors. */
const extended = z.union([text, closedMapping({ service: text, file: text.optional() })]);

/** Merged in before a profile is validated; here for editors. */
const included = z.union([
  text,
  closedMapping({
    path: part.oneOrMore,
    project_directory: text.optional(),
    env_file: part.oneOrMore.optional(),
  }),
]);

const logging = mapping({ driver: maybeText.optional(), options: part.options.optional() });

const service = mapping({
  image: maybeText.optional().describe("The image; scratch means the empty one"),
  build: imageBuild.optional().describe("How its image is built"),
  command: command.optional(),
  entrypoint: command.optional(),
  environment: textMap.optional().describe("Variables; one without a value takes it from the environment"),
  env_file: z
    .union([z.string().transform((path) => [path]), z.array(z.union([z.string(), envFile]))])
    .optional()
    .describe("Files of KEY=VALUE lines"),
  ports: z
    .array(z.union([portText.transform(parsing(parsePort)), longPort]))
    .optional()
    .describe('"8081:8080": port 8081 of this machine, on 127.0.0.1 unless it names an address'),
  expose: z
    .array(portText.transform(parsing(parseExpose)))
    .optional()
    .describe("Ports for the other services"),
  volumes: z.array(mount).optional(),
  tmpfs: tmpfs.optional(),
  secrets: z.array(fileUse).optional().describe("Files under /run/secrets"),
  configs: z.array(fileUse).optional(),
  depends_on: dependsOn.optional().describe("Services that start before this one"),
  healthcheck: healthcheck.optional(),
  networks: attachments.optional().describe("Networks that it is on; default by default"),
  network_mode: maybeText.optional().describe("none, host, bridge, service:<name> or container:<name>"),
  links: texts.optional().describe("service:alias: the alias is a name of that service for everyone on its networks"),
  container_name: z
    .string()
    .regex(/^([a-zA-Z0-9][a-zA-Z0-9_.-]+)$/, "is no name of a container")
    .optional(),
  scale: count.optional().describe("How many containers; 1 by default"),
  deploy: deploy.optional(),
  profiles: texts.optional().describe("Only there while one of these is among x-devenv.profiles or COMPOSE_PROFILES"),
  pull_policy: z
    .enum(["always", "missing", "if_not_present", "never", "build"])
    .optional()
    .describe("When the image is pulled; missing by default"),
  platform: maybeText.optional().describe("linux/arm64; the daemon's own by default"),
  extends: extended.optional().describe("Another service that this one builds on"),
  working_dir: maybeText.optional(),
  user: maybeText.optional(),
  group_add: z.array(portText).optional(),
  hostname: maybeText.optional(),
  domainname: maybeText.optional(),
  mac_address: maybeText.optional(),
  extra_hosts: hosts.optional(),
  dns: part.oneOrMore.optional(),
  dns_opt: texts.optional(),
  dns_search: part.oneOrMore.optional(),
  labels: filledTextMap.optional(),
  label_file: part.oneOrMore.optional().describe("Files of KEY=VALUE lines"),
  annotations: filledTextMap.optional().describe("From Docker 24 on"),
  restart: restart.optional(),
  init: flag.optional(),
  tty: flag.optional(),
  stdin_open: flag.optional(),
  attach: flag.optional().describe("Without effect: up shows no output of services; devenv logs does"),
  stop_signal: z
    .string()
    .regex(/^([0-9]*|(SIG)?[A-Z][A-Z0-9+-]*)$/i, "must be a signal's name, SIGHUP for example")
    .optional(),
  stop_grace_period: duration.optional(),
  privileged: flag.optional(),
  read_only: flag.optional(),
  cap_add: texts.optional(),
  cap_drop: texts.optional(),
  security_opt: texts.optional(),
  devices: z.array(device).optional(),
  device_cgroup_rules: texts.optional(),
  gpus: gpus.optional(),
  ulimits: ulimits.optional(),
  sysctls: filledTextMap.optional(),
  shm_size: part.bytes.optional(),
  storage_opt: part.options.optional(),
  volumes_from: texts.optional(),
  ipc: maybeText.optional(),
  pid: z.union([maybeText, z.null().transform(() => undefined)]).optional(),
  uts: maybeText.optional(),
  userns_mode: maybeText.optional(),
  cgroup: z.enum(["host", "private"]).optional(),
  cgroup_parent: maybeText.optional(),
  runtime: maybeText.optional(),
  isolation: maybeText.optional(),
  mem_limit: part.bytes.optional(),
  mem_reservation: part.bytes.optional(),
  memswap_limit: part.bytesOrUnlimited.optional(),
  mem_swappiness: part.whole(-1, 100).optional(),
  cpus: decimal.optional(),
  cpu_shares: count.optional(),
  cpu_period: part.micros.optional(),
  cpu_quota: part.micros.optional(),
  cpu_rt_period: part.micros.optional(),
  cpu_rt_runtime: part.micros.optional(),
  cpu_count: count.optional().describe("Of a daemon on Windows"),
  cpu_percent: decimal.optional().describe("Of a daemon on Windows"),
  cpuset: maybeText.optional(),
  pids_limit: part.countOrUnlimited.optional(),
  oom_kill_disable: flag.optional(),
  oom_score_adj: part.whole(-1000, 1000).optional(),
  blkio_config: blockIo.optional(),
  logging: logging.optional(),
  "x-devenv": serviceExtension.optional(),
});

/** Compose's own rule: the name goes into the names of containers, networks and volumes. */
export const CLUSTER_NAME = /^[a-z0-9][a-z0-9_-]*$/;

/** A whole profile, after merging, interpolation, `include` and `extends`. */
export const profileShape = mapping({
  name: z
    .string()
    .regex(CLUSTER_NAME, "must be small letters, digits, _ and -, the first a letter or a digit")
    .optional()
    .describe("The cluster's name; the file's name by default"),
  version: z.union([z.string(), z.number()]).optional().describe("Obsolete; without effect"),
  include: z.array(included).optional().describe("Further Compose files"),
  services: record(service, part.name("a service")),
  networks: networks.optional(),
  volumes: volumes.optional(),
  secrets: secrets.optional(),
  configs: configs.optional(),
  "x-devenv": clusterExtension.optional(),
});

export type ProfileData = z.output<typeof profileShape>;
export type ServiceData = z.output<typeof service>;
export type ExtensionData = z.output<typeof clusterExtension>;
