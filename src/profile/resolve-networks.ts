import { serviceName } from "../model/names.ts";
import { type Attachment, type Attachments, DEFAULT_NETWORK, type Ipam, type Network } from "../model/network.ts";
import type { Resource } from "../model/resource.ts";
import type { Volume } from "../model/volume.ts";
import { type Selection, sharedWith } from "./active.ts";
import type { ProfileData, ServiceData } from "./compose-schema.ts";
import type { AttachmentData, NetworkData, VolumeData } from "./schema-networks.ts";

/** How a service is on networks. Those of others with a link to it know it by the link's alias, too. */
export function attachmentsOf(name: string, data: ServiceData, selection: Selection): Attachments {
  const mode = data.network_mode;
  if (mode === undefined || networkNamedBy(data) !== undefined) {
    const aliases = (network: string) => linkAliases(name, network, selection);
    const joined = Object.entries(networksOf(data)).toSorted(([, a], [, b]) => (b.priority ?? 0) - (a.priority ?? 0));
    return { kind: "networks", networks: joined.map(([key, written]) => attachment(key, written, aliases(key))) };
  }
  const service = sharedWith(mode);
  if (service !== undefined) return { kind: "service", service: serviceName(service) };
  if (mode.startsWith("container:")) return { kind: "container", container: mode.slice("container:".length) };
  return { kind: mode === "host" || mode === "none" ? mode : "bridge" };
}

/** A service that names none is on the default one. */
export function networksOf(data: ServiceData): Readonly<Record<string, AttachmentData>> {
  const named = networkNamedBy(data);
  if (named !== undefined) return { [named]: {} };
  if (data.network_mode !== undefined) return {};
  return Object.keys(data.networks ?? {}).length === 0 ? { [DEFAULT_NETWORK]: {} } : (data.networks ?? {});
}

/** `network_mode` may also be a network's name on the daemon, of somebody else's. */
function networkNamedBy({ network_mode: mode }: ServiceData): string | undefined {
  if (mode === undefined || /^(none|host|bridge|default)$|^(service|container):/.test(mode)) return undefined;
  return mode;
}

const linkAliases = (name: string, network: string, { linksTo }: Selection): string[] =>
  linksTo(name).flatMap(({ alias, from }) => (alias !== name && Object.hasOwn(networksOf(from), network) ? alias : []));

/** Docker's word for the name of an interface (API 1.44 and newer). */
const INTERFACE_NAME = "com.docker.network.endpoint.ifname";

function attachment(network: string, written: AttachmentData, linked: readonly string[]): Attachment {
  const { driver_opts: driverOptions, interface_name: interfaceName, link_local_ips: linkLocalIps } = written;
  const { mac_address: macAddress, gw_priority: gatewayPriority, use_service_name_alias: serviceAlias } = written;
  const options = { ...driverOptions, ...(interfaceName !== undefined && { [INTERFACE_NAME]: interfaceName }) };
  return {
    network,
    aliases: [...new Set([...(written.aliases ?? []), ...linked])],
    ipv4: written.ipv4_address,
    ipv6: written.ipv6_address,
    ...(linkLocalIps !== undefined && { linkLocalIps }),
    ...(Object.keys(options).length > 0 && { driverOptions: options }),
    ...(macAddress !== undefined && { macAddress }),
    ...(gatewayPriority !== undefined && { gatewayPriority }),
    ...(serviceAlias !== undefined && { serviceAlias }),
  };
}

/** The networks that a service of these is on, the default one among them where one is. */
export function networksFor(cluster: string, data: ProfileData, { active }: Selection): Network[] {
  const used = new Set(active.flatMap(([, service]) => Object.keys(networksOf(service))));
  const named = active.flatMap(([, service]) => networkNamedBy(service) ?? []);
  const all: Record<string, NetworkData> = {
    ...Object.fromEntries(named.map((name) => [name, { external: { isExternal: true, name } }])),
    ...data.networks,
  };
  const keys = new Set([...Object.keys(data.networks ?? {}), ...used]);
  return [...keys].filter((key) => used.has(key)).map((key) => network(cluster, key, all[key] ?? {}));
}

function network(cluster: string, key: string, written: NetworkData): Network {
  return {
    ...resource(cluster, key, written),
    internal: written.internal ?? false,
    attachable: written.attachable ?? false,
    enableIpv6: written.enable_ipv6 ?? false,
    ...(written.enable_ipv4 !== undefined && { enableIpv4: written.enable_ipv4 }),
    ipam: written.ipam && ipam(written.ipam),
  };
}

const ipam = ({ driver, options = {}, config = [] }: NonNullable<NetworkData["ipam"]>): Ipam => ({
  driver,
  options,
  pools: config.map((pool) => ({
    subnet: pool.subnet,
    ipRange: pool.ip_range,
    gateway: pool.gateway,
    auxAddresses: pool.aux_addresses ?? {},
  })),
});

/** The named volumes that a service of these mounts. */
export function volumesFor(cluster: string, data: ProfileData, { active }: Selection): Volume[] {
  const mounts = active.flatMap(([, service]) => service.volumes ?? []);
  const used = new Set(mounts.flatMap((mount) => (mount.kind === "volume" ? (mount.source ?? []) : [])));
  const declared = Object.entries(data.volumes ?? {});
  return declared.filter(([key]) => used.has(key)).map(([key, written]) => resource(cluster, key, written));
}

/** One of somebody else is called by its key, unless it says another name. */
function resource(cluster: string, key: string, written: VolumeData): Resource {
  const { isExternal = false, name } = written.external ?? {};
  return {
    key,
    name: written.name ?? name ?? (isExternal ? key : `${cluster}_${key}`),
    external: isExternal,
    driver: written.driver,
    driverOptions: written.driver_opts ?? {},
    labels: written.labels ?? {},
  };
}
