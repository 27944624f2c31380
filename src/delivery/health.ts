import type { Clock } from "../host/clock.ts";
import type { ContainerDetail } from "../model/container.ts";
import { never, type ReadyTarget, type Verdict } from "./ready-target.ts";

const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 250;

/**
 * Resolves when Docker's own health check has passed, or failed as often as it may. The daemon sets the deadline: it
 * calls a container unhealthy after its retries.
 */
export async function awaitHealthy(target: ReadyTarget, clock: Clock, signal: AbortSignal): Promise<Verdict> {
  const bell = healthBell(target, signal);
  try {
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
      const rung = bell.next();
      const verdict = judge(await target.daemon.inspect(target.container));
      if (verdict !== undefined) return verdict;
      await Promise.race([clock.sleep(pause, signal), rung]);
    }
  } catch (thrown) {
    if (signal.aborted) return never();
    throw thrown;
  }
}

function judge({ health, healthOutput }: ContainerDetail): Verdict | undefined {
  if (health === "healthy" || health === "none") return { ready: true, reason: `is ${health}` };
  if (health !== "unhealthy") return undefined;
  return { ready: false, reason: "is unhealthy: its health check fails", output: healthOutput };
}

/** Rings when the daemon tells a change of the container; never where its events cannot be had. */
function healthBell({ daemon, name, container }: ReadyTarget, signal: AbortSignal): { next(): Promise<void> } {
  let ring: () => void = () => undefined;
  const listen = async () => {
    if (name === undefined) return;
    for await (const event of daemon.events(name, signal)) if (event.container === container) ring();
  };
  listen().catch(() => undefined); // polling goes on without it
  return {
    next: () =>
      new Promise((resolve) => {
        ring = resolve;
      }),
  };
}
