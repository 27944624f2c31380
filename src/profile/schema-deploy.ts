import * as z from "zod";
import { type Parsed, wrong } from "./parsed.ts";
import {
  bytes,
  count,
  countOrUnlimited,
  decimal,
  filledTextMap,
  mapping,
  maybe,
  oneOf,
  parsing,
  texts,
} from "./schema-parts.ts";

/** `all`, or how many. */
const deviceCount = z.union([z.string(), z.number()]).transform(
  parsing((given: string | number): Parsed<number> => {
    if (String(given).toLowerCase() === "all") return { value: -1 };
    return /^[0-9]{1,9}$/.test(String(given))
      ? { value: Number(given) }
      : wrong(`${given || "nothing"} is neither a whole number nor all`);
  }),
);

const deviceKeys = {
  driver: maybe(z.string()),
  count: maybe(deviceCount, "How many, or all; all by default"),
  device_ids: maybe(texts),
  options: maybe(filledTextMap),
};

/** Devices that a driver of the daemon gives: GPUs above all. */
const deviceRequest = mapping({ capabilities: texts, ...deviceKeys }).superRefine(
  oneOf(["count", "device_ids"], false),
);

const gpu = mapping({ capabilities: maybe(texts), ...deviceKeys }).superRefine(oneOf(["count", "device_ids"], false));

/** `all`, or which. */
export const gpus = z.union([z.literal("all").transform((): z.output<typeof gpu>[] => [{}]), z.array(gpu)]);

/** `restart_policy.condition`, in the words of `restart`. */
export const RESTART_OF_CONDITION = {
  none: "no",
  no: "no",
  "on-failure": "on-failure",
  "unless-stopped": "unless-stopped",
  any: "always",
  always: "always",
} as const;

const written = mapping({
  mode: maybe(z.enum(["replicated", "global"]), "Without effect: there is one machine"),
  replicas: maybe(count, "How many containers; 1 by default"),
  labels: maybe(filledTextMap, "Without effect, as in Compose: they are a Swarm service's"),
  resources: maybe(
    mapping({
      limits: maybe(
        mapping({
          cpus: maybe(decimal),
          memory: maybe(bytes),
          pids: maybe(countOrUnlimited),
        }),
      ),
      reservations: maybe(mapping({ memory: maybe(bytes), devices: maybe(z.array(deviceRequest)) })),
    }),
  ),
  restart_policy: maybe(
    mapping({
      condition: maybe(z.enum(Object.keys(RESTART_OF_CONDITION) as (keyof typeof RESTART_OF_CONDITION)[])),
      max_attempts: maybe(count),
    }),
    "Where the service has no restart",
  ),
});

/** `deploy:`, as far as it says something to a single daemon. */
export const deploy = z.union([z.null().transform((): z.output<typeof written> => ({})), written]);
