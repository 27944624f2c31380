import * as z from "zod";
import { PROVIDERS } from "../model/endpoint.ts";
import { parseHostPort, parseMode, parseRemote } from "./mode-syntax.ts";
import { closedMapping, duration, mapping, oneOf, parsing, port, text, texts } from "./schema-parts.ts";

const repository = mapping({
  path: text.describe("The work tree, relative to the workspace"),
  url: text.optional().describe("Where it is cloned from; ./ and ../ are relative to the workspace"),
});

const watch = mapping({
  quiet: duration.optional().describe("How long no file may change before a build starts; 25ms by default"),
  max_wait: duration.optional().describe("When a build starts even though files still change; 1s by default"),
});

const secretSource = z.union([
  text.transform((file): { file?: string | undefined; command?: string | undefined } => ({ file })),
  closedMapping({ file: text.optional(), command: text.optional() }).superRefine(oneOf(["file", "command"], true)),
]);

/** `x-devenv` at the top of a profile. */
export const clusterExtension = mapping({
  provider: z
    .enum(["auto", ...PROVIDERS])
    .optional()
    .describe("What gives the Docker daemon; auto by default"),
  environment: z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/, "must be a word: it names config.<environment>.toml")
    .optional()
    .describe("CLUSTER_ENV in every container, and the config file that is used; local by default"),
  artifacts: mapping({
    source: z
      .string()
      .regex(/^file:./, "must be file:FOLDER, relative to the workspace; no other source is supported yet")
      .describe("Where CI's builds come from: file:FOLDER"),
  }).optional(),
  repos: z.array(repository).optional(),
  secrets: secretSource
    .optional()
    .describe("A file of KEY=VALUE lines, mode 0600, outside of every repository; or { command: … } that prints them"),
  profiles: texts.optional().describe("Compose's profiles that are on, besides those of COMPOSE_PROFILES; * is all"),
  extends: text.optional().describe("The profile that this one builds on, relative to it"),
  watch: watch.optional(),
});

const artifactBuild = mapping({
  go: z
    .string()
    .regex(/^[^-\s]\S*$/, "must be a Go package, ./cmd/books for example")
    .optional()
    .describe("The Go package that is built"),
  command: text.optional().describe("A shell command that builds the artifact"),
}).superRefine(oneOf(["go", "command"], true));

const ready = mapping({
  http: z
    .string()
    .regex(/^\//, "must be a path that begins with /")
    .optional()
    .describe("Ready when a GET of this path is answered with a status below 400"),
  tcp: z.literal(true).optional().describe("Ready when the port accepts a connection"),
  port: port.optional().describe("The container's port; the only one of ports or expose by default"),
  within: duration.optional().describe("How long it may take; 10s by default"),
}).superRefine(oneOf(["http", "tcp"], true));

const signal = z.string().regex(/^(SIG)?[A-Z][A-Z0-9+-]*$/, "must be a signal's name, SIGHUP for example");

const mode = z.union([
  z.string().transform(parsing(parseMode)),
  closedMapping({ host: port }).transform(parsing(({ host }: { host: number }) => parseHostPort(String(host)))),
  closedMapping({ remote: text }).transform(parsing(({ remote }: { remote: string }) => parseRemote(remote))),
]);

/** `x-devenv` of a service. */
export const serviceExtension = mapping({
  repo: text.optional().describe("The work tree that holds its code, relative to the workspace"),
  build: artifactBuild.optional().describe("How its artifact is built from the work tree"),
  artifact: z.enum(["file", "tree"]).optional().describe("One executable, or a folder of files; file by default"),
  ready: ready.optional(),
  restart: z
    .union([z.enum(["process", "container", "none"]), mapping({ signal })])
    .optional()
    .describe("How it takes a new artifact up; process by default where there is a command, else container"),
  mode: mode
    .optional()
    .describe("ci, local, off, host:PORT or remote:URL, unless devenv use says otherwise; ci until an edit by default"),
});
