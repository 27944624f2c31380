import * as z from "zod";
import { extraHosts, parseExtraHost } from "./host-syntax.ts";
import {
  bytes,
  closedMapping,
  count,
  filledTextMap,
  flag,
  mapping,
  maybe,
  maybeText,
  oneOf,
  parsing,
  record,
  text,
  textMap,
  texts,
  whole,
} from "./schema-parts.ts";

/** `name:address` in a list, or `name: address` (or several) in a mapping; as Docker takes them. */
export const hosts = z.union([
  z.array(z.string().transform(parsing(parseExtraHost))).transform((entries): readonly string[] => entries.flat()),
  record(z.union([z.string(), texts])).transform(
    parsing((given: Record<string, string | string[]>) => {
      const entries = Object.entries(given).map(([name, addresses]) => extraHosts(name, [addresses].flat()));
      const wrong = entries.find((entry) => "problem" in entry);
      return wrong ?? { value: entries.flatMap((entry) => ("value" in entry ? entry.value : [])) };
    }),
  ),
]);

/** `nofile: 1024` or `nofile: { soft: 1024, hard: 2048 }`; -1 is without limit. */
const limit = z.union([z.number(), z.string()]).transform(
  parsing((given: number | string) => {
    const isLimit = /^(-1|[0-9]{1,15})$/.test(String(given));
    return isLimit ? { value: Number(given) } : { problem: `${given || "nothing"} is neither a whole number nor -1` };
  }),
);

export const ulimits = record(
  z.union([limit.transform((both) => ({ soft: both, hard: both })), mapping({ soft: limit, hard: limit })]),
).transform((given) => Object.entries(given).map(([name, { soft, hard }]) => ({ name, soft, hard })));

const deviceRate = (rate: z.ZodType<number>) => z.array(closedMapping({ path: text, rate }));
const bps = deviceRate(bytes);
const iops = deviceRate(count);
const weight = whole(0, 1000);

export const blockIo = closedMapping({
  weight: maybe(weight),
  weight_device: maybe(z.array(closedMapping({ path: text, weight }))),
  device_read_bps: maybe(bps),
  device_write_bps: maybe(bps),
  device_read_iops: maybe(iops),
  device_write_iops: maybe(iops),
});

const written = mapping({
  context: maybe(maybeText, "Partly: a folder, relative to the profile's; . by default; no address"),
  dockerfile: maybe(maybeText, "Relative to the context; Dockerfile by default"),
  dockerfile_inline: maybe(maybeText, "The Dockerfile's own text"),
  target: maybe(maybeText, "The stage of the Dockerfile that is built"),
  args: maybe(textMap, "Values of the Dockerfile's ARGs; one without a value takes it from the environment"),
  labels: maybe(filledTextMap, "Labels of the image"),
  network: maybe(maybeText, "The network of RUN: host, none, or a network's name"),
  extra_hosts: maybe(hosts),
  shm_size: maybe(bytes),
  ulimits: maybe(ulimits),
  platforms: maybe(
    z.array(z.string()).max(1, "names several platforms; the daemon builds for one"),
    "Partly: one entry; several need BuildKit",
  ),
  tags: maybe(texts, "Further names of the image"),
  no_cache: maybe(flag),
  pull: maybe(flag, "Ask the registry for newer base images"),
  cache_from: maybe(texts, "Partly: images whose layers may be used; type=… entries need BuildKit"),
}).superRefine(oneOf(["dockerfile", "dockerfile_inline"], false));

/** `build:`, the making of an image by the daemon's classic builder; a text is the folder. */
export const imageBuild = z.union([maybeText.transform((context): z.output<typeof written> => ({ context })), written]);
