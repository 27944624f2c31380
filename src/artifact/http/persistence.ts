import { type Clock, stopwatch } from "../../host/clock.ts";
import { Failure } from "../../model/failure.ts";
import type { Answer } from "./exchange.ts";
import { type Asked, busyUntil, named, unreachable } from "./failures.ts";
import { isLasting, reasonOf } from "./reasons.ts";
import { afterAnswer, afterError } from "./retry.ts";

export interface Persistence {
  readonly asked: Asked;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** Told in words what is waited for, when that takes a second or more. */
  readonly onWait: ((words: string) => void) | undefined;
}

const WORTH_TELLING_MS = 1000;

/**
 * Asks until there is an answer that asking again would not better; its status may be any.
 * @throws Failure when there is none, or the server names a time that is too far away; the signal's reason.
 */
export async function persistently<A extends Answer>(ask: () => Promise<A>, how: Persistence): Promise<A> {
  const spent = stopwatch(how.clock);
  for (let tries = 1; ; tries++) {
    const outcome = await attempt(ask, how.signal);
    const again =
      "answer" in outcome ? busy(outcome.answer, tries, how) : silent(outcome.cause, tries, spent(), how.asked);
    if ("answer" in outcome && again === undefined) return outcome.answer;
    if (again !== undefined) await wait(again, how);
  }
}

interface Again {
  readonly afterMs: number;
  readonly because: string;
}

/** Undefined where the answer is one to live with. */
function busy(answer: Answer, tries: number, { clock }: Persistence): Again | undefined {
  const verdict = afterAnswer(answer, tries, clock.now(), Math.random());
  if (verdict.is === "final") return undefined;
  answer.body.on("error", () => {}).resume();
  if (verdict.is === "too long") throw busyUntil(answer, verdict.until);
  return { afterMs: verdict.afterMs, because: named(answer.status) };
}

function silent(cause: unknown, tries: number, spentMs: number, asked: Asked): Again {
  const verdict = isLasting(cause) ? undefined : afterError(tries, spentMs, Math.random());
  if (verdict?.is !== "again") throw unreachable(cause, asked);
  return { afterMs: verdict.afterMs, because: reasonOf(cause) };
}

/** @throws Failure, and the signal's reason: nothing that another attempt could better. */
async function attempt<A>(
  ask: () => Promise<A>,
  signal: AbortSignal | undefined,
): Promise<{ readonly answer: A } | { readonly cause: unknown }> {
  try {
    return { answer: await ask() };
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof Failure) throw cause;
    return { cause };
  }
}

function wait({ afterMs, because }: Again, { asked, clock, signal, onWait }: Persistence): Promise<void> {
  const seconds = Math.ceil(afterMs / 1000);
  if (afterMs >= WORTH_TELLING_MS) onWait?.(`${asked.url.host}: ${because}; asked again in ${seconds} s`);
  return clock.sleep(afterMs, signal);
}
