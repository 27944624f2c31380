import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { ServiceOffers } from "../artifact/source.ts";
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
  open(): Promise<Readable>;
}

export type Setups = ReadonlyMap<ServiceName, Setup>;

/**
 * Looks for each service's `container/bin/pre_setup.sh`: in its work tree where that is there, else among what CI built.
 * Writes nothing.
 * @throws Failure when it cannot be read.
 */
export async function findSetups(profile: Profile, offers: ReadonlyMap<ServiceName, ServiceOffers>): Promise<Setups> {
  const found = await Promise.all(
    profile.services.map(async (service) => [service.name, await findSetup(service, offers)] as const),
  );
  return new Map(found.flatMap(([name, setup]) => (setup === undefined ? [] : [[name, setup]])));
}

async function findSetup(
  { name, repo }: Service,
  offers: ReadonlyMap<ServiceName, ServiceOffers>,
): Promise<Setup | undefined> {
  if (repo === undefined || !(await isFolder(repo))) return offers.get(name)?.setup;
  const file = join(repo, "container", "bin", "pre_setup.sh");
  try {
    const content = await readFile(file);
    const digest = artifactDigest(createHash("sha256").update(content).digest("hex"));
    return { digest, open: async () => Readable.from([content]) };
  } catch (cause) {
    if (["ENOENT", "ENOTDIR"].includes(errorCode(cause) ?? "")) return undefined;
    throw failed(`${name}: ${file} cannot be read (${errorCode(cause)})`, { cause });
  }
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
export async function placeSetups(
  { services }: Profile,
  setups: Setups,
  { mount }: Cluster,
  store: Store,
): Promise<void> {
  const digests = new Map<ServiceName, ArtifactDigest>();
  for (const [name, { digest, open }] of setups) {
    if (!(await store.has(digest))) await store.put(digest, "file", await open());
    digests.set(name, digest);
  }
  await mount.pointSetups(
    services.map(({ name }) => name),
    digests,
  );
}
