import { configOnly, snapshotConfig } from "../artifact/config.ts";
import { readExecutable } from "../artifact/elf.ts";
import { fetchContent } from "../artifact/fetch-content.ts";
import { buildLocal } from "../artifact/local-build.ts";
import { obstacleTo } from "../artifact/runnable.ts";
import { select } from "../artifact/select.ts";
import type { CiBuilds, Content } from "../artifact/source.ts";
import type { Store } from "../artifact/store.ts";
import { isFolder } from "../host/files.ts";
import { lockHolder } from "../host/lock.ts";
import type { Platform, Release } from "../model/artifact.ts";
import type { ObservedDelivery } from "../model/delivery.ts";
import type { Endpoint } from "../model/endpoint.ts";
import { asFailure, environmentFailure, Failure, failed } from "../model/failure.ts";
import type { ArtifactDigest, ServiceName } from "../model/names.ts";
import type { Profile, Service } from "../model/profile.ts";
import { askCi } from "./ci-builds.ts";
import { type Cluster, swapLock } from "./cluster.ts";
import type { Machine } from "./machine.ts";

/** CI's newest builds of the services of a profile, asked for once; empty when it names no source. */
export function latestOffers(profile: Profile, machine: Machine): Promise<CiBuilds> {
  return askCi(profile, new Map(profile.services.map(({ name }) => [name, { is: "newest" }])), machine);
}

/** A service that runs an artifact, rather than its image's own program. */
export const hasArtifact = (service: Service): boolean => service.build !== undefined;

export interface Choice {
  readonly profile: Profile;
  readonly endpoint: Endpoint;
  readonly offers: CiBuilds;
  readonly deliveries: ReadonlyMap<ServiceName, ObservedDelivery>;
  readonly store: Store;
  /** Services whose swap is under way in another devenv at this moment. */
  readonly busy: ReadonlySet<ServiceName>;
  /** Services in mode local whose work tree is built now, also where an earlier build of it could run. */
  readonly rebuilt: ReadonlySet<ServiceName>;
  /** Called with words about what is built. */
  readonly note: (note: string) => void;
  readonly machine: Machine;
}

/**
 * What each service shall run, by its mode: `ci`, CI's newest for the daemon's platform; `local`, a build of its work
 * tree. Without one, a local build that answered stays, so that a second `up` never takes an edit away, else it is CI's.
 * Its config is what its work tree has now, committed or not; where there is no work tree, what CI gave with the code.
 * Left out are a service whose swap another devenv has under way, and one that has neither code nor config of ours.
 * @throws Failure when CI offers nothing for a service, or only other architectures.
 */
export async function chooseReleases(choice: Choice): Promise<Map<ServiceName, Release>> {
  const chosen = await Promise.all(
    choice.profile.services
      .filter(({ name }) => !choice.busy.has(name))
      .map(async (service) => [service.name, await chooseRelease(service, choice)] as const),
  );
  return new Map(chosen.flatMap(([name, release]) => (release === undefined ? [] : [[name, release]])));
}

async function chooseRelease(service: Service, choice: Choice): Promise<Release | undefined> {
  if (!hasArtifact(service)) {
    const offered = choice.offers.get(service.name)?.[0]?.config;
    const config = await configFor(service, async () => offered && (await digestOf(offered, choice)), choice.store);
    return config && configOnly(config);
  }
  const { artifact, config } = await chooseCode(service, choice);
  return { artifact, config: await configFor(service, async () => config, choice.store) };
}

async function chooseCode(service: Service, choice: Choice): Promise<Release> {
  const kind = service.mode?.kind;
  const local = choice.deliveries.get(service.name)?.record?.good;
  const mayStay = kind !== "ci" && !choice.rebuilt.has(service.name);
  if (mayStay && local?.artifact.build.startsWith("local:") && (await isInStore(local, choice.store))) return local;
  if (kind === "local") return buildNow(service, choice);
  const { build, offer } = select(choice.offers, service.name, choice.endpoint.platform);
  const digest = await digestOf(offer.content, choice);
  const artifact = { digest, kind: offer.content.kind, build: build.name, commit: build.commit };
  return { artifact, config: build.config && (await digestOf(build.config, choice)) };
}

/** What is known by its checksum is fetched when the plan is carried out; of all else, only fetching tells the digest. */
const digestOf = async (content: Content, { store, machine }: Choice): Promise<ArtifactDigest> =>
  (await store.digestOf(content)) ?? fetchContent(content, store, { signal: machine.signal });

/** @throws Failure when it does not build, with what else may run in its place. */
async function buildNow(service: Service, { endpoint, store, machine, note }: Choice): Promise<Release> {
  const { processes, folders, signal } = machine;
  note(`building ${service.name}`);
  try {
    return await buildLocal(service, endpoint.platform, { store, processes, cacheFolder: folders.cache, signal });
  } catch (thrown) {
    const failure = asFailure(thrown);
    if (failure.class !== "user") throw thrown;
    const meanwhile = `\`devenv use ${service.name}=ci\` runs CI's build meanwhile.`;
    throw new Failure(failure.class, failure.message, { ...failure, hint: failure.hint ?? meanwhile });
  }
}

async function isInStore(release: Release, store: Store): Promise<boolean> {
  const there = await Promise.all(
    [release.artifact.digest, release.config].map((digest) => !digest || store.has(digest)),
  );
  return there.every(Boolean);
}

/** The work tree's, where there is one: what is edited there is meant to run. Else what came with the code. */
async function configFor(
  { repo }: Service,
  delivered: () => Promise<ArtifactDigest | undefined>,
  store: Store,
): Promise<ArtifactDigest | undefined> {
  return repo !== undefined && (await isFolder(repo)) ? snapshotConfig(repo, store) : delivered();
}

/** The services with a swap under way in a devenv that lives: their trials are not interrupted ones. */
export async function busyServices(cluster: Cluster, deliveries: Choice["deliveries"]): Promise<Set<ServiceName>> {
  const trials = [...deliveries].filter(([, delivery]) => delivery.record?.trial !== undefined);
  const held = await Promise.all(
    trials.map(async ([name]) => ((await lockHolder(swapLock(cluster, name))) === undefined ? [] : [name])),
  );
  return new Set(held.flat());
}

/**
 * Brings a release into the store where it is not there yet.
 * @throws Failure when nobody has it, when it is not what its digest says, or (exit code 3) when CI's program cannot run
 * on this daemon, whatever its manifest says.
 */
export async function fetchRelease(
  { name: service, image }: Service,
  release: Release,
  platform: Platform,
  offers: CiBuilds,
  store: Store,
  progress: (note: string) => void,
): Promise<void> {
  const builds = offers.get(service) ?? [];
  const { digest, kind } = release.artifact;
  const fetch = async (wanted: ArtifactDigest, contents: readonly Content[]) => {
    if (await store.has(wanted)) return;
    const content = await withDigest(wanted, contents, store);
    if (content === undefined) throw gone(service, release);
    progress(`fetching ${release.artifact.build}`);
    await named(service, fetchContent(content, store));
  };
  // First, because it may be all that there is.
  if (release.config !== undefined) {
    await fetch(
      release.config,
      builds.flatMap(({ config }) => config ?? []),
    );
  }
  await fetch(
    digest,
    builds.flatMap(({ artifacts }) => artifacts.map(({ content }) => content)),
  );
  if (kind === "file" && release.artifact.build.startsWith("ci:")) {
    const obstacle = obstacleTo(await readExecutable(store.pathOf(digest)), image, platform);
    if (obstacle !== undefined) throw environmentFailure(`${service}: ${obstacle.what}`, { hint: correctCi(release) });
  }
}

async function withDigest(
  wanted: ArtifactDigest,
  contents: readonly Content[],
  store: Store,
): Promise<Content | undefined> {
  const digests = await Promise.all(contents.map((content) => store.digestOf(content)));
  return contents[digests.indexOf(wanted)];
}

/** What the store says of a content, it says without knowing whose it is. */
async function named<T>(service: ServiceName, fetching: Promise<T>): Promise<T> {
  try {
    return await fetching;
  } catch (thrown) {
    const failure = asFailure(thrown);
    if (failure.class === "bug") throw thrown;
    throw new Failure(failure.class, `${service}: ${failure.message}`, failure);
  }
}

const correctCi = ({ artifact }: Release) =>
  `It is what CI made as ${artifact.build}, whatever its manifest says of it: correct that build, then run \`devenv up\` again.`;

const gone = (service: ServiceName, release: Release) =>
  failed(`${service}: build ${release.artifact.build} is neither in the store nor offered by CI any more`, {
    hint: "Run `devenv up` to take CI's newest build.",
  });
