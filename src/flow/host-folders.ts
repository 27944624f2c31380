import { mkdir } from "node:fs/promises";
import { environmentFailure } from "../model/failure.ts";
import type { VolumeMount } from "../model/volume.ts";

/**
 * Makes the folders of this machine that a container is to mount and that are not there, so that they belong to the
 * person: the daemon would make them root's.
 * @throws Failure (environment) where one cannot be made.
 */
export async function makeHostFolders(mounts: readonly VolumeMount[]): Promise<void> {
  for (const mount of mounts) {
    if (mount.kind !== "bind" || !mount.createHostPath) continue;
    await mkdir(mount.source, { recursive: true }).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "EEXIST") return; // a file, or a socket
      throw environmentFailure(`cannot make the folder ${mount.source}, which is mounted as ${mount.target}`, {
        hint: `${cause.message}: make it yourself, or correct the path under \`volumes\`.`,
        cause,
      });
    });
  }
}
