import { existsSync } from "node:fs";
import { isAlive } from "../../host/liveness.ts";
import { withLock } from "../../host/lock.ts";
import { environmentFailure } from "../../model/failure.ts";
import { request } from "../inquiry.ts";
import type { ProviderProgress } from "../provider.ts";
import type { Surroundings } from "../surroundings.ts";
import { assertOwn, enginePid, terminate, waitUntil } from "./daemon-process.ts";
import { addressOf } from "./find.ts";
import { findLauncher } from "./launcher.ts";
import { engineLayout, type Layout } from "./layout.ts";
import { engineMounts } from "./mounts.ts";
import { bringUp, tidy } from "./start.ts";

/** Every container has the grace that its profile gives it (`stop_grace_period`, 10 s by default), but not for ever. */
const CONTAINERS_MS = 60_000;
/** dockerd unmounts and closes its databases; 1 s measured. */
const END_MS = 30_000;

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
      assertOwn(pid);
      await stopContainers(layout);
      terminate(pid);
      if (!(await waitUntil(() => !isAlive(pid), END_MS, surroundings))) throw doesNotEnd(pid, layout);
    }
    await tidy(layout, surroundings);
    return pid !== undefined;
  });
}

/** With `live-restore` (engine/config.ts says why) dockerd leaves its containers running when it ends, so they end first. */
async function stopContainers(layout: Layout): Promise<void> {
  const signal = AbortSignal.timeout(CONTAINERS_MS);
  try {
    const { body } = await request(addressOf(layout), "GET", "/containers/json", signal);
    const running: readonly { readonly Id: string }[] = JSON.parse(body);
    const stop = ({ Id: id }: { readonly Id: string }) =>
      request(addressOf(layout), "POST", `/containers/${id}/stop`, signal);
    await Promise.allSettled(running.map(stop));
  } catch {
    // A dockerd that does not answer is ended all the same; what its containers leave is found by the next stop.
  }
}

/**
 * A dockerd that was killed leaves its containers running, each under a shim of its own. Nobody knows better how to end
 * them than dockerd: it finds them again when it starts.
 */
async function reviveForStop(layout: Layout, surroundings: Surroundings): Promise<number | undefined> {
  if (engineMounts(layout).length === 0) return undefined;
  await bringUp(findLauncher(layout, surroundings), layout, surroundings, () => {}, undefined);
  return enginePid(layout);
}

const doesNotEnd = (pid: number, layout: Layout) =>
  environmentFailure(`the engine (pid ${pid}) does not end`, {
    hint: `See ${layout.log}. \`sudo kill -9 ${pid}\` ends it by force; the next \`devenv engine stop\` then cleans up.`,
  });
