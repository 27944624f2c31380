import { openMount } from "../delivery/mount.ts";
import { askRelay, endRelay, leadRelay } from "../delivery/relay/control.ts";
import { launchRelay, OVER } from "../delivery/relay/launch.ts";
import type { Daemon } from "../docker/daemon.ts";
import { clusterFolder } from "../host/folders.ts";
import { lockHolder, withLock } from "../host/lock.ts";
import { dockerHost } from "../model/endpoint.ts";
import type { ClusterName } from "../model/names.ts";
import type { ModeWishes } from "../plan/plan-modes.ts";
import { findEndpoints } from "../provider/choose.ts";
import { type Cluster, clusterLock, relayLock } from "./cluster.ts";
import type { Machine } from "./machine.ts";

/**
 * Has the cluster's relay lead what the modes want: started where none runs, ended where nothing is to be led. To be
 * called with the cluster's lock, so that two devenvs never start two.
 */
export async function lead(
  { folder, name, endpoint }: Cluster,
  { routes, authorities }: ModeWishes,
  { processes, clock }: Machine,
): Promise<void> {
  if (routes.length === 0) return endRelay(folder);
  if ((await askRelay(folder)) === undefined) {
    const devenv = [process.execPath, ...process.execArgv, process.argv[1] ?? ""] as const;
    const command = [...devenv, "relay", name, dockerHost(endpoint.address)] as const;
    await launchRelay({ clusterFolder: folder, command, processes, clock });
  }
  await leadRelay(folder, { routes, authorities });
}

/** How long one relay may wait for the end of another that was told to end. */
const TAKES_OVER_WITHIN_MS = 15_000;

/**
 * The life of a relay: leads what it is told to until it is asked to end, told to by a signal, or its cluster is gone.
 * @param host of its daemon, as DOCKER_HOST has it
 * @param say takes a line for its log
 */
export async function runRelay(
  name: ClusterName,
  host: string,
  machine: Machine,
  say: (line: string) => void,
): Promise<void> {
  const { openRelay } = await import("../delivery/relay/control-server.ts");
  const folder = clusterFolder(machine.folders, name);
  const lock = {
    wait: true,
    command: `devenv relay ${name}`,
    signal: AbortSignal.any([machine.signal, AbortSignal.timeout(TAKES_OVER_WITHIN_MS)]),
  };
  await withLock(relayLock({ folder }), lock, async () => {
    const relay = await openRelay(folder, openMount(folder, machine.store).folder, say);
    const why = await Promise.race([
      relay.ended.then(() => "it was asked to"),
      aborted(machine.signal).then(() => "it was told to by a signal"),
      gone(name, host, machine).then(() => "its cluster is gone"),
    ]);
    say(`${OVER}: ${why}`);
    await relay.close();
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** Between two looks at the cluster. */
const LOOK_MS = 5000;

/** After so many looks at a daemon that does not answer its containers are taken for gone; an `up` starts another relay. */
const SILENT_LOOKS = 12;

/** Resolves when the cluster has no container any more, and nobody is about to make one. */
async function gone(name: ClusterName, host: string, machine: Machine): Promise<void> {
  const { clock, signal } = machine;
  const folder = clusterFolder(machine.folders, name);
  let daemon: Daemon | undefined;
  for (let silent = 0; silent < SILENT_LOOKS && !signal.aborted; ) {
    await clock.sleep(LOOK_MS, signal).catch(() => undefined);
    daemon ??= await connectTo(host, machine);
    const containers = await daemon?.observe(name).then(
      (objects) => objects.containers.length,
      () => undefined,
    );
    silent = containers === undefined ? silent + 1 : 0;
    if (containers === 0 && (await lockHolder(clusterLock({ folder }))) === undefined) return;
  }
}

/** That daemon; undefined while it does not answer. */
async function connectTo(host: string, machine: Machine): Promise<Daemon | undefined> {
  const endpoints = await findEndpoints(machine, machine.signal).catch(() => []);
  const endpoint = endpoints.find(({ address }) => dockerHost(address) === host);
  return endpoint && machine.connect(endpoint.address);
}
