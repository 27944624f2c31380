import { mkdirSync } from "node:fs";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { BuildName, Release } from "../model/artifact.ts";
import { type ArtifactDigest, artifactDigest, type ServiceName, serviceName } from "../model/names.ts";
import { replaceFile } from "./incoming.ts";
import { digestsIn } from "./packed-digests.ts";

/** A release that a service was given, in whichever cluster. */
export interface GivenRelease {
  readonly service: ServiceName;
  readonly build: BuildName;
  readonly artifact: ArtifactDigest;
  readonly config: ArtifactDigest | undefined;
  /** When it was given last, in milliseconds since the epoch. */
  readonly at: number;
}

/**
 * Which service was given what, and when: a store knows digests alone, and `prune` keeps the newest builds of each
 * service. A file each, `<cache>/given/<service>/<digest>`; a memory only.
 */
export interface GivenReleases {
  /** At once: a save waits for it. @throws the system's error */
  note(service: ServiceName, release: Release): void;
  /** All that are noted, newest first. */
  all(): Promise<GivenRelease[]>;
  forget(given: Pick<GivenRelease, "service" | "artifact">): Promise<void>;
}

export function openGivenReleases(cacheFolder: string): GivenReleases {
  const root = join(cacheFolder, "given");
  return {
    note(service, { artifact, config }) {
      const folder = join(root, service);
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      replaceFile(join(folder, artifact.digest), JSON.stringify({ build: artifact.build, config }));
    },
    async all() {
      const services = await readdir(root).catch(() => []);
      const given = await Promise.all(services.map((name) => givenTo(serviceName(name), join(root, name))));
      return given.flat().sort((a, b) => b.at - a.at);
    },
    forget: ({ service, artifact }) => rm(join(root, service, artifact), { force: true }),
  };
}

async function givenTo(service: ServiceName, folder: string): Promise<GivenRelease[]> {
  const releases = (await digestsIn(folder)).map(async (artifact) => {
    try {
      const file = join(folder, artifact);
      const [text, { mtimeMs }] = await Promise.all([readFile(file, "utf8"), stat(file)]);
      const { build, config } = JSON.parse(text) as { build: BuildName; config?: string };
      const configDigest = config === undefined ? undefined : artifactDigest(config);
      return [{ service, build, artifact, config: configDigest, at: mtimeMs }];
    } catch {
      return []; // damaged, or just taken away
    }
  });
  return (await Promise.all(releases)).flat();
}
