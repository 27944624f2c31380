import { configFolder, configOnly, isConfigOf, snapshotConfig } from "../artifact/config.ts";
import type { Store } from "../artifact/store.ts";
import type { Release } from "../model/artifact.ts";
import { failed } from "../model/failure.ts";
import type { BuildMemory, BuiltRelease } from "./build-memory.ts";
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
 * what it is, CI's or one from here, and nothing is compiled; nor where an earlier build was made of the same.
 * @param machine with the signal that cuts this build short
 * @throws Failure as `buildLocal`; also when nothing is left of the config of a service that has nothing else.
 */
export async function newRelease(saved: Saved, memory: BuildMemory, machine: Machine): Promise<BuiltRelease> {
  const { service, before } = saved;
  const { store } = machine;
  if (service.build === undefined) return { release: await newConfig(service, store), isReused: false };
  if (before !== undefined && isConfigAlone(saved)) {
    return { release: { ...before, config: await snapshotConfig(service.repo, store) }, isReused: false };
  }
  return memory.build(service, machine);
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
