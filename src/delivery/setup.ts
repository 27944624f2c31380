import type { LogLine } from "../docker/daemon.ts";
import type { Clock } from "../host/clock.ts";
import type { ServiceName } from "../model/names.ts";
import { BUSYBOX, runInside } from "./inside.ts";
import { never, type ReadyTarget, type Verdict, within } from "./ready-target.ts";

/** As first-start.sh has it. */
const FRESH = "/.devenv/fresh";

/** How long a script may take where no readiness probe sets a deadline. */
const PATIENCE_MS = 60_000;

/** Waits until a container's pre_setup.sh has ended; where that ends the container, somebody else tells it. */
export async function awaitSetup(target: ReadyTarget, clock: Clock, signal: AbortSignal): Promise<Verdict | undefined> {
  const late = new AbortController();
  const until = AbortSignal.any([signal, late.signal]);
  const loop = `while [ -s ${FRESH} ]; do usleep 20000; done`;
  // A container that has ended cannot be asked.
  const waiting = runInside(target, [BUSYBOX, "sh", "-c", loop], until).catch(never);
  const over = clock.sleep(PATIENCE_MS, signal).then(() => "over" as const);
  try {
    if ((await Promise.race([waiting, over])) !== "over") return undefined;
    return { ready: false, reason: stillRunning(PATIENCE_MS) };
  } finally {
    late.abort();
    over.catch(() => undefined);
  }
}

/** The reason why a service that is not ready is not, where that is its pre_setup.sh: it goes on running. */
export async function setupIsRunning(
  target: ReadyTarget,
  ms: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const asked = await runInside(target, [BUSYBOX, "test", "-s", FRESH], signal).catch(() => undefined);
  return asked?.code === 0 ? stillRunning(ms) : undefined;
}

/** As `setupIsRunning`: it ended the container, by the word of first-start.sh in its output. */
export function setupEnded(lines: readonly LogLine[], service: ServiceName): string | undefined {
  const pattern = new RegExp(`^devenv: pre_setup\\.sh of ${service.replaceAll(".", "\\.")} ended with code (\\d+)$`);
  const [, code] = lines.flatMap(({ stream, text }) => (stream === "stderr" ? [pattern.exec(text)] : [])).at(-1) ?? [];
  return code === undefined || code === "0"
    ? undefined
    : `was not set up: container/bin/pre_setup.sh ended with code ${code}`;
}

const stillRunning = (ms: number): string => `was not set up: container/bin/pre_setup.sh did not end ${within(ms)}`;
