import * as z from "zod";
import { extraHosts, parseExtraHost } from "./host-syntax.ts";
import {
  bytes,
  closedMapping,
  count,
  filledTextMap,
  flag,
  mapping,
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
  weight: weight.optional(),
  weight_device: z.array(closedMapping({ path: text, weight })).optional(),
  device_read_bps: bps.optional(),
  device_write_bps: bps.optional(),
  device_read_iops: iops.optional(),
  device_write_iops: iops.optional(),
});

const written = mapping({
  context: maybeText.optional().describe("The folder, relative to the profile's; . by default"),
  dockerfile: maybeText.optional().describe("Relative to the context; Dockerfile by default"),
  dockerfile_inline: maybeText.optional().describe("The Dockerfile's own text"),
  target: maybeText.optional().describe("The stage of the Dockerfile that is built"),
  args: textMap
    .optional()
    .describe("Values of the Dockerfile's ARGs; one without a value takes it from the environment"),
  labels: filledTextMap.optional().describe("Labels of the image"),
  network: maybeText.optional().describe("The network of RUN: host, none, or a network's name"),
  extra_hosts: hosts.optional(),
  shm_size: bytes.optional(),
  ulimits: ulimits.optional(),
  platforms: z
    .array(z.string())
    .max(1, "names several platforms; the daemon builds for one")
    .optional()
    .describe("One entry; several need BuildKit"),
  tags: texts.optional().describe("Further names of the image"),
  no_cache: flag.optional(),
  pull: flag.optional().describe("Ask the registry for newer base images"),
  cache_from: texts.optional().describe("Images whose layers may be used; no type=… entries, which need BuildKit"),
}).superRefine(oneOf(["dockerfile", "dockerfile_inline"], false));

/** `build:`, the making of an image by the daemon's classic builder; a text is the folder. */
export const imageBuild = z.union([maybeText.transform((context): z.output<typeof written> => ({ context })), written]);
