import type { WantedBuild } from "../artifact/source.ts";
import type { Store } from "../artifact/store.ts";
import { isFolder } from "../host/files.ts";
import type { Release } from "../model/artifact.ts";
import { answeredRelease, type ObservedDelivery } from "../model/delivery.ts";
import type { ServiceName } from "../model/names.ts";
import type { Pins } from "../model/pin.ts";
import type { Service } from "../model/profile.ts";
import type { WantedBuilds } from "./ci-builds.ts";

/** What says which releases of a service need no asking. */
export interface Standpoint {
  readonly pins: Pins;
  readonly deliveries: ReadonlyMap<ServiceName, ObservedDelivery>;
  /** Services in mode local whose work tree is built now, also where an earlier build of it could run. */
  readonly rebuilt: ReadonlySet<ServiceName>;
  readonly store: Store;
}

/** A service that runs an artifact, rather than its image's own program. */
export const hasArtifact = (service: Service): boolean => service.build !== undefined;

/**
 * The services whose code is decided without asking CI, with that code: a local build that answered stays, so that a
 * second `up` never takes an edit away, unless CI's is wanted; so does the build of CI that the service is pinned to.
 * Of both the content has to be in the store.
 */
export async function standingReleases(
  services: readonly Service[],
  standpoint: Standpoint,
): Promise<Map<ServiceName, Release>> {
  const standing = await Promise.all(
    services.map(async (service) => [service.name, await standingRelease(service, standpoint)] as const),
  );
  return new Map(standing.flatMap(([name, release]) => (release === undefined ? [] : [[name, release]])));
}

async function standingRelease(service: Service, standpoint: Standpoint): Promise<Release | undefined> {
  if (!hasArtifact(service)) return undefined;
  const { deliveries, rebuilt, store } = standpoint;
  const last = answeredRelease(deliveries.get(service.name)?.record);
  const kind = service.mode?.kind;
  const isLocal = last?.artifact.build.startsWith("local:") && kind !== "ci" && !rebuilt.has(service.name);
  if (last !== undefined && isLocal && (await isInStore(last, store))) return last;
  return kind === "local" ? undefined : pinnedRelease(service, standpoint);
}

/** The build of CI that a service is pinned to, where it ran before and its content is in the store. */
export async function pinnedRelease(
  { name }: Service,
  { pins, deliveries, store }: Omit<Standpoint, "rebuilt">,
): Promise<Release | undefined> {
  const [pin, record] = [pins.get(name), deliveries.get(name)?.record];
  if (pin === undefined) return undefined;
  const known = [record?.good, record?.previous, record?.trial?.release, record?.rolledBack?.from];
  const pinned = known.find((release) => release?.artifact.build === `ci:${pin.build}`);
  return pinned !== undefined && (await isInStore(pinned, store)) ? pinned : undefined;
}

export async function isInStore({ artifact, config }: Release, store: Store): Promise<boolean> {
  const there = await Promise.all([artifact.digest, config].map((digest) => !digest || store.has(digest)));
  return there.every(Boolean);
}

/**
 * Which builds CI is to be asked for: of a pinned service that one, else the newest. Nothing is asked about what is
 * decided, nor about what CI has no part in, because it comes from a work tree whole.
 */
export async function wantedBuilds(
  services: readonly Service[],
  standing: ReadonlyMap<ServiceName, Release>,
  pins: Pins,
): Promise<WantedBuilds> {
  const open = services.filter(({ name }) => !standing.has(name));
  const wanted = await Promise.all(
    open.map(async (service) =>
      (await isFromTree(service)) ? [] : [[service.name, wantedBuild(service, pins)] as const],
    ),
  );
  return new Map(wanted.flat());
}

export function wantedBuild({ name }: Service, pins: Pins): WantedBuild {
  const pin = pins.get(name);
  return pin === undefined ? { is: "newest" } : { is: "numbered", number: pin.build };
}

const isFromTree = async (service: Service): Promise<boolean> =>
  (!hasArtifact(service) || service.mode?.kind === "local") && (await hasTree(service));

/** Whether its work tree is there: then its config and its pre_setup.sh are what is edited there. */
export const hasTree = async ({ repo }: Service): Promise<boolean> => repo !== undefined && (await isFolder(repo));
