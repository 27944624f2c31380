import {
  type Entry,
  isNull,
  type Located,
  type LocatedMapping,
  type Path,
  scalarAt,
  textOf,
  withEntry,
} from "./located.ts";
import { appendOnce } from "./merge-unique.ts";

/** What a rule merges the parts of its values with. */
export interface Combine {
  readonly mappings: (base: LocatedMapping, over: LocatedMapping, path: Path) => LocatedMapping;
  /** As if there were no rule. */
  readonly plainly: (base: Located, over: Located, path: Path) => Located;
}

/** Merges two values; undefined when they are not of the shapes that the rule is about. */
export type Rule = (base: Located, over: Located, path: Path, combine: Combine) => Located | undefined;

/** The rule for a place of a profile, undefined where the general one holds. */
export function ruleAt(path: Path): Rule | undefined {
  if (path[0] === "x-devenv") return TOP.get(path.join("."));
  if (path.length < 3) return undefined;
  const [section, , ...rest] = path;
  const found = RULES.get(`${section}.${rest.join(".")}`);
  return found ?? RULES.get(`${section}.${[...rest.slice(0, -1), "*"].join(".")}`);
}

const replace: Rule = (_base, over) => over;

/**
 * `KEY=value` lists and mappings, whichever of them each is: the result is a mapping. A key without a value goes over one
 * that has one, as it means the value of the environment.
 */
const byKey: Rule = (base, over) => {
  const [under, above] = [keyed(base), keyed(over)];
  return under && above && { ...under, entries: new Map([...under.entries, ...above.entries]) };
};

/** A list, or what one item of it is: all items of both. A mapping is a list of `key=value`. */
const inSequence: Rule = (base, over) => {
  const [under, above] = [sequence(base), sequence(over)];
  return under && above && { kind: "list", place: base.place, items: appendOnce(under, above) };
};

/** Names in a list, or as the keys of a mapping that says more of each: the result is a mapping. */
const byName =
  (defaults: Readonly<Record<string, string>>): Rule =>
  (base, over, path, combine) => {
    const [under, above] = [named(base, defaults), named(over, defaults)];
    return under && above && combine.mappings(under, above, path);
  };

/** A text is the folder of the build. */
const build: Rule = (base, over, path, combine) => {
  const [under, above] = [contextOf(base), contextOf(over)];
  return under && above && combine.mappings(under, above, path);
};

/** The options of another driver are no use. */
const logging: Rule = (base, over, path, combine) => {
  if (base.kind !== "mapping" || over.kind !== "mapping") return undefined;
  const [under, above] = [base, over].map((value) => textOf(value.entries.get("driver")?.value));
  return under === undefined || above === undefined || under === above ? combine.mappings(base, over, path) : over;
};

/** One number for both limits, or a mapping. */
const ulimit: Rule = (base, over, path, combine) =>
  base.kind === "mapping" && over.kind === "mapping" ? combine.mappings(base, over, path) : over;

/** Address pools are told apart by their subnet. */
const pools: Rule = (base, over, path, combine) => {
  if (base.kind !== "list" || over.kind !== "list") return undefined;
  const items = [...base.items];
  for (const pool of over.items) {
    const subnet = subnetOf(pool);
    const index = items.findIndex((item) => subnet !== undefined && subnetOf(item) === subnet);
    const below = items[index];
    if (below?.kind === "mapping" && pool.kind === "mapping") items[index] = combine.mappings(below, pool, path);
    else items.push(pool);
  }
  return { ...base, items };
};

const subnetOf = (pool: Located) => (pool.kind === "mapping" ? textOf(pool.entries.get("subnet")?.value) : undefined);

/** A probe is of one kind: one of another kind takes the place of the first, and the rest of it stays. */
const ready: Rule = (base, over, path, combine) => {
  if (base.kind !== "mapping" || over.kind !== "mapping") return undefined;
  const kinds = ["http", "tcp", "exec", "log"];
  if (!kinds.some((kind) => over.entries.has(kind))) return undefined;
  // These ask no port.
  const gone = over.entries.has("exec") || over.entries.has("log") ? [...kinds, "port"] : kinds;
  const without = gone.reduce((rest, key) => withEntry(rest, key, undefined), base);
  return combine.mappings(without, over, path);
};

/** Of a repository that is there twice the later entry holds. */
const repositories: Rule = (base, over) => {
  if (base.kind !== "list" || over.kind !== "list") return undefined;
  const pathOf = (item: Located) => (item.kind === "mapping" ? textOf(item.entries.get("path")?.value) : undefined);
  const later = new Set(over.items.map(pathOf));
  return { ...base, items: [...base.items.filter((item) => !later.has(pathOf(item))), ...over.items] };
};

const KEYED = ["annotations", "build.args", "build.additional_contexts", "build.labels", "environment", "labels"];
const SEQUENCES = [
  "build.extra_hosts",
  "dns",
  "dns_opt",
  "dns_search",
  "env_file",
  "extra_hosts",
  "label_file",
  "tmpfs",
];

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ...[...KEYED, "sysctls", "deploy.labels"].map((key) => [`services.${key}`, byKey] as const),
  ...SEQUENCES.map((key) => [`services.${key}`, inSequence] as const),
  ["services.command", replace],
  ["services.entrypoint", replace],
  ["services.healthcheck.test", replace],
  ["services.build", build],
  ["services.depends_on", byName({ condition: "service_started" })],
  ["services.networks", byName({})],
  ["services.models", byName({})],
  ["services.logging", logging],
  ["services.ulimits.*", ulimit],
  // Ours: each of these is one choice, in one of several shapes.
  ["services.x-devenv.mode", replace],
  ["services.x-devenv.build", replace],
  ["services.x-devenv.restart", replace],
  ["services.x-devenv.before_build", replace],
  ["services.x-devenv.after_swap", replace],
  ["services.x-devenv.ready", ready],
  ["networks.ipam.config", pools],
  ...["networks", "volumes", "secrets", "configs"].map((section) => [`${section}.labels`, byKey] as const),
]);

const TOP: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ["x-devenv.secrets", replace],
  ["x-devenv.repos", repositories],
]);

const empty = (value: Located): LocatedMapping => ({ kind: "mapping", place: value.place, entries: new Map() });

function keyed(value: Located): LocatedMapping | undefined {
  if (value.kind === "mapping") return value;
  if (isNull(value)) return empty(value);
  const entries = new Map<string, Entry>();
  for (const item of value.kind === "list" ? value.items : [value]) {
    const text = textOf(item);
    if (text === undefined) return undefined;
    const equals = text.indexOf("=");
    const key = equals < 0 ? text : text.slice(0, equals);
    const given = { ...scalarAt(item, equals < 0 ? null : text.slice(equals + 1)), ...markOf(item) };
    entries.set(key, { key: item.place, value: given });
  }
  return { ...empty(value), entries };
}

const markOf = ({ mark }: Located) => (mark === undefined ? {} : { mark });

function sequence(value: Located): readonly Located[] | undefined {
  if (value.kind === "list") return value.items;
  if (value.kind === "scalar") return isNull(value) ? [] : [value];
  const items = Array.from(value.entries, ([key, { value: given }]) => {
    if (given.kind === "list") return given.items.map((item) => pairOf(key, item));
    return [pairOf(key, given)];
  }).flat();
  return items.every((item) => item !== undefined) ? items : undefined;
}

function pairOf(key: string, value: Located): Located | undefined {
  if (value.kind !== "scalar") return undefined;
  return { ...scalarAt(value, value.value === null ? key : `${key}=${value.value}`), ...markOf(value) };
}

function named(value: Located, defaults: Readonly<Record<string, string>>): LocatedMapping | undefined {
  if (value.kind === "mapping") return value;
  if (isNull(value)) return empty(value);
  const entries = new Map<string, Entry>();
  for (const item of value.kind === "list" ? value.items : [value]) {
    const name = textOf(item);
    if (name === undefined) return undefined;
    const details = Object.entries(defaults);
    const more = new Map(details.map(([key, text]) => [key, { key: item.place, value: scalarAt(item, text) }]));
    entries.set(name, {
      key: item.place,
      value: more.size > 0 ? { ...empty(item), entries: more } : scalarAt(item, null),
    });
  }
  return { ...empty(value), entries };
}

function contextOf(value: Located): LocatedMapping | undefined {
  if (value.kind === "mapping") return value;
  if (isNull(value)) return empty(value);
  if (textOf(value) === undefined) return undefined;
  return { ...empty(value), entries: new Map([["context", { key: value.place, value }]]) };
}
