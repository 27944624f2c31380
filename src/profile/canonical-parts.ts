/** Plain data as YAML and JSON have it. */
export type Plain = Readonly<Record<string, unknown>>;

/** The mapping without the keys whose value is undefined. */
export const present = (mapping: Plain): Plain =>
  Object.fromEntries(Object.entries(mapping).filter(([, value]) => value !== undefined));

/** The mapping, or undefined when nothing is in it. */
export const unlessEmpty = <Mapping extends object>(mapping: Mapping): Mapping | undefined =>
  Object.keys(mapping).length === 0 ? undefined : mapping;

/** True, or undefined for the default that is not written. */
export const onlyTrue = (flag: boolean | undefined): true | undefined => (flag ? true : undefined);

/** Milliseconds as Compose writes durations: `1m30s`, `500ms`; what is finer than a millisecond in nanoseconds. */
export function durationText(ms: number): string {
  if (!Number.isInteger(ms)) return `${Math.round(ms * 1e6)}ns`;
  const parts = [
    [Math.floor(ms / 3_600_000), "h"],
    [Math.floor(ms / 60_000) % 60, "m"],
    [Math.floor(ms / 1000) % 60, "s"],
    [ms % 1000, "ms"],
  ] as const;
  const text = parts.flatMap(([count, unit]) => (count === 0 ? [] : [`${count}${unit}`])).join("");
  return text === "" ? "0s" : text;
}

export const optionalDuration = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : durationText(ms);

/** Bytes as a text without a unit, as `docker compose config` writes them. */
export const bytesText = (bytes: number | undefined): string | undefined =>
  bytes === undefined ? undefined : String(bytes);

/** `0444`; a text, so that no reader of YAML takes it for a decimal number. */
export const modeText = (mode: number): string => `0${mode.toString(8)}`;
