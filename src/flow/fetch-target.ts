import type { Content } from "../artifact/source.ts";
import type { Store } from "../artifact/store.ts";
import type { BuildName, Release } from "../model/artifact.ts";
import type { DeliveryRecord, ObservedDelivery } from "../model/delivery.ts";
import { asFailure, type Failure } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { PinInPlace } from "../model/pin.ts";
import type { Service } from "../model/profile.ts";
import { releaseInPlace } from "../state/service-status.ts";
import { type CiChoice, selectBuild } from "./ci-release.ts";
import { hasTree, pinnedRelease, type Standpoint } from "./standing.ts";

/** What `devenv fetch` is to bring of one service. */
export interface FetchTarget {
  readonly service: Service;
  readonly pin: PinInPlace | undefined;
  /** What lies in the mount, whether it runs or not. */
  readonly inPlace: Release | undefined;
  /** CI's build; undefined where there is none for it. */
  readonly build: BuildName | undefined;
  /** What of it is not in the store. */
  readonly missing: readonly Content[];
  /** Whether what lies in the mount is what that build gave. */
  readonly isInPlace: boolean;
  /** Why there is no build of it. */
  readonly failure: Failure | undefined;
}

/** The pinned build where it is here already: then CI need not be asked. */
export type PinnedHere = ReadonlyMap<ServiceName, Release>;

export type TargetChoice = Pick<CiChoice, "ci" | "pins" | "endpoint" | "store"> & {
  readonly deliveries: ReadonlyMap<ServiceName, ObservedDelivery>;
  readonly pinned: PinnedHere;
};

export async function pinnedHere(services: readonly Service[], standpoint: Standpoint): Promise<PinnedHere> {
  const found = await Promise.all(
    services.map(async (service) => [service.name, await pinnedRelease(service, standpoint)] as const),
  );
  return new Map(found.flatMap(([name, release]) => (release === undefined ? [] : [[name, release]])));
}

/** Finds out what is new for a service; fetches nothing. */
export async function targetOf(service: Service, choice: TargetChoice): Promise<FetchTarget> {
  const { name } = service;
  const delivery = choice.deliveries.get(name);
  const common = { service, pin: choice.pins.get(name), inPlace: releaseInPlace(delivery) };
  const pinned = choice.pinned.get(name);
  if (pinned !== undefined) {
    const isInPlace = delivery?.artifact === pinned.artifact.digest;
    return { ...common, build: pinned.artifact.build, missing: [], isInPlace, failure: undefined };
  }
  try {
    const silent = choice.ci.silent.get(name);
    if (silent !== undefined) throw silent;
    const { build, offer } = selectBuild(service, choice);
    // What is edited in a work tree is meant to run, whatever CI made of it.
    const beside = (await hasTree(service)) ? [] : [build.config, build.setup];
    const contents = [offer.content, ...beside].filter((content) => content !== undefined);
    const missing = await missingOf(contents, choice.store);
    const config = beside.length === 0 ? delivery?.config : build.config && (await choice.store.digestOf(build.config));
    const isInPlace =
      missing.length === 0 &&
      delivery?.artifact === (await choice.store.digestOf(offer.content)) &&
      delivery?.config === config;
    return { ...common, build: build.name, missing, isInPlace, failure: undefined };
  } catch (thrown) {
    const failure = asFailure(thrown);
    if (failure.class === "bug") throw thrown;
    return { ...common, build: undefined, missing: [], isInPlace: false, failure };
  }
}

async function missingOf(contents: readonly Content[], store: Store): Promise<Content[]> {
  const missing = await Promise.all(
    contents.map(async (content) => {
      const digest = await store.digestOf(content);
      return digest !== undefined && (await store.has(digest)) ? [] : [content];
    }),
  );
  return missing.flat();
}

/** How many bytes are to come; undefined where CI does not say of all. */
export const sizeOf = (contents: readonly Content[]): number | undefined =>
  contents.reduce<number | undefined>(
    (sum, { size }) => (sum === undefined || size === undefined ? undefined : sum + size),
    0,
  );

/** Whether a build was tried, did not answer, and what ran before is back. */
export const isTakenBack = (record: DeliveryRecord | undefined, build: BuildName | undefined): boolean =>
  record?.trial === undefined && record?.rolledBack?.from.artifact.build === build;
