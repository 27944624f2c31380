import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { openStore, type Store } from "../../../src/artifact/store.ts";
import { type Mount, openMount } from "../../../src/delivery/mount.ts";
import { clusterFolder, type Folders } from "../../../src/host/folders.ts";
import type { BuildName, Release } from "../../../src/model/artifact.ts";
import { type ServiceName, serviceName } from "../../../src/model/names.ts";
import { digestOf, temporaryFolder } from "../artifact/folders.ts";

export const BOOKS = serviceName("books");

/** A store and the mounts of clusters in folders of their own, without a daemon. */
export interface Installation {
  readonly folders: Folders;
  readonly store: Store;
  readonly signal: AbortSignal;
  readonly environment: Readonly<Record<string, string | undefined>>;
  mountOf(cluster: string): Promise<Mount>;
  /** Puts a file into the store, as a build. */
  build(content: string, build: BuildName, service?: ServiceName): Promise<Release>;
  /** Has a cluster run a release. */
  deliver(cluster: string, release: Release, service?: ServiceName): Promise<Mount>;
}

export async function installation(): Promise<Installation> {
  const root = await temporaryFolder();
  const folders = { cache: join(root, "cache"), state: join(root, "state"), config: join(root, "config") };
  const store = openStore(folders.cache);
  const mountOf = async (cluster: string) => {
    const mount = openMount(clusterFolder(folders, cluster), store);
    for (const name of ["bin", "config", "setup", "store"]) await mkdir(join(mount.folder, name), { recursive: true });
    return mount;
  };
  return {
    folders,
    store,
    signal: new AbortController().signal,
    environment: {},
    mountOf,
    async build(content, build) {
      const digest = digestOf(content);
      await store.put(digest, "file", Readable.from([Buffer.from(content)]));
      return { artifact: { digest, kind: "file", build } };
    },
    async deliver(cluster, release, service = BOOKS) {
      const mount = await mountOf(cluster);
      await mount.record({ service, good: release });
      await mount.point(service, release);
      return mount;
    },
  };
}
