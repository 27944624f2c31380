import { join } from "node:path";
import pLimit from "p-limit";
import { containerPlatformHere } from "../artifact/platforms.ts";
import { openPublication, type PublishedBuild } from "../artifact/publish.ts";
import { buildForPublishing } from "../artifact/publish-build.ts";
import { type BuiltService, platformsOf } from "../artifact/publish-entries.ts";
import { isFolder } from "../host/files.ts";
import { checkedOut } from "../host/git/checked-out.ts";
import type { GitOptions } from "../host/git.ts";
import { type Holder, withLock } from "../host/lock.ts";
import type { Platform } from "../model/artifact.ts";
import { failed, type Problem, userFailure } from "../model/failure.ts";
import type { Profile, Service } from "../model/profile.ts";
import type { Machine } from "./machine.ts";
import { checkPossible } from "./possible.ts";
import { namedServices } from "./services.ts";

export interface PublishRequest {
  readonly profile: Profile;
  /** By name; every service with a repository when there is none. */
  readonly services: readonly string[];
  /** What to build for; undefined for what the last build was for, and the first time for this machine. */
  readonly platforms: readonly Platform[] | undefined;
  /** Absolute path of the CI folder; the profile's own `file:` source when undefined. */
  readonly to: string | undefined;
  /** The number of this build; one more than the last when undefined. */
  readonly number: number | undefined;
  /** How many of the newest builds stay in the folder; undefined for all. */
  readonly keep: number | undefined;
  /** Whether a work tree may have changes that its commit has not. */
  readonly dirty: boolean;
}

/** Who listens while it is done. */
export interface PublishListener {
  onWaiting(holder: Holder): void;
  /** At each begin and end of a build: what is built at this moment, and how many of all are done. */
  onBuilding(names: readonly string[], done: number, all: number): void;
  /** Once for each service, as they come. */
  onBuilt(built: BuiltService, ms: number): void;
}

export interface Published extends PublishedBuild {
  readonly folder: string;
  /** In the order of the profile. */
  readonly built: readonly BuiltService[];
}

/** A git that hangs (a dead network file system) is not waited for. */
const GIT_TIMEOUT_MS = 30_000;
/** Compilers use several processors themselves. */
const BUILDS_AT_ONCE = 4;

/**
 * Builds services from their work trees, as a save does, and publishes what is new of them in a CI folder, from which
 * `devenv up` takes it. Nothing is published unless everything was built. One publisher at a time works in a folder,
 * from the look at the commits on, so that a later commit is not followed by an earlier one.
 * @throws Failure: wrong usage, a work tree with changes, a build that failed, a folder that cannot be written.
 */
export async function publish(
  request: PublishRequest,
  listener: PublishListener,
  machine: Machine,
): Promise<Published> {
  const services = publishable(request);
  const folder = folderOf(request);
  for (const { build, ...service } of services) {
    if (build !== undefined) await checkPossible({ ...service, build }, request.platforms ?? [], machine);
  }
  const lock = { wait: true, command: "devenv publish", onWaiting: listener.onWaiting, signal: machine.signal };
  return withLock(join(folder, ".publish"), { ...lock, clock: machine.clock }, async () => {
    const publication = await openPublication(folder);
    const commits = await commitsOf(services, request, machine);
    const platforms = request.platforms ?? usualPlatforms(platformsOf(publication.manifest));
    const built = await buildAll(services, commits, platforms, listener, machine);
    const { store, signal, clock } = machine;
    const at = new Date(clock.now()).toISOString();
    const result = await publication.publish(built, { store, signal, at, number: request.number, keep: request.keep });
    return { ...result, folder, built };
  });
}

function folderOf({ profile, to }: PublishRequest): string {
  if (to !== undefined) return to;
  const source = profile.artifacts?.source;
  if (source?.kind === "file") return source.folder;
  const from = source === undefined ? "names no artifacts" : `takes its artifacts from a source of kind ${source.kind}`;
  throw userFailure(`where to publish? Profile ${profile.name} ${from}`, {
    hint: "name the folder: --to FOLDER; a CI job then uploads it",
  });
}

type Publishable = Service & { readonly repo: string };
const isPublishable = (service: Service): service is Publishable => service.repo !== undefined;

function publishable({ profile, services: names }: PublishRequest): readonly Publishable[] {
  const services = namedServices(profile, names);
  const without = services.find((service) => !isPublishable(service));
  if (names.length > 0 && without !== undefined) {
    throw userFailure(`there is nothing to publish of ${without.name}: it has no repository`, {
      hint: "give it x-devenv.repo and x-devenv.build in the profile",
    });
  }
  const found = services.filter(isPublishable);
  if (found.length > 0) return found;
  throw userFailure(`no service of profile ${profile.name} has a repository to build from`, {
    hint: "give the services x-devenv.repo and x-devenv.build",
  });
}

interface Commit {
  readonly commit: string;
  readonly isDirty: boolean;
}

/** @throws Failure with every work tree that cannot be published as it is. */
async function commitsOf(
  services: readonly Publishable[],
  { dirty }: PublishRequest,
  { processes, environment, signal }: Machine,
): Promise<readonly Commit[]> {
  const git = { processes, environment, signal, timeoutMs: GIT_TIMEOUT_MS };
  const found = await Promise.all(services.map((service) => commitOf(service, dirty, git)));
  const problems = found.flatMap((each) => ("message" in each ? [each] : []));
  const [first] = problems;
  if (first === undefined) return found.flatMap((each) => ("commit" in each ? [each] : []));
  if (problems.length === 1) throw failed(first.message, { hint: first.hint });
  throw failed(`${problems.length} services cannot be published as they are`, { problems });
}

async function commitOf({ name, repo }: Publishable, dirty: boolean, git: GitOptions): Promise<Commit | Problem> {
  if (!(await isFolder(repo))) {
    const hint = "`devenv pull-all --clone` clones what the profile names; or name the services that are meant";
    return { message: `${name}: its repository is not there: ${repo}`, hint };
  }
  const state = await checkedOut(repo, git);
  if ("words" in state) {
    const hint = "a build is published under the commit that it was built from: it needs a git repository with one";
    return { message: `${name}: ${repo} has no commit: ${state.words}`, hint };
  }
  const isDirty = state.changed.length > 0;
  if (!isDirty || dirty) return { commit: state.commit, isDirty };
  return {
    message: `${name}: ${repo} differs from its commit: ${some(state.changed)}`,
    hint: "commit it, or publish it as it is with --dirty: its manifest then says so",
  };
}

const SHOWN = 3;
const some = (paths: readonly string[]): string =>
  paths.length <= SHOWN ? paths.join(", ") : `${paths.slice(0, SHOWN).join(", ")} and ${paths.length - SHOWN} more`;

const usualPlatforms = (last: readonly Platform[]): readonly Platform[] =>
  last.length > 0 ? last : [containerPlatformHere()];

/** Builds a few at a time; the first that fails ends the others. */
async function buildAll(
  services: readonly Publishable[],
  commits: readonly Commit[],
  platforms: readonly Platform[],
  { onBuilding, onBuilt }: PublishListener,
  { store, processes, environment, folders, clock, signal }: Machine,
): Promise<readonly BuiltService[]> {
  const failing = new AbortController();
  const options = {
    ...{ store, processes, environment, cacheFolder: folders.cache },
    signal: AbortSignal.any([signal, failing.signal]),
  };
  const atOnce = pLimit(BUILDS_AT_ONCE);
  const now = new Set<string>();
  let done = 0;
  const building = services.map((service, index) =>
    atOnce(async (): Promise<BuiltService> => {
      options.signal.throwIfAborted();
      const began = clock.monotonic();
      onBuilding([...now.add(service.name)], done, services.length);
      const built = await buildForPublishing(service, platforms, options);
      now.delete(service.name);
      onBuilding([...now], ++done, services.length);
      const whole = { service: service.name, ...(commits[index] as Commit), ...built };
      onBuilt(whole, clock.monotonic() - began);
      return whole;
    }).catch((thrown: unknown) => {
      failing.abort(thrown);
      throw thrown;
    }),
  );
  const ended = await Promise.allSettled(building);
  signal.throwIfAborted();
  failing.signal.throwIfAborted();
  return ended.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
}
