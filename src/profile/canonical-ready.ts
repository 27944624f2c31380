import type { ReadyProbe, SwapRestart } from "../model/profile.ts";
import { durationText, type Plain, present } from "./canonical-parts.ts";

/** `x-devenv.ready`, with what is the default written out. */
export const canonicalReady = (ready: ReadyProbe): Plain =>
  present({ ...kindOf(ready), within: durationText(ready.withinMs) });

function kindOf(ready: ReadyProbe): Plain {
  switch (ready.kind) {
    case "http":
      return { http: ready.path, port: ready.port };
    case "tcp":
      return { tcp: true, port: ready.port };
    case "exec":
      return { exec: ready.command };
    case "log":
      return { log: ready.pattern };
    default:
      return ready satisfies never;
  }
}

/** `x-devenv.restart`, in the form that is one value. */
export function canonicalRestart(restart: SwapRestart): unknown {
  if (restart.kind === "signal") return { signal: restart.signal };
  return restart.kind === "exec" ? { exec: restart.command } : restart.kind;
}
