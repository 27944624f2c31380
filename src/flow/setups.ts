import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { errorCode } from "../host/files.ts";
import type { ObservedDelivery } from "../model/delivery.ts";
import { failed } from "../model/failure.ts";
import { type ArtifactDigest, artifactDigest, type ServiceName } from "../model/names.ts";
import type { Profile, Service } from "../model/profile.ts";
import { FRESH_MARK, withPreSetup } from "../plan/first-start.ts";
import { type CiChoice, digestOf } from "./ci-release.ts";
import type { Cluster } from "./cluster.ts";
import type { ProvidedContents } from "./secrets.ts";
import { hasTree } from "./standing.ts";

/** A service's pre_setup.sh, and how it comes into the store. */
interface Setup {
  readonly digest: ArtifactDigest;
  /** Has it in the store. */
  place(): Promise<unknown>;
}

export interface Setups {
  readonly found: ReadonlyMap<ServiceName, Setup>;
  /** Services of which nothing is known but what was found before: CI was not asked, or did not answer. */
  readonly kept: ReadonlyMap<ServiceName, ObservedDelivery | undefined>;
}

/**
 * Looks for each service's `container/bin/pre_setup.sh`: in its work tree where that is there, else among what CI built.
 * Points at nothing.
 * @throws Failure when it cannot be read.
 */
export async function findSetups(
  { services }: Profile,
  choice: CiChoice & { readonly deliveries: ReadonlyMap<ServiceName, ObservedDelivery> },
): Promise<Setups> {
  const found = new Map<ServiceName, Setup>();
  const kept = new Map<ServiceName, ObservedDelivery | undefined>();
  const find = async (service: Service) => {
    if (!(await hasTree(service)) && !choice.ci.builds.has(service.name)) {
      kept.set(service.name, choice.deliveries.get(service.name));
      return;
    }
    const setup = await findSetup(service, choice);
    if (setup !== undefined) found.set(service.name, setup);
  };
  await Promise.all(services.map(find));
  return { found, kept };
}

async function findSetup(service: Service, choice: CiChoice): Promise<Setup | undefined> {
  const { name, repo } = service;
  if (repo === undefined || !(await hasTree(service))) return setupOfCi(service, choice);
  const file = join(repo, "container", "bin", "pre_setup.sh");
  try {
    const content = await readFile(file);
    const digest = artifactDigest(createHash("sha256").update(content).digest("hex"));
    return { digest, place: () => choice.store.put(digest, "file", Readable.from([content])) };
  } catch (cause) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(cause) ?? "")) return undefined;
    throw failed(`${name}: ${file} cannot be read (${errorCode(cause)})`, { cause });
  }
}

async function setupOfCi(service: Service, choice: CiChoice): Promise<Setup | undefined> {
  const setup = choice.ci.builds.get(service.name)?.[0]?.setup;
  if (setup === undefined) return undefined;
  const { downloads, machine } = choice;
  const place = () => downloads.fetch(service, setup, { signal: machine.signal, onProgress: () => undefined });
  return { digest: await digestOf(service, setup, choice), place };
}

/** The profile in which those services have what it takes to run their scripts. */
export const withSetups = (profile: Profile, { found, kept }: Setups): Profile => ({
  ...profile,
  services: profile.services.map((service) =>
    found.has(service.name) || kept.get(service.name)?.hasSetup ? withPreSetup(service) : service,
  ),
});

/** The files for containers, with the mark of a fresh one among them. */
export const withFreshMark = (contents: ProvidedContents): ProvidedContents => ({
  digests: contents.digests,
  of: (service, target) =>
    target === FRESH_MARK.target ? Buffer.from(FRESH_MARK.content) : contents.of(service, target),
});

/** Has the next fresh container of each service find its script as it is now; no container that runs is touched. */
export async function placeSetups({ services }: Profile, { found, kept }: Setups, { mount }: Cluster): Promise<void> {
  const digests = new Map<ServiceName, ArtifactDigest>();
  for (const [name, { digest, place }] of found) {
    await place();
    digests.set(name, digest);
  }
  const known = services.filter(({ name }) => !kept.has(name));
  await mount.pointSetups(
    known.map(({ name }) => name),
    digests,
  );
}
