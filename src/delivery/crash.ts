import { constants } from "node:os";
import type { LogLine } from "../docker/daemon.ts";
import type { Clock } from "../host/clock.ts";
import type { ServiceName } from "../model/names.ts";
import { textOf } from "./console.ts";
import { never, type ReadyTarget, type Verdict } from "./ready-target.ts";

/** How long the last lines of a program that ended may take to arrive. */
const LAST_LINES_MS = 200;
/** As many of them as help. */
const LINES = 40;

export interface End {
  /** Undefined when nobody told it. */
  readonly code: number | undefined;
}

/** Resolves when the container's program has ended; never when the signal comes first. */
export async function awaitEnd({ console, daemon, container }: ReadyTarget, signal: AbortSignal): Promise<End> {
  try {
    const end = await (console === undefined
      ? daemon.wait(container, signal).then((code) => ({ code }))
      : console.ended);
    return signal.aborted ? never() : end;
  } catch (thrown) {
    if (signal.aborted) return never();
    throw thrown;
  }
}

/** How a program that has ended did, and its last lines. */
export async function explainEnd(
  { code }: End,
  service: ServiceName,
  target: ReadyTarget,
  clock: Clock,
  signal: AbortSignal,
): Promise<Verdict> {
  const { console, daemon, container } = target;
  if (console !== undefined)
    await Promise.race([console.closed, clock.sleep(LAST_LINES_MS, signal).catch(() => undefined)]);
  const detail = await daemon.inspect(container).catch(() => undefined); // removed meanwhile, perhaps
  const reason = detail?.oomKilled ? "ran out of memory" : howItEnded(code ?? detail?.exitCode);
  return { ready: false, reason, output: await lastLines(service, target) };
}

/** An exit code in words: 128 + n stands for signal n. */
function howItEnded(code: number | undefined): string {
  if (code === undefined) return "ended, and its container is gone";
  const signal = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
  if (signal !== undefined) return `was ended by ${signal}`;
  return code === 127 || code === 126 ? `could not be started (code ${code})` : `ended with code ${code}`;
}

/** What the program said last; undefined when it said nothing, or nobody knows any more. */
export async function lastLines(service: ServiceName, target: ReadyTarget): Promise<string | undefined> {
  const { console, daemon, container } = target;
  if (console !== undefined) return textOf(console.linesSince(console.lastStart).slice(-LINES));
  const lines: LogLine[] = [];
  try {
    for await (const line of daemon.logs(container, service, { follow: false, tail: LINES })) lines.push(line);
  } catch {
    // A log driver that cannot be read, or no container any more: the reason alone must do.
  }
  return textOf(lines);
}
