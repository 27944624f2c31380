import { ensureFolder } from "../../host/files.ts";
import { isAlive, isSameProcess } from "../../host/liveness.ts";
import type { ProviderProgress } from "../provider.ts";
import { startDevenvApart } from "../start-apart.ts";
import type { Surroundings } from "../surroundings.ts";
import type { MinikubeLayout } from "./layout.ts";
import { isHolding, type MountRecord, readMounts, writeMounts } from "./mount-record.ts";

/** minikube has to ask the machine over ssh, several times. */
const MOUNTS_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 100;

/** minikube hands paths to a shell in its machine as they are. */
const PLAIN = /^[A-Za-z0-9_./@+=,-]+$/;

/** What is to be mounted, and whether at all. */
export interface WantedMounts {
  readonly layout: MinikubeLayout;
  /** Of the minikube program. */
  readonly program: string;
  /** Absolute paths, the same on both sides. */
  readonly folders: readonly string[];
  /** This machine's address for it, where minikube does not find that by itself. */
  readonly ip?: string | undefined;
  /** Why nothing is, where that is known before. */
  readonly never?: string | undefined;
}

/**
 * Has the folders mounted, by a process of ours that keeps them so, or says why `push` is used in their place. Whether
 * they are is written down either way: it is what the endpoint of the machine says of itself.
 */
export async function haveMounts(
  wanted: WantedMounts,
  surroundings: Surroundings,
  progress: ProviderProgress,
  signal?: AbortSignal,
): Promise<void> {
  const { layout, folders } = wanted;
  await ensureFolder(layout.folder);
  const before = await readMounts(layout);
  if (before?.isUsed === true && isHolding(before, folders) && wanted.never === undefined) return;
  await endMounts(before, surroundings);
  const why = wanted.never ?? unmountable(folders) ?? (await mountAll(wanted, surroundings, progress, signal));
  if (why === undefined) return;
  await endMounts(await readMounts(layout), surroundings);
  await writeMounts(layout, { isUsed: false, pid: 0, folders: [], why, byProfile: wanted.never !== undefined });
  if (wanted.never === undefined) {
    progress(
      `minikube cannot mount folders of this machine: ${why}; binaries and config are sent instead (delivery: push)`,
      { isNote: true },
    );
  }
}

function unmountable(folders: readonly string[]): string | undefined {
  const odd = folders.find((folder) => !PLAIN.test(folder));
  return odd === undefined ? undefined : `the path ${odd} has letters that a shell gives a meaning to`;
}

/** Gives why they could not be mounted, if so. */
async function mountAll(
  { layout, program, folders, ip }: WantedMounts,
  surroundings: Surroundings,
  progress: ProviderProgress,
  signal?: AbortSignal,
): Promise<string | undefined> {
  progress(`mounting ${folders.join(", ")} in minikube's machine ${layout.profile}`);
  const options = ip === undefined ? [] : ["--ip", ip];
  const command = ["minikube-mounts", ...options, layout.profile, program, ...folders];
  const pid = await startDevenvApart(command, layout.log, surroundings);
  const { clock } = surroundings;
  const deadline = clock.monotonic() + MOUNTS_WITHIN_MS;
  while (clock.monotonic() < deadline && isAlive(pid)) {
    const record = await readMounts(layout);
    if (record?.pid === pid && isHolding(record, folders)) return undefined;
    const problem = record?.pid === pid ? record.folders.find((folder) => folder.problem !== undefined) : undefined;
    if (problem !== undefined) return problem.problem;
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
  return isAlive(pid) ? `it was not done within ${MOUNTS_WITHIN_MS / 1000} s` : `it ended at once (${layout.log})`;
}

/** Ends whoever keeps the folders mounted; minikube unmounts them then. */
export async function endMounts(record: MountRecord | undefined, { clock }: Surroundings): Promise<void> {
  if (record === undefined || !isSameProcess(record)) return;
  try {
    process.kill(record.pid, "SIGTERM");
  } catch {
    return; // it has ended just now
  }
  for (let left = 50; left > 0 && isSameProcess(record); left--) await clock.sleep(LOOK_EVERY_MS);
}
