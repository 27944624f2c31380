import type { Platform } from "../model/artifact.ts";
import { environmentFailure, type Failure } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import { didYouMean } from "../model/nearest.ts";
import type { CiBuild, CiBuilds, Offer } from "./source.ts";

/** One build of CI, and in it what is for the daemon's platform. */
export interface Selection {
  readonly build: CiBuild;
  readonly offer: Offer;
}

/**
 * Picks the newest build of a service, and in it what is for the daemon's platform. Nothing is opened or fetched.
 * @throws Failure (environment) when CI has nothing for the service, or only for other platforms: said before
 * anything is started, not by the container as `exec format error` (tilt#5923).
 */
export function select(builds: CiBuilds, service: ServiceName, platform: Platform): Selection {
  const build = builds.get(service)?.find(({ artifacts }) => artifacts.length > 0);
  if (build === undefined) throw nothingBuilt(builds, service);
  const offer =
    build.artifacts.find((each) => each.platform?.os === platform.os && each.platform.arch === platform.arch) ??
    build.artifacts.find((each) => each.platform === undefined);
  if (offer === undefined) throw otherPlatform(build, platform);
  return { build, offer };
}

function nothingBuilt(builds: CiBuilds, service: ServiceName): Failure {
  const names = [...builds]
    .filter(([, all]) => all.some(({ artifacts }) => artifacts.length > 0))
    .map(([name]) => name);
  const offered = names.length === 0 ? "CI has built nothing yet" : `CI offers ${[...names].sort().join(", ")}`;
  const nearest = didYouMean(service, names);
  return environmentFailure(`${service}: CI has no build of it`, {
    hint: [
      nearest === undefined ? `${offered}.` : `${offered}; ${nearest}`,
      `Let CI build ${service} (the demo's: scripts/demo), or correct its name in the profile.`,
    ].join(" "),
  });
}

function otherPlatform({ service, artifacts }: CiBuild, platform: Platform): Failure {
  const built = artifacts.flatMap((offer) => (offer.platform ? [nameOf(offer.platform)] : []));
  return environmentFailure(`${service}: CI built ${built.join(", ")}, the daemon runs ${nameOf(platform)}`, {
    hint: `let CI build ${nameOf(platform)} too, or choose a provider whose daemon runs ${built.join(" or ")}`,
  });
}

/** `linux/amd64` */
export const nameOf = (platform: Platform): string => `${platform.os}/${platform.arch}`;
