import * as z from "zod";
import { filledTextMap, flag, mapping, maybeText, name, options, record, texts, whole } from "./schema-parts.ts";

const PRIORITY = 2 ** 31 - 1;

const attachment = mapping({
  aliases: texts.optional().describe("Further names of the service on this network"),
  ipv4_address: maybeText.optional(),
  ipv6_address: maybeText.optional(),
  link_local_ips: texts.optional(),
  mac_address: maybeText.optional(),
  driver_opts: options.optional(),
  interface_name: maybeText.optional(),
  priority: whole(-PRIORITY, PRIORITY)
    .optional()
    .describe("Networks are joined in the order of this, the highest first"),
  gw_priority: whole(-PRIORITY, PRIORITY).optional(),
  use_service_name_alias: flag.optional(),
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
  mapping({ name: maybeText.optional() }).transform(({ name: own }) => ({ isExternal: true, name: own })),
]);

const pool = mapping({
  subnet: maybeText.optional(),
  ip_range: maybeText.optional(),
  gateway: maybeText.optional(),
  aux_addresses: record(z.string()).optional(),
});

const network = mapping({
  name: maybeText.optional().describe("Its name on the daemon; <cluster>_<key> by default"),
  external: external.optional().describe("Made by somebody else: it must be there, and is left as it is"),
  driver: maybeText.optional(),
  driver_opts: options.optional(),
  labels: filledTextMap.optional(),
  internal: flag.optional().describe("Without a way out"),
  attachable: flag.optional(),
  enable_ipv4: flag.optional(),
  enable_ipv6: flag.optional(),
  ipam: mapping({
    driver: maybeText.optional(),
    config: z.array(pool).optional(),
    options: record(z.string()).optional(),
  }).optional(),
});

const volume = mapping({
  name: maybeText.optional().describe("Its name on the daemon; <cluster>_<key> by default"),
  external: external.optional().describe("Made by somebody else: it must be there, and is left as it is"),
  driver: maybeText.optional(),
  driver_opts: options.optional(),
  labels: filledTextMap.optional(),
});

const empty = z.null().transform(() => ({}));

/** `networks:` and `volumes:` at the top. */
export const networks = record(z.union([empty, network]), name("a network"));
export const volumes = record(z.union([empty, volume]), name("a volume"));

export type NetworkData = z.output<typeof network>;
export type VolumeData = z.output<typeof volume>;
