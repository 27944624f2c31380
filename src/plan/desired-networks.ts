import { LABEL } from "../model/container.ts";
import { DEFAULT_NETWORK, type Network, plainNetwork } from "../model/network.ts";
import type { Profile } from "../model/profile.ts";
import { canonical } from "./canonical.ts";
import { networkNameOf } from "./names.ts";

/** A network of the cluster, with all labels that it shall have. */
export interface DesiredNetwork {
  readonly network: Network;
  readonly labels: Readonly<Record<string, string>>;
  /** Of its definition; also one of the labels. */
  readonly hash: string;
}

/** The cluster's own networks; the default one is there for whoever is on it, though the profile may not describe it. */
export function desiredNetworks(
  profile: Profile,
  clusterLabels: Readonly<Record<string, string>>,
  hash: (text: string) => string,
): DesiredNetwork[] {
  const isDescribed = profile.networks.some(({ key }) => key === DEFAULT_NETWORK);
  const isUsed = profile.services.some(
    ({ attachments: on }) => on.kind === "networks" && on.networks.some(({ network }) => network === DEFAULT_NETWORK),
  );
  const all =
    isUsed && !isDescribed
      ? [...profile.networks, plainNetwork(DEFAULT_NETWORK, networkNameOf(profile.name, DEFAULT_NETWORK))]
      : profile.networks;
  return all
    .filter(({ external }) => !external)
    .map((network) => {
      const { key: _, ...definition } = network;
      const digest = hash(canonical(definition));
      return { network, labels: { ...network.labels, ...clusterLabels, [LABEL.hash]: digest }, hash: digest };
    });
}
