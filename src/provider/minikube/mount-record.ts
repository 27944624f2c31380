import { readJson, writeJson } from "../../host/files.ts";
import { isAlive } from "../../host/liveness.ts";
import type { MinikubeMount } from "../../model/minikube.ts";
import type { MinikubeLayout } from "./layout.ts";

/** What is known of the folders of this machine that a machine of minikube's has. */
export interface MountRecord {
  /** Whether the cluster lives on them: once it does, one that is dead at the moment is mounted anew, and no reason to push. */
  readonly isUsed: boolean;
  /** Of whoever keeps them mounted. */
  readonly pid: number;
  readonly folders: readonly MinikubeMount[];
  /** Why they are not used. */
  readonly why?: string | undefined;
}

export async function readMounts({ mounts }: MinikubeLayout): Promise<MountRecord | undefined> {
  const record = await readJson(mounts).catch(() => undefined);
  return typeof record === "object" && record !== null && "isUsed" in record ? (record as MountRecord) : undefined;
}

export const writeMounts = ({ mounts }: MinikubeLayout, record: MountRecord): Promise<void> =>
  writeJson(mounts, record);

/** Whether all of these folders are mounted, and somebody sees to it that they stay so. */
export const isHolding = (record: MountRecord, folders: readonly string[]): boolean =>
  isAlive(record.pid) &&
  folders.every((folder) => record.folders.some(({ path, mounted }) => path === folder && mounted));
