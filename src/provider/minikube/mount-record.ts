import { readJson, writeJson } from "../../host/files.ts";
import { isSameProcess, type ProcessIdentity } from "../../host/liveness.ts";
import type { MinikubeMount } from "../../model/minikube.ts";
import type { MinikubeLayout } from "./layout.ts";

/** What is known of the folders of this machine that a machine of minikube's has, and which process keeps them mounted. */
export interface MountRecord extends ProcessIdentity {
  /** Whether the cluster lives on them: once it does, one that is dead at the moment is mounted anew, and no reason to push. */
  readonly isUsed: boolean;
  readonly folders: readonly MinikubeMount[];
  /** Why they are not used. */
  readonly why?: string | undefined;
  /** Whether that is because the profile says so, and nothing was tried. */
  readonly byProfile?: boolean | undefined;
}

export async function readMounts({ mounts }: MinikubeLayout): Promise<MountRecord | undefined> {
  const record = await readJson(mounts).catch(() => undefined);
  return typeof record === "object" && record !== null && "isUsed" in record ? (record as MountRecord) : undefined;
}

export const writeMounts = ({ mounts }: MinikubeLayout, record: MountRecord): Promise<void> =>
  writeJson(mounts, record);

/**
 * Whether all is as it is to be: the folders are mounted, or it was seen that they cannot be.
 * @param never why the profile has nothing mounted, if so
 */
export function isSettled(record: MountRecord | undefined, folders: readonly string[], never: string | undefined) {
  if (record === undefined) return false;
  if (record.isUsed) return never === undefined && isHolding(record, folders);
  return (record.byProfile ?? false) === (never !== undefined);
}

/** Whether all of these folders are mounted, and somebody sees to it that they stay so. */
export const isHolding = (record: MountRecord, folders: readonly string[]): boolean =>
  isSameProcess(record) &&
  folders.every((folder) => record.folders.some(({ path, mounted }) => path === folder && mounted));
