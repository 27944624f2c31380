import type { LogLine } from "../docker/daemon.ts";
import type { Clock } from "../host/clock.ts";
import { runningDeadline } from "../host/running-time.ts";
import type { ServiceName } from "../model/names.ts";
import { type LogProbe, readyLine } from "./ready-line.ts";
import { never, type ReadyTarget, type Verdict, within } from "./ready-target.ts";
import { isStart } from "./supervisor-words.ts";

/** Resolves when the program that runs now has said the line, or its time is over. */
export async function awaitLine(
  probe: LogProbe,
  service: ServiceName,
  target: ReadyTarget,
  clock: Clock,
  signal: AbortSignal,
): Promise<Verdict> {
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const late = clock.sleep(probe.withinMs, until).then(
    (): Verdict => ({
      ready: false,
      reason: `printed no line that matches /${probe.pattern}/ ${within(probe.withinMs)}`,
    }),
    never,
  );
  const said = target.console?.untilReady() ?? lineInLog(probe, service, target, until);
  try {
    return await Promise.race([said.then((): Verdict => ({ ready: true, reason: "said so" })), late]);
  } finally {
    over.abort();
  }
}

/** Follows the log of the container that runs now, from its start on. */
async function lineInLog(probe: LogProbe, name: ServiceName, target: ReadyTarget, signal: AbortSignal): Promise<void> {
  const isReady = readyLine({ ready: probe });
  const since = await startOf(target);
  for await (const { text } of target.daemon.logs(target.container, name, { follow: true, since, signal })) {
    if (isReady(text)) return;
  }
  return never(); // it has ended, which is told elsewhere; or nobody waits any more
}

/**
 * From when on the log is of the container's run that goes on; undefined where that is its first. The middle between the
 * end of the run before and the start of this one: the daemon notes both some milliseconds beside the lines' own times.
 */
async function startOf({ daemon, container }: ReadyTarget): Promise<string | undefined> {
  const { finishedAt, startedAt } = await daemon.inspect(container);
  if (finishedAt.startsWith("0001-")) return undefined;
  return new Date((Date.parse(finishedAt) + Date.parse(startedAt)) / 2).toISOString();
}

/** As many lines back as tell nearly always what the program has said since its start. */
const TAIL = 1000;
/** How long one look at a service that runs may take. */
const LOOK_MS = 1000;

/**
 * Whether the program that runs now has said the line: found among the last lines, or, of one that has said much since,
 * among those of the time that it had.
 */
export async function lineSaid(probe: LogProbe, service: ServiceName, target: ReadyTarget): Promise<boolean> {
  const deadline = runningDeadline(LOOK_MS);
  try {
    return await isAmongLines(probe, service, target, deadline.signal);
  } finally {
    deadline.stop();
  }
}

async function isAmongLines(
  probe: LogProbe,
  service: ServiceName,
  target: ReadyTarget,
  signal: AbortSignal,
): Promise<boolean> {
  const since = await startOf(target);
  const newest: LogLine[] = [];
  for await (const line of target.daemon.logs(target.container, service, { follow: false, tail: TAIL, since, signal }))
    newest.push(line);
  const isReady = readyLine({ ready: probe });
  const start = newest.findLastIndex((line) => isStart(line, service));
  if (newest.some((line, index) => isSince(newest[start], line, index > start) && isReady(line.text))) return true;
  if (start >= 0 || newest.length < TAIL) return false;
  return saidInItsTime(probe, service, target, since, signal);
}

/** What a program says on the other stream may stand a moment before the word of its start. */
const ASTRAY_MS = 250;

function isSince(start: LogLine | undefined, { stream, time = "" }: LogLine, isAfter: boolean): boolean {
  if (isAfter || start === undefined) return true;
  return stream !== start.stream && Date.parse(time) > Date.parse(start.time ?? "") - ASTRAY_MS;
}

async function saidInItsTime(
  probe: LogProbe,
  service: ServiceName,
  { daemon, container }: ReadyTarget,
  since: string | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const isReady = readyLine({ ready: probe });
  let end = Number.POSITIVE_INFINITY;
  for await (const { text, time } of daemon.logs(container, service, { follow: false, since, signal })) {
    if (isReady(text)) return true;
    const at = Date.parse(time ?? "");
    if (end === Number.POSITIVE_INFINITY && !Number.isNaN(at)) end = at + probe.withinMs;
    if (at > end) return false;
  }
  return false;
}
