import { configFolder, configOnly, isConfigOf, snapshotConfig } from "../artifact/config.ts";
import { buildLocal } from "../artifact/local-build.ts";
import type { Store } from "../artifact/store.ts";
import type { Platform, Release } from "../model/artifact.ts";
import { failed } from "../model/failure.ts";
import type { Swappable } from "./inputs.ts";
import type { Machine } from "./machine.ts";

/** What was saved, and what it comes on top of. */
export interface Saved {
  readonly service: Swappable;
  readonly paths: readonly string[];
  /** What runs, or is about to; undefined where nothing does. */
  readonly before: Release | undefined;
}

/**
 * What is to run after a save. Where nothing but files of the repository's `container/etc` was saved, the code stays
 * what it is, CI's or one from here, and nothing is compiled.
 * @param machine with the signal that cuts this build short
 * @throws Failure as `buildLocal`; also when nothing is left of the config of a service that has nothing else.
 */
export async function newRelease(saved: Saved, platform: Platform, machine: Machine): Promise<Release> {
  const { service, before } = saved;
  const { store, processes, environment, folders, signal } = machine;
  if (service.build === undefined) return newConfig(service, store);
  if (before !== undefined && isConfigAlone(saved)) {
    return { ...before, config: await snapshotConfig(service.repo, store) };
  }
  return buildLocal(service, platform, { store, processes, environment, cacheFolder: folders.cache, signal });
}

const isConfigAlone = ({ service, paths }: Saved): boolean =>
  paths.length > 0 && paths.every((path) => isConfigOf(service.repo, path));

async function newConfig({ name, repo }: Swappable, store: Store): Promise<Release> {
  const config = await snapshotConfig(repo, store);
  if (config !== undefined) return configOnly(config);
  throw failed(`${name}: there is nothing in ${configFolder(repo)} any more`, {
    hint: `${name} goes on with the config that it has; put a file there, or take \`repo\` out of the profile.`,
  });
}
