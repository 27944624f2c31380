import { probeOnce } from "../delivery/readiness.ts";
import { contextDigest } from "../docker/build-context.ts";
import { EMPTY_IMAGE } from "../docker/empty-image.ts";
import { LABEL, type ObservedContainer } from "../model/container.ts";
import type { ContainerId } from "../model/names.ts";
import type { Profile, Service } from "../model/profile.ts";
import { withoutCrashed } from "../plan/crashed-settling.ts";
import type { Observed } from "../plan/observed.ts";
import type { Cluster } from "./cluster.ts";
import { containersOf } from "./services.ts";

/** The world as the planner needs it: three list calls, one look at the mount, one probe a running service, all at once. */
export async function observe(profile: Profile, cluster: Cluster): Promise<Observed> {
  const names = profile.services.map(({ name }) => name);
  const [objects, images, deliveries] = await Promise.all([
    cluster.daemon.observe(cluster.name),
    imagesOf(profile, cluster),
    cluster.mount.observe(names),
  ]);
  const ready = await answering(profile, cluster, objects.containers);
  return {
    ...objects,
    deliveries: withoutCrashed(deliveries, objects.containers),
    ready,
    images,
  };
}

/** The images that the profile names, as far as they are on the daemon. */
export async function imagesOf(profile: Profile, { daemon }: Cluster): Promise<Observed["images"]> {
  const images = await daemon.images(imageNames(profile));
  return new Map(
    [...images].map(([name, { id, labels, platform }]) => [name, { id, context: labels[LABEL.context], platform }]),
  );
}

const imageNames = (profile: Profile): string[] => [
  ...new Set(profile.services.map(({ image }) => (image === "scratch" ? EMPTY_IMAGE : image))),
];

/** The containers that answer at this moment. */
async function answering(
  profile: Profile,
  cluster: Cluster,
  containers: readonly ObservedContainer[],
): Promise<Set<ContainerId>> {
  const own = profile.services.flatMap((service) =>
    containersOf(cluster, service, containers).map((container) => ({ service, container })),
  );
  const answers = await Promise.all(
    own.map(async ({ service, container }) => ((await answersNow(service, container, cluster)) ? [container.id] : [])),
  );
  return new Set(answers.flat());
}

/** Whether a container runs and says that it is well: by its probe, by Docker's health check, else by running. */
export async function answersNow(service: Service, container: ObservedContainer, cluster: Cluster): Promise<boolean> {
  if (container.state !== "running") return false;
  if (container.health === "starting" || container.health === "unhealthy") return false;
  return probeOnce(service, {
    ...cluster,
    container: container.id,
    address: container.address,
    ports: container.ports,
  });
}

/** Digest of every build context that the profile names, by image. */
export async function contextDigests(profile: Profile): Promise<Map<string, string>> {
  const digests = profile.services.flatMap(({ image, imageBuild }) =>
    imageBuild === undefined ? [] : [contextDigest(imageBuild).then((digest) => [image, digest] as const)],
  );
  return new Map(await Promise.all(digests));
}
