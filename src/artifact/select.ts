import type { Platform, Release } from "../model/artifact.ts";
import { environmentFailure, type Failure } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import { didYouMean } from "../model/nearest.ts";
import type { ContentOffer, Offer, ServiceOffers } from "./source.ts";

/** What CI offers for one service on one platform: the release, and where its content is to be had. */
export interface Selection {
  readonly release: Release;
  readonly artifact: Offer;
  readonly config: ContentOffer | undefined;
}

/**
 * Picks a service's artifact for the daemon's platform out of what the source offers. Nothing is opened or fetched.
 * @throws Failure (environment) when CI has nothing for the service, or only for other platforms: said before
 * anything is started, not by the container as `exec format error` (tilt#5923).
 */
export function select(
  offers: ReadonlyMap<ServiceName, ServiceOffers>,
  service: ServiceName,
  platform: Platform,
): Selection {
  const offered = offers.get(service);
  if (offered === undefined || offered.artifacts.length === 0) throw nothingBuilt(offers, service);
  const artifact =
    offered.artifacts.find((offer) => offer.platform?.os === platform.os && offer.platform.arch === platform.arch) ??
    offered.artifacts.find((offer) => offer.platform === undefined);
  if (artifact === undefined) throw otherPlatform(offered, platform);
  const { config } = offered;
  return { release: { artifact: artifact.artifact, config: config?.digest }, artifact, config };
}

function nothingBuilt(offers: ReadonlyMap<ServiceName, ServiceOffers>, service: ServiceName): Failure {
  const names = [...offers.values()].filter((offer) => offer.artifacts.length > 0).map((offer) => offer.service);
  const offered = names.length === 0 ? "CI has built nothing yet" : `CI offers ${[...names].sort().join(", ")}`;
  const nearest = didYouMean(service, names);
  return environmentFailure(`${service}: CI has no build of it`, {
    hint: [
      nearest === undefined ? `${offered}.` : `${offered}; ${nearest}`,
      `Let CI build ${service} (the demo's: scripts/demo), or correct its name in the profile.`,
    ].join(" "),
  });
}

function otherPlatform(offered: ServiceOffers, platform: Platform): Failure {
  const built = offered.artifacts.flatMap((offer) => (offer.platform ? [nameOf(offer.platform)] : []));
  return environmentFailure(`${offered.service}: CI built ${built.join(", ")}, the daemon runs ${nameOf(platform)}`, {
    hint: `let CI build ${nameOf(platform)} too, or choose a provider whose daemon runs ${built.join(" or ")}`,
  });
}

/** `linux/amd64` */
export const nameOf = (platform: Platform): string => `${platform.os}/${platform.arch}`;
