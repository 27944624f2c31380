import { configOnly, snapshotConfig } from "../artifact/config.ts";
import { lockHolder } from "../host/lock.ts";
import type { Release } from "../model/artifact.ts";
import { answeredRelease, isUnanswered } from "../model/delivery.ts";
import { asFailure, EXIT, Failure } from "../model/failure.ts";
import type { ArtifactDigest, ServiceName } from "../model/names.ts";
import type { Profile, Service } from "../model/profile.ts";
import { BuildMemory } from "./build-memory.ts";
import { type CiChoice, digestOf, releaseOf, selectBuild } from "./ci-release.ts";
import { type Cluster, swapLock } from "./cluster.ts";
import { hasArtifact, hasTree, isInStore, type Standpoint } from "./standing.ts";

export interface Choice extends Standpoint, CiChoice {
  readonly profile: Profile;
  /** What is decided already. */
  readonly standing: ReadonlyMap<ServiceName, Release>;
  /** Services whose swap is under way in another devenv at this moment. */
  readonly busy: ReadonlySet<ServiceName>;
}

export interface ChosenReleases {
  readonly releases: Map<ServiceName, Release>;
  /** Services that stay on what they have, because CI's build of them could not be fetched. */
  readonly failures: Map<ServiceName, Failure>;
  /** Services that stay on what they have, because CI could not be asked. */
  readonly stayed: Map<ServiceName, Release>;
}

/**
 * What each service shall run, by its mode: `ci`, CI's build for the daemon's platform, the newest or the pinned one;
 * `local`, a build of its work tree; without one, what stands, else CI's. Its config is what its work tree has now,
 * committed or not; where there is no work tree, what CI gave with the code. Where CI cannot be asked, or does not give
 * what it offers, a service stays on the release that answered last.
 * Left out are a service whose swap another devenv has under way, and one that has neither code nor config of ours.
 * @throws Failure when there are services that nothing can run of.
 */
export async function chooseReleases(choice: Choice): Promise<ChosenReleases> {
  const chosen: ChosenReleases = { releases: new Map(), failures: new Map(), stayed: new Map() };
  const stopped = new Map<Failure, ServiceName[]>();
  const choose = async (service: Service) => {
    const { name } = service;
    try {
      const { release, failure, isStayed } = await chooseRelease(service, choice);
      if (release !== undefined) chosen.releases.set(name, release);
      if (failure !== undefined) chosen.failures.set(name, failure);
      if (release !== undefined && isStayed) chosen.stayed.set(name, release);
    } catch (thrown) {
      const failure = asFailure(thrown);
      if (failure.class === "bug" || failure.exitCode === EXIT.interrupted) throw thrown;
      stopped.set(failure, [...(stopped.get(failure) ?? []), name]);
    }
  };
  await Promise.all(choice.profile.services.filter(({ name }) => !choice.busy.has(name)).map(choose));
  choice.machine.signal.throwIfAborted();
  if (stopped.size > 0) throw nothingToRun(stopped, choice);
  return chosen;
}

interface Chosen {
  readonly release: Release | undefined;
  readonly failure?: Failure;
  readonly isStayed?: boolean;
}

async function chooseRelease(service: Service, choice: Choice): Promise<Chosen> {
  if (!hasArtifact(service)) {
    const offered = choice.ci.builds.get(service.name)?.[0]?.config;
    const config = await configFor(service, async () => offered && (await digestOf(service, offered, choice)), choice);
    return { release: config && configOnly(config) };
  }
  const { release, ...how } = await chooseCode(service, choice);
  const config = await configFor(service, async () => release.config, choice);
  return { ...how, release: { artifact: release.artifact, config } };
}

async function chooseCode(service: Service, choice: Choice): Promise<Chosen & { readonly release: Release }> {
  const standing = choice.standing.get(service.name);
  if (standing !== undefined) return { release: standing };
  if (service.mode?.kind === "local") return { release: await buildNow(service, choice) };
  const silent = choice.ci.silent.get(service.name);
  if (silent !== undefined) {
    const last = await lastAnswered(service, choice);
    if (last === undefined) throw silent;
    return { release: last, isStayed: true };
  }
  const selection = selectBuild(service, choice);
  try {
    return { release: await releaseOf(service, selection, choice) };
  } catch (thrown) {
    const [failure, last] = [asFailure(thrown), await lastAnswered(service, choice)];
    if (last === undefined || failure.class === "bug" || choice.machine.signal.aborted) throw thrown;
    return { release: last, failure };
  }
}

/** What a service can go on with where nothing else is to be had. */
async function lastAnswered({ name }: Service, { deliveries, store }: Choice): Promise<Release | undefined> {
  const last = answeredRelease(deliveries.get(name)?.record);
  return last !== undefined && (await isInStore(last, store)) ? last : undefined;
}

/** @throws Failure when it does not build, with what else may run in its place. */
async function buildNow(service: Service, { endpoint, store, machine, note }: Choice): Promise<Release> {
  const memory = new BuildMemory(endpoint.platform, { ...machine, store });
  note(`building ${service.name}`);
  try {
    return (await memory.buildOnce(service, { ...machine, store })).release;
  } catch (thrown) {
    const failure = asFailure(thrown);
    if (failure.class !== "user") throw thrown;
    const meanwhile = `\`devenv use ${service.name}=ci\` runs CI's build meanwhile.`;
    throw new Failure(failure.class, failure.message, { ...failure, hint: failure.hint ?? meanwhile });
  }
}

/** The work tree's, where there is one: what is edited there is meant to run. Else what came with the code. */
const configFor = async (
  service: Service,
  delivered: () => Promise<ArtifactDigest | undefined>,
  { store }: Choice,
): Promise<ArtifactDigest | undefined> =>
  service.repo !== undefined && (await hasTree(service)) ? snapshotConfig(service.repo, store) : delivered();

/** One failure for all that stands in the way. That CI cannot be asked is said once, with those who have nothing else. */
function nothingToRun(stopped: ReadonlyMap<Failure, readonly ServiceName[]>, { ci }: Choice): Failure {
  const silences = new Set(ci.silent.values());
  const failures = [...stopped].map(([failure, names]) => {
    if (!silences.has(failure)) return failure;
    const hint = [failure.hint, `Nothing of ${names.join(", ")} is here to go on with.`].filter(Boolean).join("\n");
    return new Failure(failure.class, failure.message, { ...failure, hint });
  });
  return joined(failures, `${failures.length} services have nothing to run`);
}

/** Several failures as one; a single one is itself. */
export function joined(failures: readonly Failure[], message: string): Failure {
  const [first] = failures;
  if (first !== undefined && failures.length === 1) return first;
  return new Failure("user", message, {
    problems: failures.flatMap(({ message: words, hint, where, problems }) =>
      problems.length > 0 ? problems : [{ message: words, ...(hint && { hint }), ...(where && { where }) }],
    ),
    exitCode: Math.max(...failures.map(({ exitCode }) => exitCode)),
  });
}

/** The services with a swap under way in a devenv that lives: their trials are not interrupted ones. */
export async function busyServices(cluster: Cluster, deliveries: Choice["deliveries"]): Promise<Set<ServiceName>> {
  const trials = [...deliveries].filter(([, delivery]) => isUnanswered(delivery.record));
  const held = await Promise.all(
    trials.map(async ([name]) => ((await lockHolder(swapLock(cluster, name))) === undefined ? [] : [name])),
  );
  return new Set(held.flat());
}
