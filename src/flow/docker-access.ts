import type { DaemonImages, DockerAccess } from "../artifact/source-access.ts";
import { LABEL } from "../model/container.ts";
import type { Profile } from "../model/profile.ts";
import { findCluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";

/** What a source of images may ask of Docker: what it keeps for this person, and the images of the cluster's daemon. */
export const dockerAccess = (profile: Profile, machine: Machine): DockerAccess => ({
  home: machine.machine.home,
  processes: machine.processes,
  hide: (secret) => machine.secrets.add([secret]),
  images: () => daemonImages(profile, machine),
});

async function daemonImages(profile: Profile, machine: Machine): Promise<DaemonImages> {
  const { daemon } = await findCluster(profile, machine);
  // What a killed devenv leaves of it goes with the cluster.
  const labels = { [LABEL.cluster]: profile.name };
  return {
    find: async (name) => (await daemon.images([name])).get(name),
    archive: (id, path, signal) => daemon.imageArchive(id, path, labels, signal),
  };
}
