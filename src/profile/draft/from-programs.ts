import { dirname, join, relative } from "node:path";
import { Document, isMap, isSeq, type Pair, Scalar } from "yaml";
import { mapTexts } from "../canonical.ts";
import { type Plain, present } from "../canonical-parts.ts";
import type { FoundProgram } from "../discover/found.ts";
import { schemaFile } from "../workspace.ts";
import { type Draft, schemaComment } from "./draft.ts";

/** A program that becomes a service. */
export interface DraftService {
  readonly name: string;
  readonly program: FoundProgram;
  /** The port of this machine on which it is published. */
  readonly hostPort: number | undefined;
}

export interface DraftRepository {
  /** Absolute path of the work tree. */
  readonly path: string;
  /** Where it is cloned from, as the profile shall say it. */
  readonly url: string | undefined;
}

export interface ProgramsRequest {
  /** Absolute path of the file that the profile becomes. */
  readonly profile: string;
  readonly workspace: string;
  readonly services: readonly DraftService[];
  readonly repositories: readonly DraftRepository[];
  /** `file:./ci` where CI's builds are there already. */
  readonly artifacts: string | undefined;
}

/** Names for the programs, each once: `api`, and `shop-api` for another one of the repository `shop`. */
export function nameServices(programs: readonly FoundProgram[]): DraftService[] {
  const names = new Set<string>();
  const ports = new Set<number>();
  return programs.map((program) => {
    const own = serviceKey(program.name);
    const name = firstFree([own, `${serviceKey(program.folder.split("/").at(-1) ?? "")}-${own}`], own, names);
    const hostPort = program.port === undefined ? undefined : freePort(program.port, ports);
    return { name, program, hostPort };
  });
}

/** Small letters, digits and dashes: also a host name. */
const serviceKey = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+|-+$/g, "") || "service";

function firstFree(wanted: readonly string[], stem: string, taken: Set<string>): string {
  let name = wanted.find((each) => !taken.has(each));
  for (let number = 2; name === undefined; number++) {
    if (!taken.has(`${stem}-${number}`)) name = `${stem}-${number}`;
  }
  taken.add(name);
  return name;
}

/** The port itself, else the next one that no other service has; privileged ones are lifted to 8000 and above. */
function freePort(wanted: number, taken: Set<number>): number {
  let port = wanted < 1024 ? 8000 + wanted : wanted;
  while (taken.has(port)) port = port === 65_535 ? 1024 : port + 1;
  taken.add(port);
  return port;
}

/** A profile of programs, one service each, as a person would write it. */
export function draftFromPrograms(request: ProgramsRequest): Draft {
  const { profile, workspace, services, repositories, artifacts } = request;
  const inWorkspace = (path: string) => relative(workspace, path) || ".";
  const data = {
    "x-devenv": present({
      provider: "auto",
      environment: "local",
      artifacts: artifacts === undefined ? undefined : { source: artifacts },
      repos:
        repositories.length === 0
          ? undefined
          : repositories.map(({ path, url }) => present({ path: inWorkspace(path), url })),
    }),
    services: Object.fromEntries(services.map((each) => [each.name, service(each, request)])),
  };
  // What a command has of dollars is no variable of the profile.
  const document = new Document(mapTexts(data, (text) => text.replaceAll("$", "$$$$")));
  document.commentBefore = [
    schemaComment(relative(dirname(profile), schemaFile(workspace))),
    " Made by devenv init. Ports and probes are what the sources say, as far as they do.",
  ].join("\n");
  layOut(document);
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: true });
  const silent = services.filter(({ program }) => program.port === undefined).map(({ name }) => name);
  const message = `no port was found for ${silent.join(", ")}: write ports: and x-devenv.ready where there is one`;
  return {
    files: new Map([[profile, text]]),
    links: new Map(),
    profile,
    notes: silent.length === 0 ? [] : [{ message }],
  };
}

function service({ name, program, hostPort }: DraftService, { workspace, profile, artifacts }: ProgramsRequest): Plain {
  const { make, port, health, folder } = program;
  const ports = port === undefined ? undefined : [`${hostPort}:${port}`];
  if (make.kind === "image") {
    const context = join(relative(dirname(profile), folder), ".");
    const build = present({ context, dockerfile: make.dockerfile === "Dockerfile" ? undefined : make.dockerfile });
    return present({ build, ports });
  }
  const binary = `/devenv/bin/${name}`;
  const isTree = make.kind === "command" && make.artifact === "tree";
  return present({
    image: make.kind === "go" ? "scratch" : make.image,
    command: (make.kind === "command" && make.run) || [binary],
    working_dir: isTree ? binary : undefined,
    ports,
    "x-devenv": present({
      repo: relative(workspace, folder) || ".",
      build: builderOf(make),
      artifact: isTree ? "tree" : undefined,
      // Without CI's builds, what runs is built here.
      mode: artifacts === undefined ? "local" : undefined,
      ready: health !== undefined && port !== undefined ? { http: health, port } : undefined,
    }),
  });
}

function builderOf(make: Exclude<FoundProgram["make"], { kind: "image" }>): Plain {
  switch (make.kind) {
    case "go":
      return { go: make.package };
    case "cargo":
      return { cargo: make.binary };
    case "command":
      return { command: make.command };
    default:
      return make satisfies never;
  }
}

/** Small mappings on one line, ports in quotes, an empty line before each service and each part. */
function layOut(document: Document): void {
  const { contents } = document;
  if (!isMap(contents)) return;
  for (const [index, pair] of contents.items.entries()) if (index > 0) spaceBefore(pair);
  const services = contents.get("services");
  if (isMap(services)) for (const [index, pair] of services.items.entries()) if (index > 0) spaceBefore(pair);
  writeShort(contents);
}

function spaceBefore({ key }: Pair): void {
  if (key instanceof Scalar) key.spaceBefore = true;
}

/** Mappings with nothing but plain values in them; `"8080:80"` is quoted as everybody writes it. */
function writeShort(node: unknown): void {
  if (isSeq(node)) for (const item of node.items) writeShort(item);
  if (node instanceof Scalar && /^\d+:\d+$/.test(String(node.value))) node.type = Scalar.QUOTE_DOUBLE;
  if (!isMap(node)) return;
  for (const { value } of node.items) writeShort(value);
  if (node.items.length <= 4 && node.items.every(({ value }) => value instanceof Scalar)) node.flow = true;
}
