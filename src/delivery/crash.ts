import { constants } from "node:os";
import type { LogLine } from "../docker/daemon.ts";
import type { Clock } from "../host/clock.ts";
import type { ContainerDetail } from "../model/container.ts";
import type { ProgramEnd } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { Console } from "./console.ts";
import { never, type ReadyTarget, type Verdict } from "./ready-target.ts";
import { setupEnded } from "./setup.ts";
import { isStart, textOf } from "./supervisor-words.ts";

/**
 * How long the last lines of a program that ended may take to arrive, and how long there is silence after them: its two
 * outputs come by ways of their own, and the word of its end by one of them.
 */
const LAST_LINES_MS = 200;
const SILENCE_MS = 10;
/** As many of them as help. */
const LINES = 40;

export interface End {
  /** Undefined when nobody told it. */
  readonly code: number | undefined;
  /** Undefined where nobody knows. */
  readonly wasTold?: true | undefined;
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
  const { console } = target;
  if (console !== undefined) await lastWords(console, clock, signal);
  const detail = await endedDetail(target, code, clock, signal);
  const lines = await lastLines(service, target, detail);
  const end = programEnd(code ?? detail?.exitCode);
  const reason = setupEnded(lines, service) ?? howItEnded(end);
  const output = textOf(lines);
  return { ready: false, reason: detail?.oomKilled ? "ran out of memory" : reason, output, ...(end && { end }) };
}

/**
 * The daemon hears of a want of memory on another way than of the end, and on a busy machine some time after it: of a
 * program that was killed, and whose memory has a limit, it is asked until it knows, or so often: for a second, which on a
 * machine that stands still meanwhile is none.
 */
const MEMORY_LOOKS = 100;
const KILLED = 128 + constants.signals.SIGKILL;

/** Undefined where the container was removed meanwhile. */
async function endedDetail(
  { daemon, container }: ReadyTarget,
  code: number | undefined,
  clock: Clock,
  signal: AbortSignal,
): Promise<ContainerDetail | undefined> {
  for (let looks = 1; ; looks++) {
    const detail = await daemon.inspect(container).catch(() => undefined);
    const mayLearnMore = detail?.hasMemoryLimit && !detail.oomKilled && (code ?? detail.exitCode) === KILLED;
    if (!mayLearnMore || signal.aborted || looks === MEMORY_LOOKS) return detail;
    await clock.sleep(SILENCE_MS, signal).catch(() => undefined);
  }
}

/** 128 + n stands for signal n. */
export function programEnd(code: number | undefined): ProgramEnd | undefined {
  if (code === undefined) return undefined;
  const signal = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
  return { code, ...(signal !== undefined && { signal }) };
}

async function lastWords(console: Console, clock: Clock, signal: AbortSignal): Promise<void> {
  const deadline = clock.monotonic() + LAST_LINES_MS;
  for (let mark = -1; console.mark() !== mark && clock.monotonic() < deadline; ) {
    mark = console.mark();
    await Promise.race([console.closed, clock.sleep(SILENCE_MS, signal).catch(() => undefined)]);
  }
}

function howItEnded(end: ProgramEnd | undefined): string {
  if (end === undefined) return "ended, and its container is gone";
  const { code, signal } = end;
  if (signal !== undefined) return `was ended by ${signal}`;
  return code === 127 || code === 126 ? `could not be started (code ${code})` : `ended with code ${code}`;
}

/** What the program said last, since its last start; nothing where nobody knows any more. */
export async function lastLines(
  service: ServiceName,
  { console, daemon, container }: ReadyTarget,
  detail: ContainerDetail | undefined,
): Promise<readonly LogLine[]> {
  if (console !== undefined) return console.linesSince(console.lastStart).slice(-LINES);
  const lines: LogLine[] = [];
  try {
    const options = { follow: false, tail: LINES, since: shortlyBefore(detail?.startedAt) };
    for await (const line of daemon.logs(container, service, options)) lines.push(line);
  } catch {
    // A log driver that cannot be read, or no container any more: the reason alone must do.
  }
  // The container may be older than its program, which a swap has started.
  return lines.slice(lines.findLastIndex((line) => isStart(line, service)) + 1);
}

/** The daemon notes the time of a start when the program runs already, and may have said something. */
const MARGIN_MS = 1000;

function shortlyBefore(startedAt: string | undefined): string | undefined {
  const ms = startedAt === undefined ? Number.NaN : Date.parse(startedAt);
  return ms > MARGIN_MS ? new Date(ms - MARGIN_MS).toISOString() : undefined;
}
