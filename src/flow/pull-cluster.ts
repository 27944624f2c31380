import { existsSync } from "node:fs";
import { withoutLinks } from "../host/files.ts";
import { clusterFolder } from "../host/folders.ts";
import { describeHolder, lockHolder } from "../host/lock.ts";
import { asFailure, EXIT, Failure, type FailureReport, report } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { Profile } from "../model/profile.ts";
import type { PullResult } from "../model/repository.ts";
import { profileChange } from "../plan/profile-change.ts";
import { hasMoved, movedServices } from "../plan/pull-services.ts";
import { findCluster, watchLock } from "./cluster.ts";
import { fetch } from "./fetch.ts";
import type { FetchRow } from "./fetch-result.ts";
import type { Machine } from "./machine.ts";
import { followUp } from "./pull-refresh.ts";

/** What a pull means to the cluster that runs. */
export interface PulledCluster {
  /** As the profile says it after the pull, where it can be read. */
  readonly profile: Profile;
  /** What became of the services that run CI's code. */
  readonly refreshed: readonly FetchRow[];
  /** Why CI could not be asked about any of them. */
  readonly failure: FailureReport | undefined;
  /** The services that run their work tree's code, which is another now. */
  readonly local: readonly ServiceName[];
  /** Who builds those, as a save: the `devenv watch` that runs. */
  readonly watcher: string | undefined;
  readonly profileNews: ProfileNews | undefined;
}

/** Of a profile that moved with a pull. */
export type ProfileNews =
  | { readonly is: "changed"; readonly changed: readonly ServiceName[]; readonly gone: readonly ServiceName[] }
  | { readonly is: "wrong"; readonly failure: FailureReport };

export interface AfterPull {
  /** As it was before the pull. */
  readonly profile: Profile;
  readonly results: readonly PullResult[];
  /** Reads the profile anew. @throws Failure with every mistake in it. */
  readonly reload: () => Promise<Profile>;
  /** Called with words about what is waited for. */
  readonly note: (words: string) => void;
}

/**
 * What comes after a pull where a cluster of the profile runs: CI's new builds of the services whose code moved are
 * fetched and swapped in as `devenv fetch` does it; those that run a build of their work tree are only named. Undefined
 * where nothing of the profile moved (then nobody is asked anything), or nothing of it runs.
 * @throws Failure only when it was interrupted, or by a bug; a daemon that does not answer is `note`d.
 */
export async function refreshCluster(pulled: AfterPull, machine: Machine): Promise<PulledCluster | undefined> {
  const { results, note } = pulled;
  const moved = movedServices(results);
  const profileMoved = pulled.profile.files.some((file) => hasMoved(withoutLinks(file), results));
  // One that was never up has no folder.
  if ((moved.length === 0 && !profileMoved) || !existsSync(folderOf(pulled.profile, machine))) return undefined;
  if (!(await isRunning(pulled, machine))) return undefined;
  const { profile, news: profileNews } = profileMoved ? await reread(pulled) : { ...pulled, news: undefined };
  const there = moved.filter((name) => profile.services.some((service) => service.name === name));
  const { refresh, rebuild } = followUp(profile, there, machine);
  const { rows, failure } = await refreshed(profile, refresh, note, machine);
  const holder = await lockHolder(watchLock({ folder: folderOf(profile, machine) }));
  const watcher = holder && describeHolder(holder);
  return { profile, refreshed: rows, failure, local: rebuild, watcher, profileNews };
}

const folderOf = ({ name }: Profile, { folders }: Machine): string => clusterFolder(folders, name);

async function isRunning({ profile, note }: AfterPull, machine: Machine): Promise<boolean> {
  try {
    const cluster = await findCluster(profile, machine);
    const { containers } = await cluster.daemon.observe(profile.name).finally(() => cluster.daemon.close());
    return containers.some(({ state }) => state === "running");
  } catch (thrown) {
    if (!(thrown instanceof Failure && thrown.class === "environment")) throw thrown;
    note(`nothing of the cluster is refreshed: ${thrown.message}`);
    return false;
  }
}

/** What a pull brought may have mistakes; then what was read before it goes on. */
async function reread({ profile, reload }: AfterPull): Promise<{ profile: Profile; news: ProfileNews | undefined }> {
  try {
    const next = await reload();
    if (next.name !== profile.name) return { profile, news: undefined };
    const { changed, gone } = profileChange(profile, next);
    const isSame = changed.length + gone.length === 0;
    return { profile: next, news: isSame ? undefined : { is: "changed", changed, gone } };
  } catch (thrown) {
    const failure = asFailure(thrown);
    if (failure.class === "bug") throw thrown;
    return { profile, news: { is: "wrong", failure: report(failure) } };
  }
}

async function refreshed(
  profile: Profile,
  names: readonly ServiceName[],
  note: (words: string) => void,
  machine: Machine,
): Promise<{ rows: readonly FetchRow[]; failure: FailureReport | undefined }> {
  if (names.length === 0) return { rows: [], failure: undefined };
  try {
    return { rows: (await fetch(profile, names, { dryRun: false, note }, machine)).rows, failure: undefined };
  } catch (thrown) {
    const failure = asFailure(thrown);
    if (failure.class === "bug" || failure.exitCode === EXIT.interrupted) throw thrown;
    return { rows: [], failure: report(failure) };
  }
}
