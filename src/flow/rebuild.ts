import { withLock } from "../host/lock.ts";
import type { BuildName } from "../model/artifact.ts";
import type { Event, SwapEvent } from "../model/event.ts";
import { type FailureReport, interrupted } from "../model/failure.ts";
import type { ServiceName } from "../model/names.ts";
import type { Profile } from "../model/profile.ts";
import type { Bus } from "../state/bus.ts";
import { BuildMemory } from "./build-memory.ts";
import { type Cluster, findCluster, watchLock } from "./cluster.ts";
import { DaemonLink } from "./daemon-link.ts";
import { withHistory } from "./history.ts";
import { isSwappable, type Swappable } from "./inputs.ts";
import type { Machine } from "./machine.ts";
import { Swaps } from "./swaps.ts";

/** What became of a service that was built anew. */
export interface Rebuilt {
  readonly service: ServiceName;
  /** It runs the new build, or what was built is what ran; or what ran before goes on, or is back. */
  readonly outcome: "swapped" | "unchanged" | "notBuilt" | "rolledBack" | "failed";
  readonly build: BuildName | null;
  readonly failure?: FailureReport | undefined;
}

/**
 * Builds services from their work trees and swaps them in, as a save of each would have it done: hooks, readiness,
 * roll-back, history. Ends when each answers, or what ran before does; what settles is left to the next devenv.
 * The events of the swaps are on the bus.
 * @throws Failure (exit code 1) when a `devenv watch` of the cluster runs, which does it by itself; when no daemon
 * answers; or it was interrupted.
 */
export async function rebuild(
  profile: Profile,
  names: readonly ServiceName[],
  machine: Machine,
): Promise<readonly Rebuilt[]> {
  const cluster = await findCluster(profile, machine);
  try {
    const services = profile.services.filter(isSwappable).filter(({ name }) => names.includes(name));
    let rebuilt: readonly Rebuilt[] = [];
    await withLock(watchLock(cluster), { wait: false, command: "devenv pull-all" }, () =>
      withHistory(cluster, machine, async () => {
        rebuilt = await rebuildIn(cluster, services, profile, machine);
      }),
    );
    return rebuilt;
  } finally {
    cluster.daemon.close();
  }
}

async function rebuildIn(
  cluster: Cluster,
  services: readonly Swappable[],
  profile: Profile,
  machine: Machine,
): Promise<readonly Rebuilt[]> {
  const over = new AbortController();
  const untilOver = { ...machine, signal: over.signal };
  const link = new DaemonLink(cluster, untilOver);
  const memory = new BuildMemory(cluster.endpoint.platform, untilOver);
  const swaps = new Swaps(cluster, link, memory, untilOver);
  try {
    void link.follow({ onEvent: () => {}, onBack: (ended) => swaps.bringBack(ended, profile) });
    await swaps.begin(services, profile);
    const ends = services.map(({ name }) => endOf(name, { subscribe: machine.bus.subscribe, signal: machine.signal }));
    // One whose mode was changed meanwhile is not built.
    const taken = services.map(({ name, repo }) => swaps.changed(name, repo, machine.clock.now()));
    return await Promise.all(ends.filter((_, index) => taken[index]));
  } finally {
    over.abort(interrupted());
    await swaps.close();
  }
}

interface Hearing {
  readonly subscribe: Bus["subscribe"];
  readonly signal: AbortSignal;
}

/** Resolves when the next save of a service has come to its end; rejects when it was interrupted. */
export function endOf(service: ServiceName, { subscribe, signal }: Hearing): Promise<Rebuilt> {
  let leave = () => {};
  const ended = new Promise<Rebuilt>((resolve, reject) => {
    let saved: SwapEvent["generation"] | undefined;
    let failure: FailureReport | undefined;
    const stop = () => reject(interrupted());
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    const unsubscribe = subscribe((event) => {
      if (!isOf(event, service)) return;
      if (event.type === "saved") saved = event.generation;
      // What an earlier devenv left in the middle comes to its end first.
      if (event.generation !== saved) return;
      if ("failure" in event) failure = event.failure;
      const end = outcomeOf(event);
      if (end !== undefined) resolve({ service, ...end, failure });
    });
    leave = () => {
      unsubscribe();
      signal.removeEventListener("abort", stop);
    };
  });
  const told = ended.finally(() => leave());
  told.catch(() => undefined); // waited for by who began it, if it began
  return told;
}

const isOf = (event: Event, service: ServiceName): event is Event & SwapEvent =>
  "generation" in event && event.service === service;

function outcomeOf(event: SwapEvent): Pick<Rebuilt, "outcome" | "build"> | undefined {
  switch (event.type) {
    case "committed":
      return { outcome: "swapped", build: event.build };
    case "unchanged":
      return { outcome: "unchanged", build: event.build };
    case "buildFailed":
      return { outcome: "notBuilt", build: null };
    case "rolledBack":
      return { outcome: "rolledBack", build: event.to };
    case "rollbackFailed":
      return { outcome: "failed", build: null };
    case "notReady":
      return event.goesBack ? undefined : { outcome: "failed", build: null };
    default:
      return undefined;
  }
}
