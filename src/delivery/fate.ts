import type { Clock } from "../host/clock.ts";
import type { ContainerDetail } from "../model/container.ts";
import type { ServiceName } from "../model/names.ts";
import { awaitEnd, type End, explainEnd } from "./crash.ts";
import type { ReadyTarget, Verdict } from "./ready-target.ts";

/** How a program that answered came to its end: by itself, or stopped from outside. */
export type Fate = { readonly is: "crashed"; readonly verdict: Verdict } | { readonly is: "stopped" };

/** Of a program that was told to end: 128 + INT and TERM. One that catches them may end with 0. */
const TOLD_ENDS: ReadonlySet<number> = new Set([130, 143]);
/** Likewise, of a container whose supervisor nobody heard: a `docker stop` ends with KILL. */
const UNHEARD_ENDS: ReadonlySet<number> = new Set([0, 137, ...TOLD_ENDS]);

/**
 * Resolves when the container's program has ended, whoever did it; never when the signal comes first.
 * @throws Failure when the daemon does not answer.
 */
export async function awaitFate(
  service: ServiceName,
  target: ReadyTarget,
  clock: Clock,
  signal: AbortSignal,
): Promise<Fate> {
  const end = await awaitEnd(target, signal);
  const isHeard = target.console !== undefined && end.code !== undefined;
  const detail = isHeard ? undefined : await target.daemon.inspect(target.container);
  if (!(isHeard ? endedByItself(end) : wasCrash(end, detail))) return { is: "stopped" };
  const verdict = await explainEnd(end, service, target, clock, signal);
  return { is: "crashed", verdict };
}

/** A container that does not run, of which nobody heard how it ended. */
export const hasCrashed = (detail: ContainerDetail): boolean => wasCrash({ code: undefined }, detail);

const endedByItself = ({ code, wasTold }: End): boolean =>
  wasTold !== true && code !== undefined && !TOLD_ENDS.has(code);

function wasCrash({ code }: End, detail: ContainerDetail | undefined): boolean {
  if (detail?.oomKilled) return true;
  if (code === undefined && (detail === undefined || detail.state === "running")) return false;
  return !UNHEARD_ENDS.has(code ?? detail?.exitCode ?? 0);
}
