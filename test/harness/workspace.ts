import { createHash, randomBytes } from "node:crypto";
import { copyFile, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Finished } from "../../src/host/process.ts";
import { systemProcesses } from "../../src/host/process.ts";
import { answersSaying, type ProgramName, programs } from "./programs.ts";

/** The command line as a person runs it. */
export const CLI = join(import.meta.dirname, "../../dist/devenv.js");

const ANSWERS = join(import.meta.dirname, "../fixtures/programs/answers/main.go");

export interface ServiceRecipe {
  readonly name: string;
  /** What CI built of it: a program of the fixtures, `answers` saying "ci" by default. */
  readonly ci?: ProgramName;
  /** More lines of the service's entry, as YAML, indented by four. */
  readonly yaml?: string;
  /** Lines under its x-devenv, indented by six; a readiness probe on /healthz by default. */
  readonly devenv?: string;
}

/** A workspace in a temporary folder: one Go repository a service, a CI folder, a profile. */
export interface TestWorkspace {
  readonly folder: string;
  /** The cluster's name, unique to this workspace. */
  readonly cluster: string;
  readonly profile: string;
  /** The environment that devenv runs in: its own XDG folders, the daemon of the scenarios. */
  readonly env: Record<string, string>;
  /** Runs devenv to its end. */
  run(...args: string[]): Promise<Finished>;
  /** The same in another folder. */
  runIn(folder: string, ...args: string[]): Promise<Finished>;
  /** Path of a service's main.go; saving it is what a person does. */
  source(service: string): string;
  /** Replaces a file of the workspace by one rename: whoever reads just then finds the one text or the other whole. */
  replace(file: string, text: string): Promise<void>;
  /** Saves a service's main.go so that it answers with this text. */
  saveVersion(service: string, version: string): Promise<void>;
  /** Lets CI make its next build, of these services saying these texts, or being another program altogether. */
  ciBuilds(versions: Readonly<Record<string, string | { readonly program: ProgramName }>>): Promise<void>;
  /** Ends the cluster and removes the folder. */
  remove(): Promise<void>;
}

/** The handler's answer in main.go, which a test edits. */
const version = (text: string) => `var version = ${JSON.stringify(text)}`;

/** What has a devenv in a workspace write into nothing but the workspace, and ask no daemon but this. */
export function ownEnvironment(folder: string, dockerHost: string) {
  const xdg = (name: string) => join(folder, ".xdg", name);
  return {
    DOCKER_HOST: dockerHost,
    XDG_CACHE_HOME: xdg("cache"),
    XDG_STATE_HOME: xdg("state"),
    XDG_CONFIG_HOME: xdg("config"),
    // `devenv up` makes a Docker context in it.
    DOCKER_CONFIG: xdg("docker"),
    NO_COLOR: "1",
  };
}

/** @param extension more lines of the profile's x-devenv, indented by two */
export async function makeWorkspace(
  recipes: readonly ServiceRecipe[],
  dockerHost: string,
  extension = "",
): Promise<TestWorkspace> {
  const folder = await mkdtemp(join(tmpdir(), "devenv-workspace-"));
  const cluster = `t${randomBytes(4).toString("hex")}`;
  const source = (service: string) => join(folder, "repos", service, "cmd", service, "main.go");
  const replace = async (file: string, text: string) => {
    const draft = join(folder, `draft-${randomBytes(4).toString("hex")}`);
    await writeFile(draft, text);
    await rename(draft, file);
  };
  const builds = new Map<string, Entry>();
  const history = new Map<string, Entry[]>();
  let number = 123;

  const layOut = async (service: string, program: string) => {
    const path = `builds/${number}/${service}`;
    const target = join(folder, "ci", path);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(program, target);
    const content = await readFile(target);
    const sha256 = createHash("sha256").update(content).digest("hex");
    const arch = process.arch === "x64" ? "amd64" : process.arch;
    const artifact = { os: "linux", arch, kind: "file", path, sha256, size: content.length };
    const entry = { build: number, commit: sha256.slice(0, 40), at: new Date().toISOString(), artifacts: [artifact] };
    builds.set(service, entry);
    history.set(service, [entry, ...(history.get(service) ?? [])]);
  };
  const publish = async () => {
    const manifest = {
      version: 1,
      build: number,
      createdAt: new Date().toISOString(),
      services: Object.fromEntries(builds),
    };
    await writeFile(join(folder, `ci/builds/${number}/manifest.json`), JSON.stringify(manifest));
    // As `devenv publish` writes them: somebody may be asking.
    const all = { version: 1, services: Object.fromEntries(history) };
    await replace(join(folder, "ci/history.json"), JSON.stringify(all));
    await replace(join(folder, "ci/manifest.json"), JSON.stringify(manifest));
  };

  const fixtures = await programs();
  number += 1;
  for (const { name, ci } of recipes) {
    await layOut(name, ci === undefined ? await answersSaying("ci") : fixtures.path[ci]);
    await mkdir(dirname(source(name)), { recursive: true });
    await writeFile(join(folder, "repos", name, "go.mod"), `module ${name}\n\ngo 1.19\n`);
    await cp(ANSWERS, source(name));
  }
  await publish();
  await mkdir(join(folder, "profiles"));
  const profile = join(folder, "profiles", "test.yaml");
  await writeFile(profile, profileText(cluster, recipes, extension));
  await writeFile(join(folder, "devenv.yaml"), "profile: test\n");

  const env = {
    ...ownEnvironment(folder, dockerHost),
    // Its own cache folder would make Go compile the standard library anew in every workspace.
    GOCACHE: process.env.GOCACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "go-build"),
    GOFLAGS: "-mod=mod",
  };
  const runIn = (cwd: string, ...args: string[]) =>
    systemProcesses.run(process.execPath, [CLI, ...args], { cwd, env, timeoutMs: 110_000 });
  const run = (...args: string[]) => runIn(folder, ...args);
  return {
    folder,
    cluster,
    profile,
    env,
    run,
    runIn,
    source,
    replace,
    async saveVersion(service, text) {
      const before = await readFile(source(service), "utf8");
      await replace(source(service), before.replace(/var version = ".*"/, version(text)));
    },
    async ciBuilds(versions) {
      number += 1;
      for (const [service, build] of Object.entries(versions)) {
        await layOut(service, typeof build === "string" ? await answersSaying(build) : fixtures.path[build.program]);
      }
      await publish();
    },
    async remove() {
      await run("reset");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Entry {
  readonly build: number;
  readonly at: string;
  readonly commit: string;
  readonly artifacts: readonly object[];
}

function profileText(cluster: string, recipes: readonly ServiceRecipe[], extension: string): string {
  const services = recipes.map(({ name, yaml, devenv }) =>
    [
      `  ${name}:`,
      "    image: scratch",
      `    command: [/devenv/bin/${name}]`,
      "    stop_grace_period: 2s",
      ...(yaml === undefined ? [] : [yaml]),
      "    x-devenv:",
      `      repo: repos/${name}`,
      `      build: { go: ./cmd/${name} }`,
      devenv ?? "      ready: { http: /healthz, port: 8080, within: 5s }",
    ].join("\n"),
  );
  const own = `x-devenv:\n  provider: docker\n  artifacts: { source: "file:./ci" }\n${extension}`;
  return `name: ${cluster}\n${own}services:\n${services.join("\n")}\n`;
}
