/**
 * A profile in words that devenv's model and Compose's own (compose-go) share, so that the two can be compared: keys
 * of the specification, long forms, milliseconds and bytes, lists whose order means nothing sorted. What says no more
 * than its absence is left out.
 */
export interface View {
  readonly services: Readonly<Record<string, ServiceView>>;
  readonly networks: Readonly<Record<string, unknown>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

export type ServiceView = Readonly<Record<string, unknown>>;

/** An object without what is absent, empty, false or null, at any depth; keys sorted, so that two compare as text. */
export function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, withoutDefaults(inner)] as const);
  const telling = entries.filter(([, inner]) => !saysNothing(inner)).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(telling);
}

function saysNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === "" || value === 0) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** Where two views say different things: `web.ports: [...] <> [...]`, the first being the left one's. */
export function differences(left: View, right: View): string[] {
  return (["services", "networks", "volumes"] as const).flatMap((part) => {
    const names = [...new Set([...Object.keys(left[part]), ...Object.keys(right[part])])];
    return names.flatMap((name) => {
      const [a, b] = [left[part][name], right[part][name]];
      if (a === undefined || b === undefined) return [`${part}.${name} is ${a === undefined ? "right" : "left"} only`];
      return differentKeys(`${part}.${name}`, a, b);
    });
  });
}

function differentKeys(place: string, left: unknown, right: unknown): string[] {
  const [a, b] = [withoutDefaults(left), withoutDefaults(right)] as Record<string, unknown>[];
  const keys = [...new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})])];
  return keys
    .map((key) => [key, JSON.stringify(a?.[key]) ?? "nothing", JSON.stringify(b?.[key]) ?? "nothing"] as const)
    .filter(([, one, other]) => one !== other)
    .map(([key, one, other]) => `${place}.${key}: ${one} <> ${other}`);
}
