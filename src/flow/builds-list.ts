import { type GivenRelease, openGivenReleases } from "../artifact/given-releases.ts";
import { nameOf } from "../artifact/select.ts";
import type { CiBuild, Offer } from "../artifact/source.ts";
import type { Store } from "../artifact/store.ts";
import type { BuildName, Platform, Release } from "../model/artifact.ts";
import type { ArtifactDigest, ServiceName } from "../model/names.ts";
import type { Pins } from "../model/pin.ts";
import type { Profile } from "../model/profile.ts";
import { readPins } from "../profile/pins.ts";
import { artifactsOf, askCi } from "./ci-builds.ts";
import type { Machine } from "./machine.ts";
import { type BuildsHere, buildsHere } from "./running-builds.ts";
import { namedServices } from "./services.ts";

/** One build of a service: CI's, or one that is here. */
export interface BuildRow {
  readonly service: ServiceName;
  readonly build: BuildName;
  readonly commit: string | null;
  /** ISO 8601: when it was built. */
  readonly at: string | null;
  /** `linux/amd64`; `any` for what runs anywhere. Empty where only the journal knows of it. */
  readonly platforms: readonly string[];
  /** Bytes, as CI packs them, of what is for the daemon's platform. */
  readonly size: number | null;
  readonly runs: boolean;
  readonly pinned: boolean;
  /** The newest that CI has. */
  readonly newest: boolean;
  /** Its code is in the store: it needs no download. */
  readonly stored: boolean;
  /** CI has it. */
  readonly offered: boolean;
}

export interface BuildsList {
  /** By service in the order of the profile, CI's newest first, then what only is here. */
  readonly rows: readonly BuildRow[];
  /** The services that CI could not be asked about, and why. */
  readonly silent: ReadonlyMap<ServiceName, string>;
}

/**
 * `devenv artifacts list`: the builds of services (all of the profile when none is named) that CI has, that run, that are
 * pinned. A source that cannot be asked takes only its own builds away.
 */
export async function listBuilds(profile: Profile, names: readonly string[], machine: Machine): Promise<BuildsList> {
  const services = namedServices(profile, names).filter(
    (service) => service.build !== undefined || service.ci !== undefined || service.repo !== undefined,
  );
  const asked = services.filter((service) => artifactsOf(profile, service) !== undefined);
  const [{ builds, silent }, pins, here, given] = await Promise.all([
    askCi(profile, new Map(asked.map(({ name }) => [name, { is: "all" }])), machine),
    readPins(profile.workspace),
    buildsHere(profile, machine),
    openGivenReleases(machine.folders.cache).all(),
  ]);
  const rows = await Promise.all(
    services.map(({ name }) =>
      rowsOf(name, builds.get(name) ?? [], {
        pins,
        here,
        given: given.filter((one) => one.service === name),
        store: machine.store,
      }),
    ),
  );
  return { rows: rows.flat(), silent: new Map([...silent].map(([name, { message }]) => [name, message])) };
}

interface Knowledge {
  readonly pins: Pins;
  readonly here: BuildsHere;
  readonly given: readonly GivenRelease[];
  readonly store: Store;
}

async function rowsOf(service: ServiceName, offered: readonly CiBuild[], knowledge: Knowledge): Promise<BuildRow[]> {
  const { pins, here, given, store } = knowledge;
  const known = here.known.get(service) ?? [];
  const pin = pins.get(service);
  const marks = (build: BuildName) => ({
    service,
    build,
    runs: here.running.get(service) === build,
    pinned: pin !== undefined && build === `ci:${pin.build}`,
  });
  const ofCi = offered.map(async (build, index) => ({
    ...marks(build.name),
    ...(await facts(build, known, here.platform, store)),
    newest: index === 0,
    offered: true,
  }));
  const onlyHere = heldHere(known, given, offered).map(async ({ build, digest, commit }) => ({
    ...marks(build),
    ...NOTHING_KNOWN,
    commit: commit ?? null,
    stored: await store.has(digest),
  }));
  const rows = await Promise.all([...ofCi, ...onlyHere]);
  if (pin === undefined || rows.some(({ pinned }) => pinned)) return rows;
  return [...rows, { ...marks(`ci:${pin.build}`), ...NOTHING_KNOWN, stored: false }];
}

interface Held {
  readonly build: BuildName;
  readonly digest: ArtifactDigest;
  readonly commit: string | undefined;
}

/** What CI does not offer: what the journal knows, and builds of CI that were fetched for any cluster of this machine. */
function heldHere(known: readonly Release[], given: readonly GivenRelease[], offered: readonly CiBuild[]): Held[] {
  const ofJournal = known.map(({ artifact: { build, digest, commit } }) => ({ build, digest, commit }));
  const ofStore = given.map(({ build, artifact: digest }) => ({ build, digest, commit: undefined }));
  const held = new Map<BuildName, Held>();
  for (const one of [...ofJournal, ...ofStore.filter(({ build }) => build.startsWith("ci:"))]) {
    const isNew = !held.has(one.build) && !offered.some(({ name }) => name === one.build);
    if (isNew) held.set(one.build, one);
  }
  return [...held.values()];
}

const NOTHING_KNOWN = { commit: null, at: null, platforms: [], size: null, newest: false, offered: false };

type Facts = Pick<BuildRow, "commit" | "at" | "platforms" | "size" | "stored">;

async function facts(
  { name, commit, at, artifacts }: CiBuild,
  known: readonly Release[],
  platform: Platform,
  store: Store,
): Promise<Facts> {
  const meant = offerFor(artifacts, platform);
  // What CI gives no checksum of may be known by the journal, from when it was fetched.
  const digest =
    (meant && (await store.digestOf(meant.content))) ??
    known.find(({ artifact }) => artifact.build === name)?.artifact.digest;
  return {
    commit: commit ?? null,
    at: at ?? null,
    platforms: artifacts.map((offer) => (offer.platform === undefined ? "any" : nameOf(offer.platform))),
    size: meant?.content.size ?? null,
    stored: digest !== undefined && (await store.has(digest)),
  };
}

/** What the daemon would be given; for people of another platform, what there is. */
function offerFor(artifacts: readonly Offer[], { os, arch }: Platform): Offer | undefined {
  const fits = artifacts.find((offer) => offer.platform?.os === os && offer.platform.arch === arch);
  return fits ?? artifacts.find((offer) => offer.platform === undefined) ?? artifacts[0];
}
