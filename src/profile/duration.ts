import { type Parsed, wrong } from "./parsed.ts";

const MILLISECONDS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** A duration as Go and Compose write it. Also the pattern in the JSON Schema. */
export const DURATION = /^(0|([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h|d|w))+)$/;
const PART = /([0-9]+(?:\.[0-9]*)?)(ns|us|µs|ms|s|m|h|d|w)/g;

/** Takes `1m30s`, `500ms`, `1.5h` or `0`; gives milliseconds. Days and weeks are Compose's, not Go's. */
export function parseDuration(text: string): Parsed<number> {
  if (/^[0-9.]+$/.test(text) && text !== "0") return durationWithoutUnit(text);
  if (!DURATION.test(text)) return wrong(`${text || "nothing"} is not a duration`, "write 10s, 500ms or 1m30s");
  let total = 0;
  for (const [, amount, unit] of text.matchAll(PART)) total += Number(amount) * (MILLISECONDS[unit ?? ""] ?? 0);
  return total <= LONGEST_MS ? { value: total } : wrong(`${text} is longer than 292 years`, "Go counts no further");
}

/** Go's and Docker's durations are nanoseconds in 64 bits. */
const LONGEST_MS = (2 ** 63 - 1) / 1e6;

export const durationWithoutUnit = (number: string): Parsed<number> =>
  wrong(`the duration ${number} has no unit`, `write ${number}s or ${number}ms`);
