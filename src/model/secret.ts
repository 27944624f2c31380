/** Shorter values would blot out every text they happen to occur in, and are no secrets worth the name. */
const SHORTEST = 4;

/** The text with every secret value in it replaced by `[secret]`; of two that overlap the longer goes first. */
export function redact(text: string, secrets: Iterable<string>): string {
  const values = [...secrets].filter((value) => value.length >= SHORTEST).sort((a, b) => b.length - a.length);
  return values.reduce((rest, value) => rest.replaceAll(value, "[secret]"), text);
}

/** JSON on one line, with every secret redacted in its strings: before they are escaped, and so found as they are. */
export function redactedJson(value: unknown, secrets: Iterable<string>): string {
  const values = [...secrets];
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "string" ? redact(inner, values) : inner));
}
