import { stat } from "node:fs/promises";
import { enginePid } from "./engine/daemon-process.ts";
import { askEngine, findEngine } from "./engine/find.ts";
import { engineLayout } from "./engine/layout.ts";
import { startEngine } from "./engine/start.ts";
import { tryProgram } from "./programs.ts";
import type { Provider } from "./provider.ts";
import type { Surroundings } from "./surroundings.ts";

/**
 * Provider `engine`: a dockerd of our own on Linux, beside whatever else runs, so that a machine that merely has the
 * engine's package needs no system service. Everything of it is in `<state>/engine`.
 */
export function engineProvider(surroundings: Surroundings): Provider {
  return {
    name: "engine",
    find: (signal) => findEngine(surroundings, signal),
    up: (progress, signal) => startEngine(surroundings, progress, signal),
  };
}

/** `devenv engine status`. */
export interface EngineStatus {
  /** Whether it answers. */
  readonly running: boolean;
  /** Its process; set without `running` while it starts, or hangs. */
  readonly pid: number | undefined;
  /** ISO 8601. */
  readonly since: string | undefined;
  readonly version: string | undefined;
  readonly rootless: boolean | undefined;
  /** `overlay2`; `vfs` is slow and copies every image once a container. */
  readonly storageDriver: string | undefined;
  readonly socket: string;
  readonly dataRoot: string;
  readonly log: string;
  /** What images, volumes and containers take on the disk; only when asked for (it walks the data). */
  readonly sizeBytes?: number | undefined;
}

/** What the engine is doing at this moment, from its process and its own answer. */
export async function engineStatus(
  surroundings: Surroundings,
  options: { readonly size?: boolean } = {},
): Promise<EngineStatus> {
  const layout = await engineLayout(surroundings);
  const inquiry = await askEngine(layout);
  const answer = inquiry.answered ? inquiry.answer : undefined;
  const pid = surroundings.machine.platform === "linux" ? enginePid(layout) : undefined;
  const dataRoot = answer?.dataRoot ?? layout.data;
  return {
    running: answer !== undefined,
    pid,
    since: pid === undefined ? undefined : await startOf(layout.pid),
    version: answer?.version,
    rootless: answer?.rootless,
    storageDriver: answer?.storageDriver,
    socket: layout.socket,
    dataRoot,
    log: layout.log,
    ...(options.size && { sizeBytes: await sizeOf(dataRoot, surroundings) }),
  };
}

/** dockerd writes its pid file once, when it starts. */
async function startOf(pidFile: string): Promise<string | undefined> {
  return stat(pidFile).then(
    ({ mtime }) => mtime.toISOString(),
    () => undefined,
  );
}

/** du(1) counts in KiB; undefined when the data are root's and cannot be walked. */
async function sizeOf(folder: string, surroundings: Surroundings): Promise<number | undefined> {
  const { code, stdout } = await tryProgram(surroundings, "du", ["-skx", folder]);
  const kib = Number.parseInt(stdout, 10);
  return code === 0 && Number.isFinite(kib) ? kib * 1024 : undefined;
}
