import type { Processes } from "../host/process.ts";
import type { BuildMemory } from "./build-memory.ts";
import type { Swappable } from "./inputs.ts";
import type { Machine } from "./machine.ts";

/**
 * CI's binaries came from another machine: the compiler's cache here may have seen nothing yet, and the first save
 * would wait for every dependency. So each service is built once, out of everybody's way. What it gives is remembered,
 * and delivered when an edit is taken back.
 */
export async function warmUp(services: readonly Swappable[], memory: BuildMemory, machine: Machine): Promise<void> {
  const { processes, signal } = machine;
  const background: Processes = {
    ...processes,
    run: (command, args, options) => processes.run(command, args, { ...options, background: true }),
  };
  for (const service of services.filter(({ build }) => build?.kind === "go" || build?.kind === "cargo")) {
    if (signal.aborted) return;
    // Code that does not compile is told when it is saved, not before.
    await memory.buildOnce(service, { ...machine, processes: background }).catch(() => undefined);
  }
}
