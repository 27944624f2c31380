import { posix } from "node:path";
import { fingerprint, type Located, type LocatedMapping, mapValues, textOf, withChanged } from "./located.ts";

/** The items of both lists; one that is there already is not appended again. */
export function appendOnce(base: readonly Located[], over: readonly Located[]): readonly Located[] {
  const known = new Set(base.map(fingerprint));
  return [...base, ...over.filter((item) => !known.has(fingerprint(item)))];
}

/**
 * A profile in which no list of a service says a thing twice: of two entries for the same port, mount or key the later
 * one holds, at the place of the first, as in Compose. Also within one file.
 */
export const withUniqueItems = (tree: LocatedMapping): LocatedMapping =>
  withChanged(tree, "services", (services) => mapValues(services, uniqueInService));

const uniqueInService = (service: Located): Located =>
  mapValues(service, (value, name) => NESTED.get(name)?.(value) ?? uniqueIn(value, IDENTITIES.get(name)));

/** What tells the items of a list apart: one item may stand for several things (a range of ports), or for none. */
type Identity = (item: Located) => readonly string[];

function uniqueIn(list: Located, identity: Identity | undefined): Located {
  if (list.kind !== "list" || identity === undefined) return list;
  const kept: { item: Located; ids: readonly string[] }[] = [];
  for (const item of list.items) {
    const ids = identity(item);
    const index = kept.findIndex((earlier) => ids.length > 0 && earlier.ids.join() === ids.join());
    if (index >= 0) kept[index] = { item, ids };
    else if (!isPartOfRange(ids, kept)) kept.push({ item, ids });
  }
  return kept.length === list.items.length && kept.every(({ item }, index) => item === list.items[index])
    ? list
    : { ...list, items: kept.map(({ item }) => item) };
}

const isPartOfRange = (ids: readonly string[], kept: readonly { ids: readonly string[] }[]): boolean =>
  ids.length > 0 &&
  kept.some((earlier) => earlier.ids.length > ids.length && ids.every((id) => earlier.ids.includes(id)));

const keyOf: Identity = (item) => {
  const text = textOf(item);
  return text === undefined ? [] : [text.replace(/=.*/s, "")];
};

const plain: Identity = (item) => (item.kind === "scalar" ? [String(item.value)] : []);

const member = (item: Located, key: string): string | undefined => {
  const value = item.kind === "mapping" ? item.entries.get(key)?.value : undefined;
  return value?.kind === "scalar" && value.value !== null ? String(value.value) : undefined;
};

/** Where a volume is mounted: the second part of `source:target:mode`, or the only one. */
const mountTarget: Identity = (item) => {
  const text = textOf(item);
  const target = text === undefined ? member(item, "target") : targetOf(text);
  return target === undefined || target === "" ? [] : [posix.normalize(target).replace(/(?<=.)\/$/, "")];
};

function targetOf(short: string): string | undefined {
  // A drive letter is no part of its own.
  const [first = "", second] = short.replace(/^[A-Za-z]:(?=[\\/])/, "").split(":");
  return second ?? first;
}

const tmpfsTarget: Identity = (item) => {
  const text = textOf(item);
  return text === undefined ? [] : [text.replace(/:.*/s, "")];
};

const deviceTarget: Identity = (item) => {
  const [first, second = first] = (textOf(item) ?? member(item, "target") ?? "").split(":");
  return second ? [second] : [];
};

/** Where a secret or a config appears in the container. */
const fileTarget =
  (folder: string): Identity =>
  (item) => {
    const name = textOf(item) ?? member(item, "target") ?? member(item, "source");
    return name === undefined ? [] : [posix.resolve(folder, name)];
  };

const envFile: Identity = (item) => {
  const path = textOf(item) ?? member(item, "path");
  return path === undefined ? [] : [path];
};

const PORT = /^(?:(?:(\[[^\]]*\]|[^:[\]]*):)?([^:]*):)?([^:/]+)(?:\/(.*))?$/;

/** A published port is told by address, both ports and protocol; each port of a range is one. */
const portIds: Identity = (item) => {
  if (item.kind === "list") return [];
  const [matched, address, host, target, protocol] =
    item.kind === "scalar"
      ? (PORT.exec(String(item.value)) ?? [])
      : ["", member(item, "host_ip"), member(item, "published"), member(item, "target"), member(item, "protocol")];
  const targets = matched === undefined || target === undefined ? [] : range(target);
  const hosts = host ? range(host) : targets.map(() => "");
  // A range of the host for one port of the container lets the daemon choose.
  const published = hosts.length === targets.length ? hosts : targets.map(() => host);
  const where = (address ?? "").replace(/^\[|\]$/g, "") || "0.0.0.0";
  return targets.map((port, index) => `${where}:${published[index]}:${port}/${protocol || "tcp"}`);
};

const LONGEST_RANGE = 1000;

function range(ports: string): readonly string[] {
  const [, from = "", to = from] = /^([0-9]+)(?:-([0-9]+))?$/.exec(ports) ?? [];
  const count = Number(to) - Number(from) + 1;
  return from !== "" && count > 1 && count <= LONGEST_RANGE
    ? Array.from({ length: count }, (_, index) => String(Number(from) + index))
    : [ports];
}

const KEYS = ["annotations", "environment", "labels", "sysctls"];
const WORDS = ["cap_add", "cap_drop", "dns", "dns_opt", "dns_search", "expose", "links", "profiles"];

const IDENTITIES: ReadonlyMap<string, Identity> = new Map([
  ...KEYS.map((key) => [key, keyOf] as const),
  ...WORDS.map((key) => [key, plain] as const),
  ["configs", fileTarget("/")],
  ["devices", deviceTarget],
  ["env_file", envFile],
  ["ports", portIds],
  ["secrets", fileTarget("/run/secrets")],
  ["tmpfs", tmpfsTarget],
  ["volumes", mountTarget],
]);

/** Mappings of a service with such lists in them. */
const NESTED: ReadonlyMap<string, (value: Located) => Located> = new Map([
  ["build", (value) => uniqueUnder(value, { args: keyOf, labels: keyOf, additional_contexts: keyOf, tags: plain })],
  ["deploy", (value) => uniqueUnder(value, { labels: keyOf })],
  [
    "networks",
    (value) => mapValues(value, (network) => uniqueUnder(network, { aliases: plain, link_local_ips: plain })),
  ],
]);

const uniqueUnder = (value: Located, identities: Readonly<Record<string, Identity>>): Located =>
  mapValues(value, (inner, name) => uniqueIn(inner, Object.hasOwn(identities, name) ? identities[name] : undefined));
