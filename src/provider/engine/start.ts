import { chmod, chown } from "node:fs/promises";
import { dirname } from "node:path";
import { isAlive } from "../../host/liveness.ts";
import { describeHolder, withLock } from "../../host/lock.ts";
import type { Endpoint } from "../../model/endpoint.ts";
import { interrupted } from "../../model/failure.ts";
import type { ProviderProgress } from "../provider.ts";
import type { Surroundings } from "../surroundings.ts";
import { ensureBridge, ownBridge, removeBridges } from "./bridge.ts";
import { rememberedRange, writeConfig } from "./config.ts";
import { clearRemains, enginePid, terminate, waitUntil } from "./daemon-process.ts";
import { findEngine } from "./find.ts";
import { type Launcher, launch } from "./launch.ts";
import { findLauncher } from "./launcher.ts";
import { engineLayout, type Layout, makeFolders } from "./layout.ts";
import { boundLog } from "./log.ts";
import { unmountAll } from "./mounts.ts";
import { planOf } from "./range.ts";
import { ensureRules, removeRules } from "./rules.ts";
import { startFailure } from "./trouble.ts";

/** A first start makes its databases (0.4 s); one after a crash looks at every container; a slow disk takes its time. */
const ANSWER_MS = 60_000;

/**
 * Has the engine running: starts it, or finds it running already, which is a no-op. Of two starts at once the second
 * waits for the first. An engine whose process died is taken over, with its images.
 * @throws Failure (environment) with what is missing and the command that brings it, or dockerd's last words
 */
export async function startEngine(
  surroundings: Surroundings,
  progress: ProviderProgress,
  signal?: AbortSignal,
): Promise<Endpoint> {
  const layout = await engineLayout(surroundings);
  const running = await findEngine(surroundings, signal);
  if (running) {
    await upkeep(layout, surroundings);
    return running;
  }
  const launcher = findLauncher(layout, surroundings);
  await makeFolders(layout);
  const options = {
    wait: true,
    command: "devenv engine start",
    onWaiting: (holder: Parameters<typeof describeHolder>[0]) => progress(`waiting for ${describeHolder(holder)}`),
    clock: surroundings.clock,
    ...(signal && { signal }),
  };
  return withLock(layout.folder, options, async () => {
    const meanwhile = await findEngine(surroundings, signal);
    return meanwhile ?? bringUp(launcher, layout, surroundings, progress, signal);
  });
}

/** Starts dockerd and waits until it answers; the caller has the lock. */
export async function bringUp(
  launcher: Launcher,
  layout: Layout,
  surroundings: Surroundings,
  progress: ProviderProgress,
  signal: AbortSignal | undefined,
): Promise<Endpoint> {
  progress("starting devenv's own Docker engine");
  // One that runs and does not answer yet was started by a devenv that was killed meanwhile.
  const pid = enginePid(layout) ?? (await startAnew(launcher, layout, surroundings));
  let endpoint: Endpoint | undefined;
  const settled = async () => {
    endpoint = await findEngine(surroundings, signal);
    return endpoint !== undefined || !isAlive(pid);
  };
  const inTime = await waitUntil(settled, ANSWER_MS, surroundings, signal).catch(async (thrown: unknown) => {
    await abandon(pid, layout, surroundings);
    throw signal?.aborted ? interrupted() : thrown;
  });
  if (endpoint) {
    await handOver(layout);
    return endpoint;
  }
  const failure = await startFailure(
    inTime ? "the engine ended at its start" : `the engine did not answer within ${ANSWER_MS / 1000} s`,
    layout,
  );
  await abandon(pid, layout, surroundings);
  throw failure;
}

/** What a running engine needs now and then: its log bounded, its packet rules back after a firewall's reload. */
async function upkeep(layout: Layout, surroundings: Surroundings): Promise<void> {
  await boundLog(layout.log);
  const name = ownBridge(layout.folder);
  const range = await rememberedRange(layout);
  if (surroundings.machine.uid !== 0 || name === undefined || range === undefined) return;
  await ensureRules({ name, addresses: planOf(range) }, surroundings);
}

async function startAnew(launcher: Launcher, layout: Layout, surroundings: Surroundings): Promise<number> {
  await clearRemains(layout);
  if (launcher.rootless) {
    await writeConfig(layout, undefined);
  } else {
    const bridge = await ensureBridge(layout.folder, await rememberedRange(layout), surroundings);
    await ensureRules(bridge, surroundings);
    await writeConfig(layout, bridge);
  }
  return launch(launcher, layout, surroundings);
}

/** Ends a start that came to nothing, and takes away what it put into the machine. */
async function abandon(pid: number, layout: Layout, surroundings: Surroundings): Promise<void> {
  if (isAlive(pid)) terminate(pid);
  await waitUntil(() => !isAlive(pid), ANSWER_MS, surroundings);
  await tidy(layout, surroundings);
}

/** Takes what a dockerd that has ended left in the machine away: mounts, packet rules, bridges, pid file and socket. */
export async function tidy(layout: Layout, surroundings: Surroundings): Promise<void> {
  const bridge = ownBridge(layout.folder);
  if (surroundings.machine.uid === 0) {
    await unmountAll(layout, surroundings);
    if (bridge !== undefined) await removeRules(bridge, surroundings);
    await removeBridges(layout.folder, surroundings);
  }
  await clearRemains(layout);
}

/** dockerd lets the group `docker` in; our engine is one person's. Who reaches its socket is root on this machine. */
async function handOver(layout: Layout): Promise<void> {
  await chmod(layout.socket, 0o600);
  if (!layout.owner) return;
  const { uid, gid } = layout.owner;
  await chown(layout.socket, uid, gid);
  if (dirname(layout.socket) !== layout.folder) await chown(layout.run, uid, gid);
}
