import type { ReadyProbe, SwapRestart } from "../model/profile.ts";
import { containerPorts } from "./checks-extension.ts";
import type { ServiceData } from "./compose-schema.ts";

const READY_WITHIN_MS = 10_000;

/** `x-devenv.ready` with its defaults; undefined where nothing is probed. */
export function readyProbe(data: ServiceData): ReadyProbe | undefined {
  const ready = data["x-devenv"]?.ready;
  if (ready === undefined) return undefined;
  const withinMs = ready.within ?? READY_WITHIN_MS;
  if (ready.exec !== undefined) return { kind: "exec", command: ready.exec, withinMs };
  if (ready.log !== undefined) return { kind: "log", pattern: ready.log, withinMs };
  const port = ready.port ?? containerPorts(data)[0] ?? 0;
  return ready.http === undefined
    ? { kind: "tcp", port, withinMs }
    : { kind: "http", path: ready.http, port, withinMs };
}

/** By default the process where devenv's supervisor can start it, else the container. */
export function swapRestart(data: ServiceData): SwapRestart {
  const written = data["x-devenv"]?.restart;
  if (typeof written === "string") return { kind: written };
  if (written?.exec !== undefined) return { kind: "exec", command: written.exec };
  if (written?.signal !== undefined) return { kind: "signal", signal: written.signal };
  return { kind: data.command == null ? "container" : "process" };
}
