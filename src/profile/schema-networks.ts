import * as z from "zod";
import { filledTextMap, flag, mapping, maybe, maybeText, name, options, record, texts, whole } from "./schema-parts.ts";

const PRIORITY = 2 ** 31 - 1;

const attachment = mapping({
  aliases: maybe(texts, "Further names of the service on this network"),
  ipv4_address: maybe(maybeText),
  ipv6_address: maybe(maybeText),
  link_local_ips: maybe(texts),
  mac_address: maybe(maybeText),
  driver_opts: maybe(options),
  interface_name: maybe(maybeText),
  priority: maybe(whole(-PRIORITY, PRIORITY), "Networks are joined in the order of this, the highest first"),
  gw_priority: maybe(whole(-PRIORITY, PRIORITY)),
  use_service_name_alias: maybe(flag),
});

/** `networks:` of a service: a list of names, or what it has on each. */
export const attachments = z.union([
  texts.transform((names) => Object.fromEntries(names.map((each) => [each, {}])) as Record<string, AttachmentData>),
  record(z.union([z.null().transform((): AttachmentData => ({})), attachment])),
]);

export type AttachmentData = z.output<typeof attachment>;

/** `external: true`, or the older `external: { name: … }`. */
export const external = z.union([
  flag.transform((isExternal) => ({ isExternal, name: undefined })),
  mapping({ name: maybe(maybeText) }).transform(({ name: own }) => ({ isExternal: true, name: own })),
]);

const pool = mapping({
  subnet: maybe(maybeText),
  ip_range: maybe(maybeText),
  gateway: maybe(maybeText),
  aux_addresses: maybe(record(z.string())),
});

const network = mapping({
  name: maybe(maybeText, "Its name on the daemon; <cluster>_<key> by default"),
  external: maybe(external, "Made by somebody else: it must be there, and is left as it is"),
  driver: maybe(maybeText),
  driver_opts: maybe(options),
  labels: maybe(filledTextMap),
  internal: maybe(flag, "Without a way out"),
  attachable: maybe(flag),
  enable_ipv4: maybe(flag),
  enable_ipv6: maybe(flag),
  ipam: maybe(
    mapping({
      driver: maybe(maybeText),
      config: maybe(z.array(pool)),
      options: maybe(record(z.string())),
    }),
  ),
});

const volume = mapping({
  name: maybe(maybeText, "Its name on the daemon; <cluster>_<key> by default"),
  external: maybe(external, "Made by somebody else: it must be there, and is left as it is"),
  driver: maybe(maybeText),
  driver_opts: maybe(options),
  labels: maybe(filledTextMap),
});

/** `networks:` and `volumes:` at the top. */
export const networks = record(z.union([z.null().transform((): NetworkData => ({})), network]), name("a network"));
export const volumes = record(z.union([z.null().transform((): VolumeData => ({})), volume]), name("a volume"));

export type NetworkData = z.output<typeof network>;
export type VolumeData = z.output<typeof volume>;
