import type { Mount } from "../delivery/mount.ts";
import type { DaemonLink } from "./daemon-link.ts";

/**
 * A mount for swaps, which fail for their code's sake alone: where the way to a volume is cut, the move is made again
 * once the daemon answers. Until then both the volume and the local mount have the old pointers, or the new ones.
 */
export function steadyMount(mount: Mount, link: Pick<DaemonLink, "outages" | "overcome">): Mount {
  if (mount.volume === undefined) return mount;
  const point: Mount["point"] = async (service, release) => {
    for (;;) {
      const { outages } = link;
      try {
        return await mount.point(service, release);
      } catch (thrown) {
        if (!(await link.overcome()) && link.outages === outages) throw thrown;
      }
    }
  };
  return { ...mount, point };
}
