import type { EndpointSettings } from "dockerode";
import type { ContainerNetwork, NetworkEndpoint } from "../model/container.ts";
import type { Network } from "../model/network.ts";

/** `HostConfig.NetworkMode`: the first network, or how to do without one. */
export function networkMode(network: ContainerNetwork): string {
  switch (network.kind) {
    case "networks":
      return network.endpoints[0]?.network ?? "none";
    case "container":
      return `container:${network.container}`;
    default:
      return network.kind;
  }
}

/**
 * A container's place on one network.
 * @param macAddress the container's own, which belongs to the first of its networks
 */
export function endpointBody(endpoint: NetworkEndpoint, macAddress?: string): EndpointSettings {
  const { aliases, ipv4, ipv6, linkLocalIps, driverOptions, gatewayPriority } = endpoint;
  const mac = endpoint.macAddress ?? macAddress;
  const addresses = {
    ...(ipv4 !== undefined && { IPv4Address: ipv4 }),
    ...(ipv6 !== undefined && { IPv6Address: ipv6 }),
    ...(linkLocalIps !== undefined && { LinkLocalIPs: [...linkLocalIps] }),
  };
  return {
    Aliases: [...aliases],
    ...(Object.keys(addresses).length > 0 && { IPAMConfig: addresses }),
    ...(driverOptions !== undefined && { DriverOpts: { ...driverOptions } }),
    ...(mac !== undefined && { MacAddress: mac }),
    ...(gatewayPriority !== undefined && { GwPriority: gatewayPriority }),
  } as EndpointSettings;
}

/** A network as the body of `POST /networks/create`. */
export function networkBody(name: string, network: Network, labels: Readonly<Record<string, string>>) {
  const { driver, driverOptions, internal, attachable, enableIpv4, enableIpv6, ipam } = network;
  return {
    Name: name,
    // Before API 1.44 two networks may have one name unless asked not to.
    CheckDuplicate: true,
    Driver: driver ?? "bridge",
    Options: { ...driverOptions },
    Internal: internal,
    Attachable: attachable,
    EnableIPv6: enableIpv6,
    ...(enableIpv4 !== undefined && { EnableIPv4: enableIpv4 }),
    Labels: { ...labels },
    ...(ipam && { IPAM: ipamBody(ipam) }),
  };
}

const ipamBody = ({ driver, options, pools }: NonNullable<Network["ipam"]>) => ({
  Driver: driver ?? "default",
  Options: { ...options },
  Config: pools.map(({ subnet, ipRange, gateway, auxAddresses }) => ({
    ...(subnet !== undefined && { Subnet: subnet }),
    ...(ipRange !== undefined && { IPRange: ipRange }),
    ...(gateway !== undefined && { Gateway: gateway }),
    ...(Object.keys(auxAddresses).length > 0 && { AuxiliaryAddresses: { ...auxAddresses } }),
  })),
});
