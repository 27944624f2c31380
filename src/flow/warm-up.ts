import { buildLocal } from "../artifact/local-build.ts";
import type { Processes } from "../host/process.ts";
import type { Cluster } from "./cluster.ts";
import type { Swappable } from "./inputs.ts";
import type { Machine } from "./machine.ts";

/**
 * CI's binaries came from another machine: the compiler's cache here may have seen nothing yet, and the first save
 * would wait for every dependency. So each service is built once, out of everybody's way; the result is not used.
 */
export async function warmUp(
  services: readonly Swappable[],
  cluster: Cluster,
  { processes, environment, store, folders, signal }: Machine,
): Promise<void> {
  const background: Processes = {
    ...processes,
    run: (command, args, options) => processes.run(command, args, { ...options, background: true }),
  };
  const context = { store, processes: background, environment, cacheFolder: folders.cache, signal };
  for (const service of services.filter(({ build }) => build?.kind === "go" || build?.kind === "cargo")) {
    if (signal.aborted) return;
    // Code that does not compile is told when it is saved, not before.
    await buildLocal(service, cluster.endpoint.platform, context).catch(() => undefined);
  }
}
