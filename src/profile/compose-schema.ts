import * as z from "zod";
import { commandWords } from "./command-words.ts";
import { clusterExtension, serviceExtension, signal } from "./devenv-schema.ts";
import { type Parsed, wrong } from "./parsed.ts";
import { parseExpose, parsePort } from "./port-syntax.ts";
import { count, duration, flag, mapping, oneOrMore, parsing, text, textMap } from "./schema-parts.ts";
import { parseTmpfs, parseVolume } from "./volume-syntax.ts";

/** A command as a list of words, or as one text that is split like a shell does; null means the image's own. */
const command = z.union([z.string().transform(parsing(commandWords)), z.array(z.string()), z.null()]);

const imageBuild = z.union([
  text,
  mapping({
    context: text.optional().describe("The folder, relative to the profile's; . by default"),
    dockerfile: text.optional().describe("Relative to the context; Dockerfile by default"),
    target: text.optional(),
    args: textMap.optional(),
    network: text.optional(),
  }),
]);

const dependency = mapping({
  condition: z.enum(["service_started", "service_healthy", "service_completed_successfully"]),
  required: z.boolean().optional(),
});

const dependsOn = z.union([z.array(text), z.record(z.string(), dependency)]);

const healthcheckTest = z.union([
  z.string().transform((shell): readonly string[] => ["CMD-SHELL", shell]),
  z.array(z.string()).transform(
    parsing((words: string[]): Parsed<readonly string[]> => {
      const kinds = ["CMD", "CMD-SHELL", "NONE"];
      return kinds.includes(words[0] ?? "") ? { value: words } : wrong(`must begin with ${kinds.join(", ")}`);
    }),
  ),
]);

const healthcheck = mapping({
  test: healthcheckTest.optional(),
  interval: duration.optional(),
  timeout: duration.optional(),
  start_period: duration.optional(),
  retries: count.optional(),
  disable: flag.optional(),
});

/** `no`, `always`, `unless-stopped`, `on-failure` or `on-failure:3`. */
const restart = z.string().regex(/^(no|always|unless-stopped|on-failure(:[0-9]+)?)$/, {
  message: "must be no, always, unless-stopped, on-failure or on-failure:3",
});

const portText = z.union([z.string(), z.number()]).transform(String);

const tmpfsMount = z.string().transform(parsing(parseTmpfs));
const tmpfs = z.union([tmpfsMount.transform((mount) => [mount]), z.array(tmpfsMount)]);

const service = mapping({
  image: text.optional().describe("The image; scratch means the empty one"),
  build: imageBuild.optional().describe("How its image is built"),
  command: command.optional(),
  entrypoint: command.optional(),
  environment: textMap.optional(),
  env_file: oneOrMore.optional(),
  ports: z.array(portText.transform(parsing(parsePort))).optional(),
  expose: z.array(portText.transform(parsing(parseExpose))).optional(),
  volumes: z.array(z.string().transform(parsing(parseVolume))).optional(),
  tmpfs: tmpfs.optional(),
  depends_on: dependsOn.optional(),
  healthcheck: healthcheck.optional(),
  working_dir: text.optional(),
  user: text.optional(),
  hostname: text.optional(),
  labels: textMap.optional(),
  restart: restart.optional(),
  init: flag.optional(),
  stop_signal: signal.optional(),
  stop_grace_period: duration.optional(),
  "x-devenv": serviceExtension.optional(),
});

/** A service's name is a host name, part of a container's name and a file's name in the mount. */
const serviceKey = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "is no name of a service: letters, digits, . _ -");
const volumeKey = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "is no name of a volume: letters, digits, . _ -");

/** Compose's own rule: the name goes into the names of containers, networks and volumes. */
export const CLUSTER_NAME = /^[a-z0-9][a-z0-9_-]*$/;

/** A whole profile, after interpolation and without its `x-*` keys other than `x-devenv`. */
export const profileShape = mapping({
  name: z
    .string()
    .regex(CLUSTER_NAME, "must be small letters, digits, _ and -, the first a letter or a digit")
    .optional()
    .describe("The cluster's name; the file's name by default"),
  services: z.record(serviceKey, service),
  volumes: z.record(volumeKey, z.union([z.null(), mapping({})])).optional(),
  "x-devenv": clusterExtension.optional(),
});

export type ProfileData = z.output<typeof profileShape>;
export type ServiceData = z.output<typeof service>;
export type ExtensionData = z.output<typeof clusterExtension>;
