import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { fetchContent } from "../artifact/fetch-content.ts";
import type { CiBuilds, Content } from "../artifact/source.ts";
import type { Store } from "../artifact/store.ts";
import { errorCode, isFolder } from "../host/files.ts";
import { failed } from "../model/failure.ts";
import { type ArtifactDigest, artifactDigest, type ServiceName } from "../model/names.ts";
import type { Profile, Service } from "../model/profile.ts";
import { FRESH_MARK, withPreSetup } from "../plan/first-start.ts";
import type { Cluster } from "./cluster.ts";
import type { ProvidedContents } from "./secrets.ts";

/** A service's pre_setup.sh, and how it comes into the store. */
interface Setup {
  readonly digest: ArtifactDigest;
  /** Has it in the store. */
  place(): Promise<unknown>;
}

export type Setups = ReadonlyMap<ServiceName, Setup>;

/**
 * Looks for each service's `container/bin/pre_setup.sh`: in its work tree where that is there, else among what CI built.
 * Writes nothing.
 * @throws Failure when it cannot be read.
 */
export async function findSetups(profile: Profile, offers: CiBuilds, store: Store): Promise<Setups> {
  const found = await Promise.all(
    profile.services.map(async (service) => [service.name, await findSetup(service, offers, store)] as const),
  );
  return new Map(found.flatMap(([name, setup]) => (setup === undefined ? [] : [[name, setup]])));
}

async function findSetup({ name, repo }: Service, offers: CiBuilds, store: Store): Promise<Setup | undefined> {
  if (repo === undefined || !(await isFolder(repo))) {
    const setup = offers.get(name)?.[0]?.setup;
    return setup && fromCi(setup, store);
  }
  const file = join(repo, "container", "bin", "pre_setup.sh");
  try {
    const content = await readFile(file);
    const digest = artifactDigest(createHash("sha256").update(content).digest("hex"));
    return { digest, place: () => store.put(digest, "file", Readable.from([content])) };
  } catch (cause) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(cause) ?? "")) return undefined;
    throw failed(`${name}: ${file} cannot be read (${errorCode(cause)})`, { cause });
  }
}

async function fromCi(setup: Content, store: Store): Promise<Setup> {
  const digest = (await store.digestOf(setup)) ?? (await fetchContent(setup, store));
  return { digest, place: () => fetchContent(setup, store) };
}

/** The profile in which those services have what it takes to run their scripts. */
export const withSetups = (profile: Profile, setups: Setups): Profile => ({
  ...profile,
  services: profile.services.map((service) => (setups.has(service.name) ? withPreSetup(service) : service)),
});

/** The files for containers, with the mark of a fresh one among them. */
export const withFreshMark = (contents: ProvidedContents): ProvidedContents => ({
  digests: contents.digests,
  of: (service, target) =>
    target === FRESH_MARK.target ? Buffer.from(FRESH_MARK.content) : contents.of(service, target),
});

/** Has the next fresh container of each service find its script as it is now; no container that runs is touched. */
export async function placeSetups({ services }: Profile, setups: Setups, { mount }: Cluster): Promise<void> {
  const digests = new Map<ServiceName, ArtifactDigest>();
  for (const [name, { digest, place }] of setups) {
    await place();
    digests.set(name, digest);
  }
  await mount.pointSetups(
    services.map(({ name }) => name),
    digests,
  );
}
