import type { ContainerSpec, NetworkEndpoint } from "../model/container.ts";
import { environmentFailure } from "../model/failure.ts";
import type { Network } from "../model/network.ts";

/** A setting that an older daemon would ignore without a word. `api` is the minor version that brought it. */
interface Need {
  readonly what: string;
  readonly api: number;
}

/** What a container needs of the API beyond Docker 20.10, where to go without it would make it another container. */
export function needsOf({ mounts, network, settings }: ContainerSpec): Need[] {
  const endpoints = network.kind === "networks" ? network.endpoints : [];
  return [
    ...mounts.flatMap((mount) =>
      mount.kind === "volume" && mount.subpath !== undefined ? [{ what: "`subpath` of a volume", api: 45 }] : [],
    ),
    ...(settings.annotations === undefined ? [] : [{ what: "`annotations`", api: 43 }]),
    ...endpoints.flatMap(needsOfEndpoint),
  ];
}

export function needsOfEndpoint({ macAddress, gatewayPriority }: NetworkEndpoint): Need[] {
  return [
    ...(macAddress === undefined ? [] : [{ what: "`mac_address` of one network", api: 44 }]),
    ...(gatewayPriority === undefined ? [] : [{ what: "`gw_priority`", api: 48 }]),
  ];
}

export const needsOfNetwork = ({ enableIpv4 }: Network): Need[] =>
  enableIpv4 === undefined ? [] : [{ what: "`enable_ipv4`", api: 47 }];

/**
 * @param version of the API that is spoken: `v1.41`
 * @throws Failure (environment) that names the first setting which that API does not have.
 */
export function expectApi(needs: readonly Need[], version: string): void {
  const spoken = Number(version.split(".")[1]);
  const unmet = needs.find(({ api }) => api > spoken);
  if (unmet === undefined) return;
  throw environmentFailure(
    `${unmet.what} needs Docker API 1.${unmet.api}, and 1.${spoken} is spoken with this daemon`,
    {
      hint: "Update Docker, or leave that key out of the profile.",
    },
  );
}
