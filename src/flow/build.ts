import { join } from "node:path";
import pLimit from "p-limit";
import { type LaidOut, layOut } from "../artifact/lay-out.ts";
import { buildArtifact } from "../artifact/local-build.ts";
import { containerPlatformHere } from "../artifact/platforms.ts";
import { nameOf } from "../artifact/select.ts";
import { stopwatch } from "../host/clock.ts";
import type { Platform } from "../model/artifact.ts";
import type { Builder } from "../model/builder.ts";
import { asFailure, Failure, interrupted, report, userFailure } from "../model/failure.ts";
import type { ArtifactDigest } from "../model/names.ts";
import type { Step } from "../model/operation.ts";
import type { Profile, Service } from "../model/profile.ts";
import { BuildMemory } from "./build-memory.ts";
import { findCluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";
import { checkPossible } from "./possible.ts";
import { namedServices } from "./services.ts";

export interface BuildRequest {
  readonly profile: Profile;
  /** By name; every service that is built from a work tree when there is none. */
  readonly services: readonly string[];
  /** What to build for; the daemon's platform when undefined. */
  readonly platforms: readonly Platform[] | undefined;
  /** Absolute path of the folder that the results are laid out in: `<os>-<arch>/<service>` below it. */
  readonly out: string;
}

/** What came of a service for a platform. */
export interface BuildRow {
  readonly service: Service;
  readonly platform: Platform;
  readonly ms: number;
  readonly result: { readonly path: string; readonly size: number; readonly digest: ArtifactDigest } | Failure;
}

/** Compilers use several processors, and some hundred megabytes, themselves. */
const BUILDS_AT_ONCE = 2;

/**
 * Builds services from their work trees as a save does, for any platforms, and lays the results out in a folder. One
 * that fails stops no other. Told as a plan with a step for each.
 * @throws Failure (exit 2) before anything is built, when a service cannot be built for one of the platforms at all; or
 * when it was interrupted.
 */
export async function build(request: BuildRequest, machine: Machine): Promise<readonly BuildRow[]> {
  const services = buildable(request);
  const platforms = request.platforms ?? [await daemonPlatform(request.profile, machine)];
  for (const service of services) await checkPossible(service, platforms, machine);
  const { bus, clock, signal } = machine;
  const jobs = services.flatMap((service) => platforms.map((platform) => ({ service, platform })));
  const steps = jobs.map(({ service, platform }) => stepOf(service, platform));
  bus.dispatch({ type: "planned", at: clock.now(), cluster: request.profile.name, steps });
  const atOnce = pLimit(BUILDS_AT_ONCE);
  const rows = await Promise.all(
    jobs.map(({ service, platform }) => atOnce(() => buildOne(service, platform, request.out, machine))),
  );
  if (signal.aborted) throw interrupted();
  return rows;
}

type Buildable = Service & { readonly build: Builder };
const isBuildable = (service: Service): service is Buildable => service.build !== undefined;

function buildable({ profile, services: names }: BuildRequest): readonly Buildable[] {
  const services = namedServices(profile, names);
  const found = [...new Set(services)].filter(isBuildable).map(withoutDebugger);
  const without = services.find((service) => !isBuildable(service));
  const hint = "give it x-devenv.repo and x-devenv.build in the profile";
  if (names.length > 0 && without !== undefined) {
    throw userFailure(`${without.name}: the profile does not say how to build it`, { hint });
  }
  if (found.length > 0) return found;
  throw userFailure(`profile ${profile.name} does not say of any service how to build it`, { hint });
}

/** As it is chosen for a save. Where no daemon answers, what one on this machine would run: Linux. */
async function daemonPlatform(profile: Profile, machine: Machine): Promise<Platform> {
  try {
    const { daemon, endpoint } = await findCluster(profile, machine);
    daemon.close();
    return endpoint.platform;
  } catch (thrown) {
    if (!(thrown instanceof Failure && thrown.class === "environment")) throw thrown;
    return containerPlatformHere();
  }
}

/** What is done, in a few words; the compiler's own follow. */
function wordsOf(builder: Builder): string {
  switch (builder.kind) {
    case "go":
      return `go build ${builder.packages.join(" ")}`;
    case "cargo":
      return `cargo build ${builder.binaries.join(" ")}`;
    case "node":
      return `run ${builder.script}`;
    case "command":
      return builder.command.split("\n", 1)[0] ?? "";
    default:
      return builder satisfies never;
  }
}

/** What is built for others is not for this machine's debugger. */
const withoutDebugger = (service: Buildable): Buildable =>
  service.build.kind === "go" ? { ...service, build: { ...service.build, debug: undefined } } : service;

const stepOf = (service: Buildable, platform: Platform): Step => ({
  id: `build:${service.name}:${nameOf(platform)}`,
  title: `build ${service.name} for ${nameOf(platform)}`,
  cause: service.build.kind,
  after: [],
  actions: [],
});

async function buildOne(service: Buildable, platform: Platform, out: string, machine: Machine): Promise<BuildRow> {
  const { bus, clock, signal } = machine;
  const { id, title, cause } = stepOf(service, platform);
  const ending = platform.os === "windows" && service.artifact === "file" ? ".exe" : "";
  const path = join(out, `${platform.os}-${platform.arch}`, `${service.name}${ending}`);
  const elapsed = stopwatch(clock);
  bus.dispatch({ type: "stepStarted", at: clock.now(), step: id, title, cause });
  try {
    const note = (words: string) => bus.dispatch({ type: "stepProgress", at: clock.now(), step: id, note: words });
    note(wordsOf(service.build));
    const laidOut = await layOutBuild({ service, platform, path, note }, machine);
    const ms = elapsed();
    bus.dispatch({ type: "stepDone", at: clock.now(), step: id, ms });
    return { service, platform, ms, result: { path, ...laidOut } };
  } catch (thrown) {
    const failure = signal.aborted ? interrupted() : asFailure(thrown);
    if (failure.class === "bug") throw thrown;
    const ms = elapsed();
    bus.dispatch({ type: "stepFailed", at: clock.now(), step: id, ms, failure: report(failure) });
    return { service, platform, ms, result: failure };
  }
}

interface Job {
  readonly service: Buildable;
  readonly platform: Platform;
  readonly path: string;
  readonly note: (words: string) => void;
}

/** Builds nothing where an earlier build of the same is in the store. */
async function layOutBuild({ service, platform, path, note }: Job, machine: Machine): Promise<LaidOut> {
  const take = (made: string) => layOut(made, service.artifact, path);
  const known = await new BuildMemory(platform, machine).known(service, machine).catch(() => undefined);
  if (known === undefined) {
    return buildArtifact(service, platform, { ...machine, cacheFolder: machine.folders.cache, onLine: note }, take);
  }
  note(`same inputs as ${known.artifact.build}, nothing built`);
  return take(machine.store.pathOf(known.artifact.digest));
}
