import * as z from "zod";
import type { Parsed } from "./parsed.ts";
import { external } from "./schema-networks.ts";
import {
  bytes,
  count,
  fileMode,
  flag,
  mapping,
  maybe,
  maybeText,
  name,
  oneOf,
  parsing,
  record,
  text,
} from "./schema-parts.ts";
import { mountTarget, PROPAGATIONS, parseTmpfs, parseVolume, type WrittenMount } from "./volume-syntax.ts";

const place = {
  target: z.string().transform(parsing(mountTarget)),
  read_only: maybe(flag),
  consistency: maybe(z.string(), "Without effect: only Docker Desktop of old heeded it"),
};

const bind = mapping({
  type: z.literal("bind"),
  source: text,
  ...place,
  bind: maybe(
    mapping({
      create_host_path: maybe(flag, "Make the folder where it is missing; true by default"),
      propagation: maybe(z.enum(PROPAGATIONS)),
      selinux: maybe(z.enum(["z", "Z"])),
      recursive: maybe(z.enum(["enabled", "disabled"]), "Partly: enabled or disabled"),
    }),
  ),
}).transform(
  ({ source, target, read_only = false, bind: own = {} }): WrittenMount => ({
    kind: "bind",
    source,
    target,
    readOnly: read_only,
    createHostPath: own.create_host_path ?? true,
    ...(own.propagation !== undefined && { propagation: own.propagation }),
    ...(own.selinux !== undefined && { selinux: own.selinux }),
    ...(own.recursive === "disabled" && { nonRecursive: true }),
  }),
);

const named = mapping({
  type: z.literal("volume"),
  source: maybe(maybeText),
  ...place,
  volume: maybe(mapping({ nocopy: maybe(flag), subpath: maybe(maybeText) })),
}).transform(
  ({ source, target, read_only = false, volume: own = {} }): WrittenMount => ({
    kind: "volume",
    source,
    target,
    readOnly: read_only,
    ...(own.nocopy && { noCopy: true }),
    ...(own.subpath !== undefined && { subpath: own.subpath }),
  }),
);

const inMemory = mapping({
  type: z.literal("tmpfs"),
  ...place,
  tmpfs: maybe(mapping({ size: maybe(bytes), mode: maybe(fileMode) })),
}).transform(
  ({ target, read_only = false, tmpfs: own = {} }): WrittenMount => ({
    kind: "tmpfs",
    target,
    readOnly: read_only,
    ...(own.size !== undefined && { sizeBytes: own.size }),
    ...(own.mode !== undefined && { mode: own.mode }),
  }),
);

const KINDS = ["bind", "volume", "tmpfs"];

/** One `type` at a time, so that a mistake is told of the one that was meant. */
const longMount = z.preprocess(
  (given, context) => {
    const type = typeof given === "object" && given !== null ? (given as { type?: unknown }).type : KINDS[0];
    if (typeof type === "string" && KINDS.includes(type)) return given;
    const message =
      type === undefined ? "needs a type: bind, volume or tmpfs" : `must be bind, volume or tmpfs, and is ${type}`;
    context.addIssue({ code: "custom", message, path: type === undefined ? [] : ["type"] });
    return z.NEVER;
  },
  z.union([bind, named, inMemory]),
);

/** An entry of a service's `volumes:`; gives the mount, its source still as it was written. */
export const mount = z.union([z.string().transform(parsing(parseVolume)), longMount]);

const tmpfsMount = z.string().transform(parsing(parseTmpfs));
export const tmpfs = z.union([
  z.string().transform(
    parsing((single: string): Parsed<(readonly [path: string, options: string])[]> => {
      if (single === "") return { value: [] };
      const parsed = parseTmpfs(single);
      return "value" in parsed ? { value: [parsed.value] } : parsed;
    }),
  ),
  z.array(tmpfsMount),
]);

const longUse = mapping({
  source: text.describe("Its key at the top"),
  target: maybe(maybeText, "A path; /run/secrets/<source> for a secret, /<source> for a config"),
  uid: maybe(count),
  gid: maybe(count),
  mode: maybe(fileMode, "Permission bits; 0444 by default"),
});

export type FileUse = z.output<typeof longUse>;

/** An entry of a service's `secrets:` or `configs:`; a text is its key at the top. */
export const fileUse = z.union([text.transform((source): FileUse => ({ source })), longUse]);

const sources = {
  name: maybe(maybeText, "Of an external one: its key in the secret source"),
  file: maybe(maybeText),
  environment: maybe(maybeText, "The variable that holds it"),
  external: maybe(external, "A key of x-devenv.secrets"),
};

/** `secrets:` and `configs:` at the top. */
export const secrets = record(mapping(sources).superRefine(oneOf(["file", "environment"], false)), name("a secret"));
export const configs = record(
  mapping({ ...sources, content: maybe(z.string()) }).superRefine(oneOf(["file", "environment", "content"], false)),
  name("a config"),
);

export type FileData = z.output<typeof configs>[string];
