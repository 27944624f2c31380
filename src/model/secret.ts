import { formsOf } from "./secret-forms.ts";
import { SecretMatcher, type Span } from "./secret-matcher.ts";
import { ESCAPINGS, unescaped, unescapedPlaces } from "./unescaped.ts";

/** What stands in the place of a secret. */
const REDACTED = "[secret]";

/** Log lines are cut into pieces of 64 KiB, that is 16 Ki characters at least: a secret may lie across the cut. */
const MAY_BE_CUT = 16 * 1024;

/**
 * The values that are never shown, and the one way to take them out of what is: of a text, of JSON, of data. It learns
 * values as they become known, and finds them as they are, line by line, encoded (secret-forms.ts) and escaped. Values
 * of fewer than four characters are shown: they would blot out every text.
 */
export class Redactor {
  readonly #secrets = new Set<string>();
  readonly #public = new Set<string>();
  #matcher: SecretMatcher | undefined;

  constructor(secrets: Iterable<string> = []) {
    this.add(secrets);
  }

  add(secrets: Iterable<string>): void {
    for (const secret of secrets) {
      if (this.#secrets.has(secret)) continue;
      this.#secrets.add(secret);
      this.#matcher = undefined;
    }
  }

  /** Words that the profile says in plain text: a secret of the same value is none, and would blot out its names. */
  show(words: Iterable<string>): void {
    for (const word of words) this.#public.add(word);
    this.#matcher = undefined;
  }

  /** The text with `[secret]` in the place of every secret; those that overlap become one. */
  text(text: string): string {
    this.#matcher ??= new SecretMatcher(this.#forms());
    const matcher = this.#matcher;
    if (matcher.isEmpty) return text;
    const spans = matcher.find(text);
    for (const escaping of ESCAPINGS) {
      const plain = unescaped(text, escaping);
      const found = plain === undefined ? [] : matcher.find(plain);
      if (found.length === 0) continue;
      const { starts, ends } = unescapedPlaces(text, escaping);
      for (const { start, end } of found) spans.push({ start: starts[start] ?? 0, end: ends[end - 1] ?? text.length });
    }
    if (text.length >= MAY_BE_CUT) spans.push(...matcher.findCut(text));
    return spans.length === 0 ? text : replaced(text, spans);
  }

  /** JSON on one line: its strings are redacted before they are escaped. */
  json(value: unknown): string {
    return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "string" ? this.text(inner) : inner));
  }

  /** Plain data (objects, lists, texts, numbers) with every text in it redacted. */
  data<T>(value: T): T {
    return this.#redacted(value) as T;
  }

  #redacted(value: unknown): unknown {
    if (typeof value === "string") return this.text(value);
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => this.#redacted(item));
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, this.#redacted(inner)]));
  }

  #forms(): string[] {
    return [...this.#secrets].filter((secret) => !this.#public.has(secret)).flatMap(formsOf);
  }
}

function replaced(text: string, spans: readonly Span[]): string {
  let done = "";
  let at = 0;
  let open: Span | undefined;
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    if (open !== undefined && span.start < open.end) {
      open = { start: open.start, end: Math.max(open.end, span.end) };
      continue;
    }
    if (open !== undefined) {
      done += text.slice(at, open.start) + REDACTED;
      at = open.end;
    }
    open = span;
  }
  return open === undefined ? text : done + text.slice(at, open.start) + REDACTED + text.slice(open.end);
}

/** The text with these values redacted, for those who have no Redactor at hand. */
export const redact = (text: string, secrets: Iterable<string>): string => new Redactor(secrets).text(text);
