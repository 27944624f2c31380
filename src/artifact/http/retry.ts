import type { IncomingHttpHeaders } from "node:http";

/** Whether to ask again after what happened, and when. */
export type Verdict =
  | { readonly is: "final" }
  | { readonly is: "again"; readonly afterMs: number }
  /** The server said when, and that is too late to wait for. */
  | { readonly is: "too long"; readonly until: Date };

/** Asked so often, at most. */
const TRIES = 4;
const FIRST_DELAY_MS = 250;
const PATIENCE_MS = 15_000;
/** Who waits longer wants to be told instead. */
const LONGEST_WAIT_MS = 60_000;
const BUSY = new Set([408, 425, 429, 500, 502, 503, 504]);
const FINAL: Verdict = { is: "final" };

/**
 * Exponential, with jitter over the upper half: many clients of one server that came back are not to come all at once.
 * @param tries how many there were by now
 * @param random from 0 to 1
 */
export const backOffMs = (tries: number, random: number): number =>
  FIRST_DELAY_MS * 2 ** (tries - 1) * (0.5 + random / 2);

/** After no answer. @param spentMs on all tries so far: what times out is not waited for again and again. */
export function afterError(tries: number, spentMs: number, random: number): Verdict {
  return tries >= TRIES || spentMs > PATIENCE_MS ? FINAL : { is: "again", afterMs: backOffMs(tries, random) };
}

/**
 * After an answer: a busy server is asked again, at the time that it names. A 403 is a rate limit where it says until
 * when (GitHub: `retry-after`, or `x-ratelimit-remaining: 0` with `x-ratelimit-reset`), else it is a no.
 * @param nowMs milliseconds since the epoch
 */
export function afterAnswer(
  { status, headers }: { readonly status: number; readonly headers: IncomingHttpHeaders },
  tries: number,
  nowMs: number,
  random: number,
): Verdict {
  const limited = status === 429 || status === 403;
  const at = retryAfter(headers, nowMs) ?? (limited ? limitReset(headers) : undefined);
  if (!BUSY.has(status) && (status !== 403 || at === undefined)) return FINAL;
  if (at !== undefined && at - nowMs > LONGEST_WAIT_MS) return { is: "too long", until: new Date(at) };
  if (tries >= TRIES) return FINAL;
  return { is: "again", afterMs: Math.max(at === undefined ? 0 : at - nowMs, backOffMs(tries, random)) };
}

/** Seconds, or a date (RFC 9110, 10.2.3); gives milliseconds since the epoch. */
function retryAfter(headers: IncomingHttpHeaders, nowMs: number): number | undefined {
  const value = headers["retry-after"];
  if (value === undefined) return undefined;
  const at = /^\d+$/.test(value) ? nowMs + Number(value) * 1000 : Date.parse(value);
  return Number.isNaN(at) ? undefined : at;
}

/** Seconds since the epoch, rounded down. */
function limitReset(headers: IncomingHttpHeaders): number | undefined {
  const { "x-ratelimit-remaining": remaining, "x-ratelimit-reset": reset } = headers;
  return remaining === "0" && /^\d+$/.test(String(reset)) ? (Number(reset) + 1) * 1000 : undefined;
}
