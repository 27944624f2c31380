import { environmentFailure, type Problem } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { Profile } from "../model/profile.ts";
import type { Desired, DesiredImage } from "../plan/desired.ts";
import type { Observed } from "../plan/observed.ts";
import { changedVolumes } from "../plan/volume-changes.ts";
import type { ProviderProgress } from "../provider/provider.ts";
import type { Cluster } from "./cluster.ts";
import type { Machine } from "./machine.ts";
import { imagesOf } from "./observe.ts";

export interface GroundOptions {
  readonly dryRun: boolean;
  readonly only?: ReadonlySet<ServiceName> | undefined;
  readonly note: ProviderProgress;
}

/**
 * Sees to what a plan stands on and cannot make itself: what is external must be there, and images that are pulled each
 * time (`pull_policy: always`) are pulled before it is told which containers they change. Gives the world as it is then.
 * @throws Failure with all that is missing, each with the command that makes it.
 */
export async function prepareGround(
  profile: Profile,
  desired: Desired,
  observed: Observed,
  cluster: Cluster,
  options: GroundOptions,
  machine: Machine,
): Promise<Observed> {
  const needed = desired.services.filter(({ service, containers }) => {
    return containers.length > 0 && (options.only?.has(service.name) ?? true);
  });
  const images = [...new Map(needed.map(({ image }) => [image.name, image])).values()];
  await expectThere(desired, images, observed, cluster);
  for (const words of changedVolumes(desired, observed)) options.note(words, { isNote: true });
  const always = images.filter(isPulledAlways);
  if (always.length === 0) return observed;
  if (options.dryRun) {
    const names = always.map(({ name }) => name).join(", ");
    options.note(`first pulled, as pull_policy: always says: ${names}; what that changes is not in this plan`, {
      isNote: true,
    });
    return observed;
  }
  await Promise.all(
    always.map(async ({ name, platform }) => {
      options.note(`pulling ${name} (pull_policy: always)`);
      await cluster.daemon.pullImage(name, () => undefined, machine.signal, platform);
    }),
  );
  return { ...observed, images: await imagesOf(profile, cluster) };
}

type PulledImage = Extract<DesiredImage, { kind: "pull" }>;

const isPulledAlways = (image: DesiredImage): image is PulledImage =>
  image.kind === "pull" && image.policy === "always";

async function expectThere(
  { external }: Desired,
  images: readonly DesiredImage[],
  observed: Observed,
  { daemon }: Cluster,
): Promise<void> {
  const missing = await Promise.all([
    ...external.networks.map(async ({ key, name }) =>
      (await daemon.networkExists(name))
        ? undefined
        : absent("network", key, name, `\`docker network create ${name}\``),
    ),
    ...external.volumes.map(async ({ key, name }) =>
      (await daemon.volumeExists(name)) ? undefined : absent("volume", key, name, `\`docker volume create ${name}\``),
    ),
  ]);
  const neverPulled = images.flatMap((image): Problem[] =>
    image.kind === "pull" && image.policy === "never" && !observed.images.has(image.name)
      ? [{ message: `image ${image.name} is not there, and pull_policy: never`, hint: `\`docker pull ${image.name}\`` }]
      : [],
  );
  const problems = [...missing.filter((problem) => problem !== undefined), ...neverPulled];
  const [first] = problems;
  if (first === undefined) return;
  throw environmentFailure(problems.length === 1 ? first.message : `${problems.length} things are not on the daemon`, {
    problems: problems.length === 1 ? [] : problems,
    hint:
      problems.length === 1
        ? `Make it with \`${first.hint}\`.`
        : "devenv makes and removes nothing that the profile calls somebody else's: make it with these commands.",
  });
}

function absent(kind: "network" | "volume", key: string, name: string, command: string): Problem {
  const called = key === name ? "" : ` (\`${key}\`)`;
  return { message: `${kind} ${name}${called} is not there, and the profile calls it external`, hint: command };
}
