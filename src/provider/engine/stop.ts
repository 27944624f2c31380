import { existsSync } from "node:fs";
import { isAlive } from "../../host/liveness.ts";
import { withLock } from "../../host/lock.ts";
import { environmentFailure } from "../../model/failure.ts";
import { tryProgram } from "../programs.ts";
import type { ProviderProgress } from "../provider.ts";
import type { Surroundings } from "../surroundings.ts";
import { clearRemains, enginePid, mountsBelow, terminate, waitUntil } from "./daemon-process.ts";
import { findLauncher } from "./launcher.ts";
import { engineLayout, type Layout } from "./layout.ts";
import { bringUp, clearNetwork } from "./start.ts";

/** dockerd gives its containers 15 s to end, then kills them, then unmounts. */
const END_MS = 40_000;

/**
 * Stops the engine and with it its containers; images and volumes stay for the next start. Containers that an engine
 * which was killed has left running are ended too. No other dockerd is ever signalled.
 * @returns whether there was anything to stop
 * @throws Failure (environment) when the engine belongs to root, or does not end
 */
export async function stopEngine(surroundings: Surroundings, progress: ProviderProgress): Promise<boolean> {
  const layout = await engineLayout(surroundings);
  if (surroundings.machine.platform !== "linux" || !existsSync(layout.folder)) return false;
  const options = { wait: true, command: "devenv engine stop", clock: surroundings.clock };
  return withLock(layout.folder, options, async () => {
    const pid = enginePid(layout) ?? (await reviveForStop(layout, surroundings));
    if (pid !== undefined) {
      progress("stopping the engine and its containers");
      terminate(pid);
      if (!(await waitUntil(() => !isAlive(pid), END_MS, surroundings))) throw doesNotEnd(pid, layout);
    }
    for (const path of mountsBelow(layout)) await tryProgram(surroundings, "umount", ["--lazy", path]);
    await clearNetwork(layout, surroundings);
    await clearRemains(layout);
    return pid !== undefined;
  });
}

/**
 * A dockerd that was killed leaves its containers running, each under a shim of its own. Nobody knows better how to end
 * them than dockerd: it does so when it starts, and cleans up after them.
 */
async function reviveForStop(layout: Layout, surroundings: Surroundings): Promise<number | undefined> {
  if (mountsBelow(layout).length === 0) return undefined;
  await bringUp(findLauncher(layout, surroundings), layout, surroundings, () => {}, undefined);
  return enginePid(layout);
}

const doesNotEnd = (pid: number, layout: Layout) =>
  environmentFailure(`the engine (pid ${pid}) does not end`, {
    hint: `See ${layout.log}. \`sudo kill -9 ${pid}\` ends it by force; the next \`devenv engine stop\` then cleans up.`,
  });
