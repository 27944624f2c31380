import * as z from "zod";
import { PROVIDERS } from "../model/endpoint.ts";
import { parseHostPort, parseMode, parseRemote } from "./mode-syntax.ts";
import { closedMapping, duration, mapping, maybe, oneOf, parsing, port, text, texts } from "./schema-parts.ts";

const repository = mapping({
  path: text.describe("The work tree, relative to the workspace"),
  url: maybe(text, "Where it is cloned from; ./ and ../ are relative to the workspace"),
});

const watch = mapping({
  quiet: maybe(duration, "How long no file may change before a build starts; 25ms by default"),
  max_wait: maybe(duration, "When a build starts even though files still change; 1s by default"),
});

const secretSource = z.union([
  text.transform((file): { file?: string | undefined; command?: string | undefined } => ({ file })),
  closedMapping({ file: maybe(text), command: maybe(text) }).superRefine(oneOf(["file", "command"], true)),
]);

/** `x-devenv` at the top of a profile. */
export const clusterExtension = mapping({
  description: maybe(text, "What the profile is for, in one line; its first comment by default"),
  provider: maybe(z.enum(["auto", ...PROVIDERS]), "What gives the Docker daemon; auto by default"),
  environment: maybe(
    z.string().regex(/^[A-Za-z0-9_-]+$/, "must be a word: it names config.<environment>.toml"),
    "CLUSTER_ENV in every container, and the config file that is used; local by default",
  ),
  artifacts: maybe(
    mapping({
      source: z
        .string()
        .regex(/^file:./, "must be file:FOLDER, relative to the workspace; no other source is supported yet")
        .describe("Where CI's builds come from: file:FOLDER"),
    }),
  ),
  repos: maybe(z.array(repository)),
  secrets: maybe(
    secretSource,
    "A file of KEY=VALUE lines, mode 0600, outside of every repository; or { command: … } that prints them",
  ),
  profiles: maybe(texts, "Compose's profiles that are on, besides those of COMPOSE_PROFILES; * is all"),
  extends: maybe(text, "The profile that this one builds on, relative to it"),
  watch: maybe(watch),
});

const artifactBuild = mapping({
  go: maybe(
    z.string().regex(/^[^-\s]\S*$/, "must be a Go package, ./cmd/books for example"),
    "The Go package that is built",
  ),
  command: maybe(text, "A shell command that builds the artifact"),
}).superRefine(oneOf(["go", "command"], true));

const ready = mapping({
  http: maybe(
    z.string().regex(/^\//, "must be a path that begins with /"),
    "Ready when a GET of this path is answered with a status below 400",
  ),
  tcp: maybe(z.literal(true), "Ready when the port accepts a connection"),
  port: maybe(port, "The container's port; the only one of ports or expose by default"),
  within: maybe(duration, "How long it may take; 10s by default"),
}).superRefine(oneOf(["http", "tcp"], true));

const signal = z.string().regex(/^(SIG)?[A-Z][A-Z0-9+-]*$/, "must be a signal's name, SIGHUP for example");

const mode = z.union([
  z.string().transform(parsing(parseMode)),
  closedMapping({ host: port }).transform(parsing(({ host }: { host: number }) => parseHostPort(String(host)))),
  closedMapping({ remote: text }).transform(parsing(({ remote }: { remote: string }) => parseRemote(remote))),
]);

/** `x-devenv` of a service. */
export const serviceExtension = mapping({
  repo: maybe(text, "The work tree that holds its code, relative to the workspace"),
  build: maybe(artifactBuild, "How its artifact is built from the work tree"),
  artifact: maybe(z.enum(["file", "tree"]), "One executable, or a folder of files; file by default"),
  ready: maybe(ready),
  restart: maybe(
    z.union([z.enum(["process", "container", "none"]), mapping({ signal })]),
    "How it takes a new artifact up; process by default where there is a command, else container",
  ),
  mode: maybe(
    mode,
    "ci, local, off, host:PORT or remote:URL, unless devenv use says otherwise; ci until an edit by default",
  ),
});
