import * as z from "zod";
import { DELIVERIES } from "../model/delivery.ts";
import { PROVIDERS } from "../model/endpoint.ts";
import { parseJenkinsBuild, parseSource, SOURCE_PATTERN } from "./artifact-syntax.ts";
import { parseHostPort, parseMode, parseRemote } from "./mode-syntax.ts";
import { type Parsed, wrong } from "./parsed.ts";
import { artifactBuild } from "./schema-builder.ts";
import { afterSwap, beforeBuild } from "./schema-hooks.ts";
import { minikube } from "./schema-minikube.ts";
import { closedMapping, duration, mapping, maybe, oneOf, parsing, port, text, texts, whole } from "./schema-parts.ts";
import { ready, swapRestart } from "./schema-ready.ts";
import { vm } from "./schema-vm.ts";
import { parseSsh } from "./ssh-syntax.ts";

const repository = mapping({
  path: text.describe("The work tree, relative to the workspace"),
  url: maybe(text, "Where it is cloned from; ./ and ../ are relative to the workspace"),
});

const watch = mapping({
  quiet: maybe(duration, "How long no file may change before a build starts; 25ms by default"),
  max_wait: maybe(duration, "When a build starts even though files still change; 1s by default"),
  pause_at: maybe(
    whole(1, 1_000_000),
    "How many files of a repository may change in one go before builds wait until it is over; 1000 by default",
  ),
});

const [SHORTEST_MS, LONGEST_MS] = [30_000, 7 * 24 * 3_600_000];

/** How often something is done: no more often than others bear, and no longer than a timer of Node's counts. */
const interval = (shortest: number, words: string, hint: string) =>
  z.union([
    duration.transform(
      parsing((ms: number): Parsed<number> => {
        if (ms === 0 || (ms >= shortest && ms <= LONGEST_MS)) return { value: ms };
        return wrong(ms < shortest ? `the shortest is ${words}` : "the longest is 7d", hint);
      }),
    ),
    z.literal(0),
  ]);
const pullEvery = interval(SHORTEST_MS, "30s", "10m is a good one; 0 is never");
const askEvery = interval(1, "1ms", "1m is the default; 0 is never");

const secretSource = z.union([
  text.transform((file): { file?: string | undefined; command?: string | undefined } => ({ file })),
  closedMapping({ file: maybe(text), command: maybe(text) }).superRefine(oneOf(["file", "command"], true)),
]);

const source = z
  .string()
  .meta({
    pattern: SOURCE_PATTERN,
    examples: ["file:./ci", "https://ci.example.org/builds/", "jenkins:https://ci.example.org/job/{service}"],
  })
  .transform(parsing(parseSource));

const artifactKeys = {
  path: maybe(text, "Where a service's artifact lies: dist/{os}-{arch}/{service}, dist.tar.gz#bin/{service}"),
  config: maybe(text, "Where its container/etc lies: an archive, or a folder in one"),
  setup: maybe(text, "Where its container/bin/pre_setup.sh lies"),
  policy: maybe(
    z.enum(["checksum", "exists"]),
    "checksum takes nothing without one; exists trusts a name that each build has for itself",
  ),
  build: maybe(
    z.union([z.number(), z.string()]).transform(parsing(parseJenkinsBuild)),
    "jenkins: a build's number, or lastSuccessfulBuild, the default",
  ),
  workflow: maybe(text, "github: the workflow whose artifacts are taken; without one, the assets of a release"),
  branch: maybe(text, "github: the workflow's branch; the repository's default branch by default"),
  api: maybe(
    z.string().regex(/^https?:\/\/[^@?#]+$/, "must be the address of a REST API, https://github.example.org/api/v3"),
    "github: the REST API of a server of your own",
  ),
  from: maybe(z.enum(["registry", "daemon"]), "oci: where the image is taken from; registry by default"),
  credentials: maybe(
    mapping({ user: maybe(text), token: text }),
    "Names of variables (environment, secrets, .env), never values; a bearer's token where there is no user",
  ),
  ca: maybe(text, "A PEM file of authorities that are believed besides the system's, relative to the workspace"),
  jobs: maybe(whole(1, 64), "How many downloads at once; 8 by default"),
  every: maybe(askEvery, "How often devenv watch asks for newer builds; 1m by default, and 0 is never"),
};

const SOURCE = "Where CI's builds come from: file:FOLDER, https://…, jenkins:URL, github:OWNER/NAME or oci:IMAGE";
const artifacts = {
  required: mapping({ source: source.describe(SOURCE), ...artifactKeys }),
  optional: mapping({ source: maybe(source, SOURCE), ...artifactKeys }),
};

/** `x-devenv` at the top of a profile. */
export const clusterExtension = mapping({
  description: maybe(text, "What the profile is for, in one line; its first comment by default"),
  provider: maybe(z.enum(["auto", ...PROVIDERS]), "What gives the Docker daemon; auto by default"),
  ssh: maybe(
    z
      .string()
      .meta({ examples: ["me@build-box", "me@build-box:2222"] })
      .transform(parsing(parseSsh)),
    "provider ssh: the host with Docker, user@host:port or an alias of ~/.ssh/config",
  ),
  vm: maybe(vm, "provider vm: what the cluster's virtual machine is to be"),
  minikube: maybe(minikube, "provider minikube: what its machine is to be"),
  delivery: maybe(
    z.enum(["auto", ...DELIVERIES]),
    "How artifacts reach containers: mount (a folder of this machine), push (a volume, through the daemon); auto by default",
  ),
  environment: maybe(
    z.string().regex(/^[A-Za-z0-9_-]+$/, "must be a word: it names config.<environment>.toml"),
    "CLUSTER_ENV in every container, and the config file that is used; local by default",
  ),
  artifacts: maybe(artifacts.required, "Where CI's builds come from"),
  repos: maybe(z.array(repository)),
  repos_every: maybe(
    pullEvery,
    "How often devenv watch pulls the repositories as devenv pull-all does; never by default",
  ),
  secrets: maybe(
    secretSource,
    "A file of KEY=VALUE lines, mode 0600, outside of every repository; or { command: … } that prints them",
  ),
  profiles: maybe(texts, "Compose's profiles that are on, besides those of COMPOSE_PROFILES; * is all"),
  extends: maybe(text, "The profile that this one builds on, relative to it"),
  watch: maybe(watch),
});

const mode = z.union([
  z.string().transform(parsing(parseMode)),
  closedMapping({ host: port }).transform(parsing(({ host }: { host: number }) => parseHostPort(String(host)))),
  closedMapping({ remote: text }).transform(parsing(({ remote }: { remote: string }) => parseRemote(remote))),
]);

/** `x-devenv` of a service. */
export const serviceExtension = mapping({
  repo: maybe(text, "The work tree that holds its code, relative to the workspace"),
  build: maybe(artifactBuild, "How its artifact is built from the work tree"),
  ci: maybe(artifacts.optional, "Where CI's builds of it come from; what is not named is as in x-devenv.artifacts"),
  ignore: maybe(
    z.array(text).min(1, "needs one pattern at least"),
    "Files whose change is no save: patterns as in a .gitignore at the top of repo; ! takes back what an ignore file says",
  ),
  artifact: maybe(
    z.enum(["file", "tree"]),
    "One executable, or a folder of files; file by default, and tree where several are built and with node",
  ),
  ready: maybe(
    ready,
    "How it is told that it is up; without this, Docker's health check, else a second that it stays up",
  ),
  restart: maybe(
    swapRestart,
    "How it takes a new artifact up; process by default where there is a command, else container",
  ),
  settle: maybe(
    z.union([duration, z.literal(0)]),
    "How long new code that answers has to stay up until it is what a roll-back goes back to; 10s by default",
  ),
  before_build: maybe(beforeBuild, "Commands that are run before each build of a save: code generators"),
  after_swap: maybe(afterSwap, "Commands that are run once the new code answers: migrations, smoke tests"),
  mode: maybe(
    mode,
    "ci, local, off, host:PORT or remote:URL, unless devenv use says otherwise; ci until an edit by default",
  ),
});
